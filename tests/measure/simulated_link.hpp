// What a measurement would see of a link that does exactly what it is told, drawn frame by frame
// after the kernel's netem_enqueue() and HTB's bucket, and of a host that adds a little of its own.
// Knows nothing of measure's laws: those are what it is held against.
#pragma once

#include <cstdint>

#include "measure/record.hpp"
#include "netem/impairment.hpp"

namespace linkfab::measure::test {

struct Simulation {
  netem::Impairment does;
  std::size_t probes = 2500;
  nanoseconds interval = std::chrono::milliseconds{2};
  std::size_t frame_size = 128;
  std::size_t train = 200;  // frames
  std::uint64_t seed = 1;
};

[[nodiscard]] Record simulate(const Simulation& simulation);

// The frames lost, of so many in a row, by the model alone.
[[nodiscard]] std::size_t simulate_losses(const netem::Loss& loss, std::size_t frames,
                                          std::uint64_t seed);

}  // namespace linkfab::measure::test
