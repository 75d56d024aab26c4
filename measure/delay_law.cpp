#include "measure/delay_law.hpp"

#include <algorithm>
#include <cmath>

#include "measure/estimate.hpp"
#include "netem/distribution.hpp"

namespace linkfab::measure {
namespace {

constexpr double table_scale = 8192;  // NETEM_DIST_SCALE

const netem::DistributionTable* table_of(const netem::Impairment& impairment) {
  if (impairment.distribution == "table") return &impairment.table;
  return netem::standard_distribution(impairment.distribution);
}

}  // namespace

double wire_time(const netem::Impairment& impairment, std::size_t frame_size) {
  if (impairment.rate.value == 0) return 0;
  double bytes = static_cast<double>(frame_size) + impairment.packet_overhead;
  if (impairment.cell_size != 0) {
    const double cells = std::ceil(bytes / impairment.cell_size);
    bytes = cells * (static_cast<double>(impairment.cell_size) + impairment.cell_overhead);
  }
  return bytes * 8e9 / static_cast<double>(impairment.rate.value);
}

double burst_time(const netem::Impairment& impairment) {
  if (impairment.rate.value == 0) return 0;
  return static_cast<double>(impairment.burst.value) * 8e9 /
         static_cast<double>(impairment.rate.value);
}

DelayLaw::DelayLaw(const netem::Impairment& impairment, std::size_t frame_size)
    : base_(static_cast<double>(impairment.delay.count()) + wire_time(impairment, frame_size)),
      jitter_(static_cast<double>(impairment.jitter.count())) {
  const auto* const table = table_of(impairment);
  if (jitter_ == 0 || table == nullptr) return;
  for (const auto entry : *table) offsets_.push_back(entry * jitter_ / table_scale);
  std::ranges::sort(offsets_);
}

double DelayLaw::quantile(double q) const {
  const double offset = offsets_.empty() ? (2 * q - 1) * jitter_ : measure::quantile(offsets_, q);
  return std::max(0.0, base_ + offset);
}

double DelayLaw::cdf(double delay) const {
  const double offset = delay - base_;
  if (delay < 0) return 0;
  if (jitter_ == 0) return offset < 0 ? 0 : 1;
  if (offsets_.empty()) return std::clamp((offset / jitter_ + 1) / 2, 0.0, 1.0);
  const auto below = std::ranges::upper_bound(offsets_, offset) - offsets_.begin();
  return static_cast<double>(below) / static_cast<double>(offsets_.size());
}

}  // namespace linkfab::measure
