#include "netem/red.hpp"

#include <algorithm>
#include <cmath>

namespace linkfab::netem {
namespace {

constexpr double tick_ns = 64;
constexpr int most_log = 31;

// The paper's rule: a burst of `burst` frames into an empty queue must not bring the average above
// min: burst + 1 + ((1-w)^(burst+1) - 1) / w < min.
int weight_log(double min_frames, double burst) {
  const double room = burst + 1 - min_frames;
  for (int log = 1; log < most_log; ++log) {
    const double weight = std::ldexp(1.0, -log);
    if (room <= (1 - std::pow(1 - weight, burst)) / weight) return log;
  }
  return most_log;
}

}  // namespace

RedNumbers red_numbers(std::uint32_t min, std::uint32_t max, double probability,
                       std::uint32_t frame, std::uint64_t rate_bytes) {
  RedNumbers numbers;
  const double burst = std::ceil((2.0 * min + max) / (3.0 * frame)) + 1;
  numbers.weight_log =
      static_cast<std::uint8_t>(weight_log(static_cast<double>(min) / frame, burst));
  // The power of two just above 1/slope.
  const double slope = probability / (static_cast<double>(max) - min);
  numbers.slope_log =
      static_cast<std::uint8_t>(std::clamp<double>(std::floor(-std::log2(slope)) + 1, 0, most_log));

  const double frame_ticks = frame * 1e9 / static_cast<double>(rate_bytes) / tick_ns;
  const double decay = -std::log2(1 - std::ldexp(1.0, -numbers.weight_log)) / frame_ticks;
  const double longest = most_log / decay;  // ticks, until nothing is left of the average
  int cell = 0;
  while (cell < most_log && std::ldexp(longest, -cell) >= 512) ++cell;
  numbers.cell_log = static_cast<std::uint8_t>(cell);
  for (std::size_t i = 1; i < numbers.idle.size(); ++i)
    numbers.idle[i] = static_cast<std::uint8_t>(
        std::min<double>(most_log, std::ldexp(static_cast<double>(i), cell) * decay));
  numbers.idle.back() = most_log;
  return numbers;
}

}  // namespace linkfab::netem
