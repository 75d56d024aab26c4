#include "ovsdb/reconnect.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace linkfab::ovsdb {
namespace {

const std::string subject = "connect";

}  // namespace

Reconnect::Reconnect(std::vector<std::string> remotes, std::optional<milliseconds> probe_interval)
    : remotes_(std::move(remotes)), probe_interval_(probe_interval) {
  if (remotes_.empty()) throw std::logic_error("an OVSDB session needs at least one remote");
}

void Reconnect::start(TimePoint now) {
  if (phase_ != Phase::stopped) return;
  phase_ = Phase::waiting;
  until_ = now;
  failed_in_round_ = 0;
  backoff_.clear(subject);
}

void Reconnect::stop() {
  phase_ = Phase::stopped;
  established_.reset();
}

Reconnect::Action Reconnect::due(TimePoint now) {
  switch (phase_) {
    case Phase::stopped:
      return Action::none;
    case Phase::waiting:
      if (now < until_) return Action::none;
      phase_ = Phase::opening;
      until_ = now + open_limit;
      return Action::connect;
    case Phase::opening:
      return now < until_ ? Action::none : Action::give_up;
    case Phase::open:
    case Phase::probing:
      break;
  }
  if (leave_ && now >= *leave_) {
    leave_.reset();
    return Action::move_on;
  }
  if (probe_interval() == milliseconds{0}) return Action::none;
  if (now < probe_due()) return Action::none;
  if (phase_ == Phase::probing) return Action::give_up;
  phase_ = Phase::probing;
  until_ = now + probe_interval();
  return Action::probe;
}

milliseconds Reconnect::probe_interval() const {
  if (probe_interval_) return *probe_interval_;
  return remote().starts_with("unix:") ? milliseconds{0} : usual_probe_interval;
}

// When the next probe is due or, while one is out, its answer overdue. An answer has its whole
// interval from the sending on: a caller that was busy for longer than that must not take its own
// silence for the server's.
TimePoint Reconnect::probe_due() const {
  return phase_ == Phase::probing ? until_ : heard_ + probe_interval();
}

std::optional<TimePoint> Reconnect::next() const {
  switch (phase_) {
    case Phase::stopped:
      return std::nullopt;
    case Phase::waiting:
    case Phase::opening:
      return until_;
    case Phase::open:
    case Phase::probing:
      break;
  }
  if (probe_interval() == milliseconds{0}) return leave_;
  return leave_ ? std::min(*leave_, probe_due()) : probe_due();
}

void Reconnect::opened(TimePoint now) {
  phase_ = Phase::open;
  heard_ = now;
  leave_.reset();
}

void Reconnect::received(TimePoint now) {
  heard_ = now;
  if (phase_ == Phase::probing) phase_ = Phase::open;
}

void Reconnect::established(TimePoint now) {
  established_ = now;
}

void Reconnect::next_remote(TimePoint now) {
  phase_ = Phase::waiting;
  until_ = now;
  current_ = (current_ + 1) % remotes_.size();
}

void Reconnect::unserved(TimePoint now) {
  if (remotes_.size() > 1) leave_ = now + patience;
}

void Reconnect::moved(TimePoint now) {
  if (phase_ == Phase::stopped) return;
  next_remote(now);
  established_.reset();
  failed_in_round_ = 0;
  backoff_.clear(subject);
}

void Reconnect::lost(TimePoint now) {
  if (phase_ == Phase::stopped) return;
  next_remote(now);
  const auto since = std::exchange(established_, std::nullopt);
  if (since && now - *since >= least_life) {
    failed_in_round_ = 0;
    backoff_.clear(subject);
    return;
  }
  if (++failed_in_round_ < remotes_.size()) return;
  failed_in_round_ = 0;
  backoff_.fail(subject, now);
  until_ = *backoff_.next();
}

}  // namespace linkfab::ovsdb
