// What one direction of a link does to frames: everything that the kernel's netem qdisc can do, as
// a value, with a text form.
//
// The text form is a list of `key=value` options, the same in the topology file, on the command
// line and in `linkfab links`; the keys and value ranges are in the table of option_names(). Units
// are those of core/units.hpp. A default-constructed Impairment leaves every frame alone.
//
// Pure values: what a given kernel makes of them is netem/qdisc.hpp's. Source of semantics:
// linux/pkt_sched.h (TCA_NETEM_*), net/sched/sch_netem.c, tc-netem(8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "core/units.hpp"
#include "netem/queue_discipline.hpp"

namespace linkfab::netem {

// A delay distribution table: the inverse cumulative distribution at equal steps, scaled so that
// 8192 is one standard deviation (tc's `.dist` files). At most 16384 entries. Empty: the kernel's
// uniform.
using DistributionTable = std::vector<std::int16_t>;

// Frames lost one by one, each with probability `probability`; `correlation` with the last
// decision.
struct RandomLoss {
  Percent probability;
  Percent correlation;
  bool operator==(const RandomLoss&) const = default;
};

// The 4-state Markov model (1 good reception, 2 burst reception, 3 burst loss, 4 isolated loss).
struct StateLoss {
  Percent p13;
  Percent p31{100};
  Percent p32;
  Percent p23{100};
  Percent p14;
  bool operator==(const StateLoss&) const = default;
};

// Gilbert–Elliott: p good→bad, r bad→good, 1-h loss in bad, 1-k loss in good.
struct GilbertElliottLoss {
  Percent p;
  Percent r{100};
  Percent loss_in_bad{100};
  Percent loss_in_good;
  bool operator==(const GilbertElliottLoss&) const = default;
};

using Loss = std::variant<RandomLoss, StateLoss, GilbertElliottLoss>;

// Frames are released in bursts, as on shared media: a slot every min_delay…max_delay (or drawn
// from a distribution with mean `delay` and spread `jitter`), each of at most `packets` and `bytes`
// (0: no bound).
struct Slot {
  nanoseconds min_delay{};
  nanoseconds max_delay{};
  std::string distribution;  // empty: uniform between min and max
  nanoseconds delay{};
  nanoseconds jitter{};
  std::int32_t packets = 0;
  std::int32_t bytes = 0;
  bool operator==(const Slot&) const = default;
};

struct TrafficClass;

struct Impairment {
  nanoseconds delay{};
  nanoseconds jitter{};
  Percent delay_correlation;
  std::string distribution;  // "", "normal", "pareto", "paretonormal", or "table"
  DistributionTable table;   // with "table" only
  Loss loss = RandomLoss{};
  bool ecn = false;  // mark ECN-capable packets instead of losing them
  Percent duplicate;
  Percent duplicate_correlation;
  Percent corrupt;
  Percent corrupt_correlation;
  Percent reorder;
  Percent reorder_correlation;
  std::uint32_t gap = 0;
  BitsPerSecond rate;
  std::int32_t packet_overhead = 0;  // bytes added to each frame for the rate; may be negative
  std::uint32_t cell_size = 0;       // bytes; 48 for ATM
  std::int32_t cell_overhead = 0;    // bytes added to each cell
  std::optional<Slot> slot;
  std::optional<std::uint32_t> limit;  // frames in the queue; nullopt: chosen from rate and delay
  std::optional<std::uint64_t> seed;   // of the random numbers; kernels from 6.6 on
  // Every nth frame is lost, as the kernel counts them; 0: none. At most 65535.
  std::uint32_t drop_every = 0;
  // How frames wait for `rate`; nullopt: in netem's own queue, the first in first out.
  std::optional<QueueDiscipline> queue;
  // After a pause so many bytes go at once before `rate` holds: what a token bucket holds (`burst`
  // of tc-tbf(8)). 0: none. Without a queue frames then wait in a fifo of the usual length.
  Size burst;
  // By rank: netem/traffic_class.hpp keeps it so.
  std::vector<TrafficClass> classes;

  bool operator==(const Impairment&) const;
  // Does it change anything that a frame can notice? (A limit or a seed alone does not.)
  [[nodiscard]] bool idle() const;
  // Do frames wait for `rate` behind the netem, and not in it?
  [[nodiscard]] bool has_bottleneck() const { return queue || burst.value > 0; }
};

// Frames of one kind, and what happens to them after what happens to all of their direction. A
// frame belongs to the first class that matches it.
struct TrafficClass {
  std::string match;          // what it holds, as in pcap-filter(7): "udp and dst port 5060"
  std::int32_t priority = 0;  // classes of higher priority come first
  Impairment impairment;      // without classes, queue, burst and duplicates of its own
  bool operator==(const TrafficClass&) const = default;
};
inline constexpr std::size_t most_classes = 15;  // of one direction

inline bool Impairment::operator==(const Impairment&) const = default;

// Every key that set_option takes, in the order in which they are printed.
struct OptionName {
  std::string_view key;
  std::string_view values;  // how a value is written, for help texts: "TIME, e.g. 20ms"
};
[[nodiscard]] const std::vector<OptionName>& option_names();

// Sets one option from text. "loss" also takes "gemodel:P[,R[,1-H[,1-K]]]" and
// "state:P13[,P31[,P32[,P23[,P14]]]]"; "delay", "loss", "duplicate", "corrupt" and "reorder" do not
// take a correlation: that has its own key ("loss-correlation", "delay-correlation" …).
// Errc::invalid names the key and what would be right; an unknown key names the nearest known one.
[[nodiscard]] Result<void> set_option(Impairment& impairment, std::string_view key,
                                      std::string_view value);

// What no single option shows to be wrong: jitter without delay is fine, reorder without delay is
// not …
[[nodiscard]] Result<void> validate(const Impairment& impairment);

// The options that differ from the default, as set_option takes them. Not the classes.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> options(
    const Impairment& impairment);
// The same on one line, with the classes: "delay=20ms loss=1% [udp port 5060: delay=80ms]". Empty
// for the default.
[[nodiscard]] std::string format(const Impairment& impairment);

// Does it act on single frames, so that a GSO super-frame must be split before it? True with loss,
// duplicate, corrupt, reorder, rate, slot, an explicit limit or drop_every, also of a class; false
// with delay, jitter alone.
[[nodiscard]] bool needs_single_frames(const Impairment& impairment);

}  // namespace linkfab::netem
