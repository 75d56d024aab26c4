// Measured delays, and the delay, jitter and distribution table that repeat them.
//
// A file of samples is text: one time a line with its unit ("12.3ms"), or bare numbers, which are
// milliseconds as ping(8) prints them; empty lines and what follows a # are left out. What ping
// itself prints may be given as it is: of each line with "time=" the time is taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "netem/impairment.hpp"

namespace linkfab::netem {

// Errc::invalid names the place as "NAME:LINE". At least two samples and at most ten million.
[[nodiscard]] Result<std::vector<nanoseconds>> parse_samples(std::string_view text,
                                                             std::string_view name);

// What of an Impairment repeats the samples: delay is their mean, jitter their standard deviation,
// the table their quantiles. A table reaches four standard deviations to each side; `cut_off` is
// how many of the samples lie beyond. Samples that are all equal need no jitter and no table.
// Errc::invalid where the deviation is above what the kernel draws, 2147 ms.
struct SampledDelay {
  nanoseconds delay{};
  nanoseconds jitter{};
  DistributionTable table;
  std::size_t cut_off = 0;
};
[[nodiscard]] Result<SampledDelay> sampled_delay(std::vector<nanoseconds> samples);

// Replaces delay, jitter and distribution.
void apply(const SampledDelay& sampled, Impairment& impairment);

}  // namespace linkfab::netem
