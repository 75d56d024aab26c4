// The numbers that the kernel's RED takes in place of those of the paper (Floyd and Jacobson 1993,
// "Random Early Detection gateways for congestion avoidance"): weights as powers of two, and a
// table of how the average decays while the line is idle.
#pragma once

#include <array>
#include <cstdint>

namespace linkfab::netem {

struct RedNumbers {
  std::uint8_t weight_log = 0;  // the average moves by 2^-weight_log of a difference
  std::uint8_t slope_log = 0;   // the probability grows by 2^-slope_log a byte
  std::uint8_t cell_log = 0;    // of idle time in the table, in units of 64 ns
  std::array<std::uint8_t, 256> idle{};
};

// `min` and `max` in bytes, min < max; `probability` in (0, 1] at max; `frame`: the usual length in
// bytes; `rate_bytes` a second, more than 0.
[[nodiscard]] RedNumbers red_numbers(std::uint32_t min, std::uint32_t max, double probability,
                                     std::uint32_t frame, std::uint64_t rate_bytes);

}  // namespace linkfab::netem
