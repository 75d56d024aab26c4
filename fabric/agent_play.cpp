#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/log.hpp"
#include "fabric/agent_state.hpp"

// Scenarios: a clock of their own, which does not wait for the steps of the reconciler.
namespace linkfab::fabric {

namespace asio = boost::asio;

void Agent::State::follow_scenarios(const ovsdb::Changes& changes) {
  if (!scenarios.apply(changes, Now::read())) return;
  look_at_played();
  play_timer.cancel();
}

// Where something begins or ends, the ends of nodes may have to be set otherwise too.
void Agent::State::look_at_played() {
  for (const auto& link : scenarios.take_touched())
    for (const auto& end : ends_of(desired.topology(), link)) pending.interfaces.insert(end);
}

asio::awaitable<void> Agent::State::play() {
  while (!stopping) {
    play_due();
    const auto next = scenarios.next();
    play_timer.expires_at(next ? *next : Clock::now() + std::chrono::hours{1});
    boost::system::error_code ignored;
    co_await play_timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Agent::State::play_due() {
  const auto changes = scenarios.advance(Clock::now());
  std::set<Endpoint> ends;
  for (const auto& change : changes) {
    if (const auto end = parse_endpoint(change.to)) {
      ends.insert(*end);
    } else {
      for (auto& each : ends_of(desired.topology(), change.link)) ends.insert(std::move(each));
    }
  }
  if (!ends.empty()) pending.add(reconciler->play(ends));
  const auto recorded = scenarios.applied(changes, Now::read());
  look_at_played();
  if (recorded)
    log::ended("scenarios");
  else
    log::repeated("scenarios", format(recorded.error()));
  const bool news = scenarios.take_news();
  if (news) report_scenarios();
  if (news || !pending.empty()) wake();
}

// All hosts play them; one says how far they are. It follows only its part of a lab that is shared.
void Agent::State::report_scenarios() {
  if (!is_first_host()) return;
  const auto* lab = options.shared ? nullptr : &desired.topology();
  for (const auto& [row, status] : scenarios.status(lab, Clock::now()))
    reconciler->status().set("Scenario", row, status_columns(status));
}

}  // namespace linkfab::fabric
