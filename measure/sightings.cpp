#include "measure/sightings.hpp"

#include <algorithm>
#include <limits>

namespace linkfab::measure {
namespace {

constexpr auto unknown = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Sightings count(const Stream& stream) {
  Sightings seen;
  seen.sent = stream.sent.size();
  seen.arrived = stream.arrivals.size();
  std::vector<std::uint32_t> copies(stream.sent.size());
  std::vector<std::optional<double>> delays(stream.sent.size());
  std::uint32_t latest = 0;
  for (const auto& arrival : stream.arrivals) {
    const auto sequence = arrival.sequence.value_or(unknown);
    if (!arrival.intact || sequence >= copies.size()) continue;
    if (copies[sequence]++ != 0) continue;
    delays[sequence] = static_cast<double>((arrival.time - stream.sent[sequence]).count());
    if (sequence < latest) ++seen.overtaken;
    latest = std::max(latest, sequence);
  }
  // A broken frame whose number broke is some frame that is missed.
  std::size_t strays = 0;
  for (const auto& arrival : stream.arrivals) {
    if (arrival.intact) continue;
    ++seen.corrupted;
    if (const auto sequence = arrival.sequence.value_or(unknown); sequence < copies.size()) {
      ++copies[sequence];
    } else {
      ++strays;
    }
  }
  const auto missed = static_cast<std::size_t>(std::ranges::count(copies, 0U));
  seen.lost = missed - std::min(missed, strays);
  seen.duplicated = static_cast<std::size_t>(
      std::ranges::count_if(copies, [](std::uint32_t n) { return n > 1; }));
  for (std::size_t i = 0; i < delays.size(); ++i) {
    if (!delays[i]) continue;
    seen.delays.push_back(*delays[i]);
    if (copies[i] == 1) seen.single_delays.push_back(*delays[i]);
  }
  std::ranges::sort(seen.delays);
  std::ranges::sort(seen.single_delays);
  return seen;
}

}  // namespace linkfab::measure
