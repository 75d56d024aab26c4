// What goes along the links of a lab: the counters of each direction, and rates between two reads.
// Pure.
//
// A direction of a link has two ends: what one sent and what reached the other; between them are
// loss and queue. A segment has two directions a member: into the segment, of which only what was
// sent is known, and out of it, of which only what arrived is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/lab_view.hpp"
#include "fabric/measurements.hpp"

namespace linkfab::fabric {

// nullopt: there is no such counter, because there is no device or no such end.
struct TrafficCounters {
  using Count = std::optional<std::int64_t>;
  Count sent_frames;
  Count sent_bytes;
  Count sent_dropped;  // that the fabric did not take from the sender
  Count received_frames;
  Count received_bytes;
  Count received_dropped;  // that the receiver's device refused
  Count lost;              // by the impairment
  Count queued_frames;     // in the impairment's queue now
  Count queued_bytes;
  Count carrier_changes;  // of the receiver, or of the member that sends into a segment
  bool operator==(const TrafficCounters&) const = default;
};

// Of one class of an impairment.
struct ClassTraffic {
  std::string match;
  std::int64_t frames = 0;  // passed on
  std::int64_t bytes = 0;
  std::int64_t dropped = 0;
  bool operator==(const ClassTraffic&) const = default;
};

struct TrafficDirection {
  std::string link;
  std::string kind;   // "link", "hub", "switch"
  std::string state;  // of the link
  std::string from;   // "r1:eth0"; the segment's name, out of a segment
  std::string to;
  std::string impairment;
  std::string error;
  TrafficCounters counters;
  std::vector<ClassTraffic> classes;  // by filter
};

// Of a lab at one moment.
struct Traffic {
  std::string lab;
  std::chrono::steady_clock::time_point time;  // when the counters had come
  std::chrono::system_clock::time_point date;
  std::vector<TrafficDirection> directions;
};

// In the order of the links; of a link, a → b first.
[[nodiscard]] std::vector<TrafficDirection> directions(const std::vector<LinkView>& links);

// Puts counters that were measured now in the place of those that the links hold.
void set_statistics(std::vector<LinkView>& links, const Measurements& measured);

// A second.
struct TrafficRates {
  using Rate = std::optional<double>;
  Rate sent_frames;
  Rate sent_bits;
  Rate received_frames;
  Rate received_bits;
  Rate lost;
  Rate refused;  // at both ends
  bool operator==(const TrafficRates&) const = default;

  // What went along: what arrived where that is known.
  [[nodiscard]] Rate frames() const { return received_frames ? received_frames : sent_frames; }
  [[nodiscard]] Rate bits() const { return received_frames ? received_bits : sent_bits; }
  [[nodiscard]] double drops() const { return lost.value_or(0) + refused.value_or(0); }
};
// A counter that is lower than before was started anew by a device that was made again: it counts
// from zero.
[[nodiscard]] TrafficRates rates(const TrafficCounters& before, const TrafficCounters& now,
                                 std::chrono::duration<double> elapsed);

// The rates of each of `now` to the direction of the same link and ends in `before`; none where it
// is new.
[[nodiscard]] std::vector<TrafficRates> rates(const std::vector<TrafficDirection>& before,
                                              const std::vector<TrafficDirection>& now,
                                              std::chrono::duration<double> elapsed);

// For people, three digits: "0", "1.5", "12.3k", "1.25M".
[[nodiscard]] std::string short_number(double value);

}  // namespace linkfab::fabric
