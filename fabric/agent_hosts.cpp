#include <chrono>
#include <cstdint>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/log.hpp"
#include "fabric/agent_state.hpp"
#include "fabric/cluster.hpp"

// What an agent does for the other hosts that share its database.
namespace linkfab::fabric {

namespace asio = boost::asio;
using std::chrono::seconds;

namespace {

constexpr seconds beat_interval{3};
constexpr seconds patience{10};

std::int64_t nanoseconds_since_epoch() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

asio::awaitable<void> Agent::State::beat() {
  asio::steady_timer pause(context);
  while (!stopping) {
    const auto row = desired.host_row();
    if (row && database_session->connected()) {
      ovsdb::Transaction change{database};
      change.mutate("Host", ovsdb::by_uuid(*row), "beat", "+=", 1);
      change.update("Host", ovsdb::by_uuid(*row),
                    {{"beat_ns", nanoseconds_since_epoch()}, {"silent", silent_hosts()}});
      const auto written = co_await database_session->transact(std::move(change));
      if (written)
        log::ended("beat");
      else
        log::repeated("beat", format(written.error()));
    } else {
      heard.clear();  // who could not be heard has not been silent
    }
    boost::system::error_code ignored;
    pause.expires_after(beat_interval);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

// With the beat after which nothing came: the word is void as soon as there is another.
ovsdb::Datum Agent::State::silent_hosts() {
  const auto now = Clock::now();
  ovsdb::Datum::Map silent;
  for (const auto& [name, host] : desired.elsewhere().hosts()) {
    if (name == options.host || host.version.empty()) continue;
    auto& last = heard[name];
    if (last.beat != host.beat) last = {.beat = host.beat, .since = now};
    if (now - last.since > patience) silent.emplace(name, host.beat);
  }
  return ovsdb::Datum::map(std::move(silent));
}

asio::awaitable<void> Agent::State::number_wanted_tunnels() {
  const auto missing = desired.elsewhere().missing();
  const auto surplus = desired.elsewhere().surplus();
  if ((missing.empty() && surplus.empty()) || !database_session->connected()) co_return;
  auto change = number_tunnels(database_session->replica(database), options.host, missing);
  for (const auto& row : surplus) change.erase("Tunnel", ovsdb::by_uuid(row));
  const auto written = co_await database_session->transact(std::move(change));
  // Another agent may have taken one of the numbers; its row is here in a moment.
  if (written)
    log::ended("tunnels");
  else
    log::repeated("tunnels", format(written.error()));
}

bool Agent::State::is_dismissed() const {
  const auto self = desired.elsewhere().hosts().find(options.host);
  return options.shared && self != desired.elsewhere().hosts().end() &&
         self->second.wanted == Host::Wanted::removed && desired.topology().nodes.empty() &&
         nodes->empty() && pending.empty() && database_session->connected();
}

// Its row goes last while there is a database to take it from: who waits for that finds the rest
// done.
asio::awaitable<void> Agent::State::resign() {
  ovsdb::Transaction change{database};
  change.erase("Host", ovsdb::by_uuid(*desired.host_row()));
  const auto written = co_await database_session->transact(std::move(change));
  if (!written) {
    log::repeated("leave", format(written.error()));
    co_return;
  }
  if (options.db.empty() && database_server.member()) {
    const auto left = co_await leave_cluster(context.get_executor(), options.paths);
    if (!left) log::warning(format(left.error()));
  }
  resigned = stopping = true;
}

bool Agent::State::is_first_host() const {
  for (const auto& [name, host] : desired.elsewhere().hosts())
    if (host.answers()) return name == options.host;
  return true;
}

}  // namespace linkfab::fabric
