#include "fabric/lateness.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace linkfab::fabric {

std::size_t Lateness::place(std::uint64_t value) {
  if (value < (1U << bits)) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - bits;
  return ((shift + 1) << bits) + (value >> shift) - (1U << bits);
}

std::uint64_t Lateness::most(std::size_t place) {
  if (place < (2U << bits)) return place;
  const auto shift = (place >> bits) - 1;
  const auto top = (1U << bits) + (place & ((1U << bits) - 1));
  return ((static_cast<std::uint64_t>(top) + 1) << shift) - 1;
}

void Lateness::add(nanoseconds late) {
  late = std::max(late, nanoseconds{});
  ++counts_[place(static_cast<std::uint64_t>(late.count()))];
  ++count_;
  max_ = std::max(max_, late);
}

Lateness::nanoseconds Lateness::quantile(double share) const {
  if (count_ == 0) return {};
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0)
      return std::min(max_, nanoseconds{static_cast<std::int64_t>(most(i))});
  }
  return max_;
}

}  // namespace linkfab::fabric
