#include "measure/echo_schedule.hpp"

#include <algorithm>

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;

constexpr nanoseconds longest_patience = 100ms;
constexpr double first_at_once = 16;
constexpr double fewest_at_once = 2;

}  // namespace

EchoSchedule::EchoSchedule(std::vector<Pair> pairs, std::uint32_t rounds, nanoseconds wait)
    : rounds_(rounds),
      wait_(wait),
      patience_(std::min(wait, longest_patience)),
      round_trips_(pairs.size(), RoundTrips(rounds)),
      sent_(pairs.size()),
      at_once_(first_at_once) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    hosts_.resize(std::max(hosts_.size(), pairs[i].from + 1));
    hosts_[pairs[i].from].pairs.push_back(static_cast<std::uint32_t>(i));
  }
}

bool EchoSchedule::finished(const Host& host) const {
  return host.next == host.pairs.size() * rounds_;
}

bool EchoSchedule::busy(const Host& host, nanoseconds now) {
  return host.current && host.free_from > now;
}

bool EchoSchedule::full(nanoseconds now) const {
  return static_cast<double>(std::ranges::count_if(
             hosts_, [&](const Host& host) { return busy(host, now); })) >= at_once_;
}

// Those that were late together tell of one crowd.
void EchoSchedule::adapt(nanoseconds taken, nanoseconds now) {
  if (taken <= patience_) {
    at_once_ += 1 / at_once_;
  } else if (now - taken >= fewer_since_) {
    at_once_ = std::max(fewest_at_once, at_once_ / 2);
    fewer_since_ = now;
  }
}

std::optional<EchoSchedule::Due> EchoSchedule::due(nanoseconds now) {
  if (full(now)) return std::nullopt;
  for (auto& host : hosts_) {
    if (finished(host) || host.free_from > now) continue;
    const Due which{.pair = host.pairs[host.next % host.pairs.size()],
                    .round = static_cast<std::uint32_t>(host.next / host.pairs.size())};
    ++host.next;
    host.free_from = now + patience_;
    host.current = which;
    sent_[which.pair].push_back(now);
    last_end_ = std::max(last_end_, now + wait_);
    ++asked_;
    ++open_;
    return which;
  }
  return std::nullopt;
}

void EchoSchedule::answered(const Due& which, nanoseconds time) {
  if (which.pair >= sent_.size() || which.round >= sent_[which.pair].size()) return;
  auto& round_trip = round_trips_[which.pair][which.round];
  const auto taken = time - sent_[which.pair][which.round];
  if (round_trip || taken > wait_) return;
  round_trip = std::max(taken, nanoseconds{0});
  adapt(taken, time);
  failed(which);
}

void EchoSchedule::failed(const Due& which) {
  --open_;
  for (auto& host : hosts_)
    if (host.current == which) host.free_from = {};
}

std::optional<nanoseconds> EchoSchedule::next(nanoseconds now) const {
  std::optional<nanoseconds> soonest;
  for (const auto& host : hosts_)
    if (full(now) ? busy(host, now) : !finished(host))
      soonest = std::min(host.free_from, soonest.value_or(host.free_from));
  if (soonest) return soonest;
  if (open_ > 0 && now < last_end_) return last_end_;
  return std::nullopt;
}

}  // namespace linkfab::measure
