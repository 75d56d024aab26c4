#include "core/backoff.hpp"

#include <algorithm>

namespace linkfab {

bool Backoff::holds(const std::string& subject, TimePoint now) const {
  const auto wait = waits_.find(subject);
  return wait != waits_.end() && now < wait->second.until;
}

void Backoff::fail(const std::string& subject, TimePoint now) {
  auto [wait, first] = waits_.try_emplace(subject, Wait{.length = least_, .until = {}});
  if (!first) wait->second.length = std::min(wait->second.length * 2, most_);
  wait->second.until = now + wait->second.length;
}

std::optional<TimePoint> Backoff::next() const {
  std::optional<TimePoint> earliest;
  for (const auto& [subject, wait] : waits_)
    if (!earliest || wait.until < *earliest) earliest = wait.until;
  return earliest;
}

}  // namespace linkfab
