// The distribution tables that tc(8) knows by name, computed by formula.
//
// A table holds, at equal steps of probability, how far from the mean the delay is; 8192 stands for
// one jitter.
//   normal        the quantiles of the standard normal distribution: jitter is the standard
//   deviation pareto        (u^(-1/3) - 1.5) * 4/3, u falling from 1 to 0: Pareto's with exponent
//   3, its mean taken off,
//                 cut off where 16 bits end, four jitters above
//   paretonormal  a quarter of the first and three quarters of the second, entry by entry
// They have tc's size, 4096 entries, and agree with tc's files but for sampling each step in its
// middle.
#pragma once

#include <string_view>

#include "netem/impairment.hpp"

namespace linkfab::netem {

// nullptr where the name is none of these.
[[nodiscard]] const DistributionTable* standard_distribution(std::string_view name);

// What the kernel does without a table, as a table: equal steps from one jitter below to one above.
[[nodiscard]] const DistributionTable& uniform_distribution();

}  // namespace linkfab::netem
