#include "measure/echo_schedule.hpp"

#include <algorithm>

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;

constexpr nanoseconds longest_patience = 100ms;

}  // namespace

EchoSchedule::EchoSchedule(std::vector<Pair> pairs, std::uint32_t rounds, nanoseconds wait)
    : rounds_(rounds),
      wait_(wait),
      patience_(std::min(wait, longest_patience)),
      round_trips_(pairs.size(), RoundTrips(rounds)),
      sent_(pairs.size()) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    hosts_.resize(std::max(hosts_.size(), pairs[i].from + 1));
    hosts_[pairs[i].from].pairs.push_back(static_cast<std::uint32_t>(i));
  }
}

bool EchoSchedule::finished(const Host& host) const {
  return host.next == host.pairs.size() * rounds_;
}

std::optional<EchoSchedule::Due> EchoSchedule::due(nanoseconds now) {
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
    if (!finished(host)) soonest = std::min(host.free_from, soonest.value_or(host.free_from));
  if (soonest) return soonest;
  if (open_ > 0 && now < last_end_) return last_end_;
  return std::nullopt;
}

}  // namespace linkfab::measure
