// Packet filters as values, and what their arguments may be.
//
// One list belongs to a bridge and works on both directions; the first filter that drops ends the
// walk. What each does to a frame is in ubridge/frame_filter.hpp.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <variant>

#include "core/result.hpp"
#include "ubridge/link_type.hpp"

namespace linkfab::ubridge {

using std::chrono::milliseconds;

// -1 drops all, n > 0 each n-th frame of both directions together, anything else none.
struct FrequencyDrop {
  int frequency = 0;
  bool operator==(const FrequencyDrop&) const = default;
};

// Drops where a random number of 0..99 is not above the percentage: one percent more than it says.
struct PacketLoss {
  int percentage = 0;
  bool operator==(const PacketLoss&) const = default;
};

// Uniform within latency ± jitter, never below 0; frames of one direction keep their order.
struct Delay {
  milliseconds latency{};
  milliseconds jitter{};
  bool operator==(const Delay&) const = default;
};

// Spoils a quarter of the frame, around its middle; the chance is that of PacketLoss.
struct Corrupt {
  int percentage = 0;
  bool operator==(const Corrupt&) const = default;
};

// Drops what matches.
struct Bpf {
  std::string expression;
  LinkType link_type;
  bool operator==(const Bpf&) const = default;
};

using FilterAction = std::variant<FrequencyDrop, PacketLoss, Delay, Corrupt, Bpf>;

struct Filter {
  std::string name;
  FilterAction action;
  bool operator==(const Filter&) const = default;
};

// From a type and its arguments. A Bpf that does not compile is an error here already. The text of
// an error is what ubridge writes into its log.
//
// In ubridge 0.9.19 a filter whose arguments are wrong is refused and stays in the list all the
// same, where it blocks its name and does something or other. Clients reset the list before they
// add, so nobody sees that; here what is refused is not there.
[[nodiscard]] Result<FilterAction> parse_filter(const std::string& type,
                                                std::span<const std::string> arguments);

}  // namespace linkfab::ubridge
