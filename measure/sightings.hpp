// The arrivals of a stream counted by what happened to each frame. Pure.
#pragma once

#include <vector>

#include "measure/record.hpp"

namespace linkfab::measure {

struct Sightings {
  std::size_t sent = 0;
  std::size_t lost = 0;
  std::size_t duplicated = 0;  // came more than once
  std::size_t corrupted = 0;   // arrivals, of all `arrived`
  std::size_t arrived = 0;
  std::size_t overtaken = 0;  // came after one that was sent later
  // Nanoseconds, sorted, of the first intact arrival of each; and of those that came only once.
  std::vector<double> delays;
  std::vector<double> single_delays;
};

[[nodiscard]] Sightings count(const Stream& stream);

}  // namespace linkfab::measure
