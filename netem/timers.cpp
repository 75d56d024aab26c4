#include "netem/timers.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace linkfab::netem {
namespace {

constexpr int exact_enough = 10;  // resolutions: a tenth
constexpr double long_frame_bits = 1514.0 * 8;

void collect(const Impairment& impairment, nanoseconds resolution,
             std::vector<std::string>& coarse) {
  const auto check = [&](const char* what, nanoseconds value) {
    if (value.count() > 0 && value < exact_enough * resolution)
      coarse.push_back(fmt::format("{} of {}", what, linkfab::format(value)));
  };
  check("a delay", impairment.delay);
  check("a jitter", impairment.jitter);
  if (impairment.slot)
    check("a slot", std::max(impairment.slot->min_delay, impairment.slot->delay));
  // Frames of one tick leave together.
  const auto bits_per_tick =
      static_cast<double>(impairment.rate.value) * static_cast<double>(resolution.count()) / 1e9;
  if (bits_per_tick > long_frame_bits)
    coarse.push_back(fmt::format("at the rate of {} they leave {} at a time",
                                 linkfab::format(impairment.rate),
                                 static_cast<long>(bits_per_tick / long_frame_bits)));
  for (const auto& traffic : impairment.classes) collect(traffic.impairment, resolution, coarse);
}

}  // namespace

nanoseconds timer_resolution() {
  timespec resolution{};
  if (::clock_getres(CLOCK_MONOTONIC, &resolution) != 0) return nanoseconds{1};
  return std::chrono::seconds{resolution.tv_sec} + nanoseconds{resolution.tv_nsec};
}

std::string timer_warning(const Impairment& impairment, nanoseconds resolution) {
  if (resolution < std::chrono::microseconds{1}) return {};
  std::vector<std::string> coarse;
  collect(impairment, resolution, coarse);
  if (coarse.empty()) return {};
  return fmt::format("this kernel has no high-resolution timers, frames leave up to {} late: {}",
                     linkfab::format(resolution), fmt::join(coarse, ", "));
}

}  // namespace linkfab::netem
