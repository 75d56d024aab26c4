#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/agent_state.hpp"

// What an agent does to know how long the network to other hosts takes (fabric/underlay.hpp).
namespace linkfab::fabric {

namespace asio = boost::asio;
using std::chrono::seconds;

namespace {

constexpr seconds echo_interval{1};

}  // namespace

asio::awaitable<void> Agent::State::measure_underlay() {
  if (!options.open_echoes || options.address.empty()) co_return;
  asio::steady_timer pause(context);
  while (!stopping) {
    if (std::exchange(crossings_changed, false)) crossed = desired.crossed_hosts();
    auto moved = read_echoes();
    if (underlay.follow(crossed)) wake();
    ask_echoes();
    if (!moved.empty()) {
      pending.add(desired.shortened(moved));
      wake();
    }
    boost::system::error_code ignored;
    pause.expires_after(echo_interval);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// The hosts whose way is another now.
std::set<std::string> Agent::State::read_echoes() {
  std::set<std::string> moved;
  if (!echoes) return moved;
  const auto now = Clock::now();
  while (const auto answer = echoes->next()) {
    for (const auto& name : crossed) {
      const auto host = desired.elsewhere().hosts().find(name);
      if (host == desired.elsewhere().hosts().end() || host->second.address != answer->address)
        continue;
      const auto before = underlay.way(name);
      if (!underlay.add(name, answer->round_trip, now)) continue;
      log::info(fmt::format("host={} underlay: {}{} one way", name,
                            before ? format_way(*before) + " → " : "",
                            format_way(*underlay.way(name))));
      moved.insert(name);
    }
  }
  return moved;
}

void Agent::State::ask_echoes() {
  if (crossed.empty()) {
    echoes.reset();
    return;
  }
  if (!echoes) {
    auto opened = options.open_echoes(options.address);
    if (!opened) {
      log::repeated("underlay", format(opened.error()));
      return;
    }
    log::ended("underlay");
    echoes = std::move(*opened);
  }
  for (const auto& name : crossed) {
    const auto host = desired.elsewhere().hosts().find(name);
    if (host == desired.elsewhere().hosts().end() || host->second.address.empty()) continue;
    const auto subject = "host=" + name + " underlay";
    if (const auto asked = echoes->ask(host->second.address); !asked)
      log::repeated(subject, format(asked.error()));
    else
      log::ended(subject);
  }
}

void Agent::State::tell_underlay() {
  const auto row = desired.host_row();
  if (!options.shared || !row) return;
  ovsdb::Datum::Map ways;
  for (const auto& [host, way] : underlay.ways()) ways.emplace(host, std::int64_t{way.count()});
  reconciler->status().set("Host", *row, {{"underlay", ovsdb::Datum::map(std::move(ways))}});
}

}  // namespace linkfab::fabric
