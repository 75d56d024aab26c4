#include "fabric/measurements.hpp"

#include <algorithm>
#include <iterator>

namespace linkfab::fabric {

void DurationHistogram::add(std::chrono::duration<double> duration) {
  ++count;
  sum += duration.count();
  const auto* bound = std::ranges::lower_bound(bounds, duration.count());
  if (bound != bounds.end())
    ++counts.at(static_cast<std::size_t>(std::distance(bounds.begin(), bound)));
}

}  // namespace linkfab::fabric
