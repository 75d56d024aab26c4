// Estimates with confidence intervals, none of which presumes a bell curve. Pure.
#pragma once

#include <functional>
#include <span>

namespace linkfab::measure {

struct Interval {
  double low = 0;
  double high = 0;
  [[nodiscard]] bool contains(double value) const { return low <= value && value <= high; }
};

// Of a probability of which `count` of `total` were seen; Clopper and Pearson's, never too narrow.
// `total` may be less than was counted, where the frames depend on each other.
[[nodiscard]] Interval proportion(double count, double total, double confidence);

// The value below which the share `q` of the (sorted) samples lies.
[[nodiscard]] double quantile(std::span<const double> sorted, double q);
// Where it lies in what the samples were drawn from, by order statistics; from the least to the
// greatest sample where there are too few to say more.
[[nodiscard]] Interval quantile_interval(std::span<const double> sorted, double q,
                                         double confidence);

// Kolmogorov and Smirnov: the chance that samples of the distribution `cdf` are at least as far
// from it as these (sorted) are, when each may be off by `slack`.
[[nodiscard]] double kolmogorov_smirnov(std::span<const double> sorted,
                                        const std::function<double(double)>& cdf, double slack = 0);

}  // namespace linkfab::measure
