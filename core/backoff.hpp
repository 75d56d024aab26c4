// When to try again what failed: doubling waits between a least and a most, for each subject by
// name.
//
// Pure: it holds no clock; every call takes `now`.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace linkfab {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class Backoff {
 public:
  explicit Backoff(milliseconds least = milliseconds{100}, milliseconds most = milliseconds{8000})
      : least_(least), most_(most) {}

  // Is this subject still waiting for its next try?
  [[nodiscard]] bool holds(const std::string& subject, TimePoint now) const;
  // It failed now: its next try is due after a wait twice as long as the last one.
  void fail(const std::string& subject, TimePoint now);
  // It succeeded, or is not wanted any more.
  void clear(const std::string& subject) { waits_.erase(subject); }
  // The earliest time at which any subject's next try is due.
  [[nodiscard]] std::optional<TimePoint> next() const;

 private:
  struct Wait {
    milliseconds length;
    TimePoint until;
  };

  milliseconds least_;
  milliseconds most_;
  std::map<std::string, Wait> waits_;
};

}  // namespace linkfab
