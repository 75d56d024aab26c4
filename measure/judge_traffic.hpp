// Compares what was asked of a direction with what the host counted of the frames that passed it
// anyway. Pure.
//
// Counters say nothing of time: delay and jitter are not among the findings.
#pragma once

#include <cstdint>
#include <vector>

#include "measure/judge.hpp"
#include "netem/impairment.hpp"

namespace linkfab::measure {

// Between two readings of the counters.
struct Traffic {
  nanoseconds time{0};
  std::uint64_t sent = 0;     // frames that the sender gave to the fabric
  std::uint64_t left = 0;     // frames that the receiver was given
  std::uint64_t bytes = 0;    // of these, with their Ethernet headers
  std::uint64_t dropped = 0;  // frames, by the qdiscs of the direction
  std::int64_t waiting = 0;   // how many more frames wait there than at the first reading
  bool alone = true;          // all that was sent was for this receiver: a link, not a segment
};

// Findings of "path" (what is sent comes to the queue; where `alone`), "loss" and, where they are
// asked for, "duplicate" and "rate". Empty when nothing was sent or left.
[[nodiscard]] std::vector<Finding> judge_traffic(const netem::Impairment& requested,
                                                 const Traffic& traffic, const Rules& rules);

}  // namespace linkfab::measure
