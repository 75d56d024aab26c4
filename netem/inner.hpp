// What hangs below our netem: either classes of traffic, or the queue of a bottleneck.
//
//   fab0: netem ─ fab0:1 ─ fab1: prio ─ fab1:1        all other frames
//                          │  filters   fab1:2 …:16   fac1: … facf: netem, one a class
//   fab0: netem ─ fab0:1 ─ fab2: htb ─ fab2:1 (rate) ─ fab3: or fab4: the queue discipline
//
// A frame comes here once the root netem has let it go: what a class does comes on top of it. A
// queue behind a constant delay sends the same frames at the same times as one before it would, and
// that is where it has to be, because the kernel's netem cannot follow another qdisc on a device.
//
// An Impairment is what a person asks for; an Inner is what the kernel is to hold, an InnerSeen
// what it holds. Pure but for the messages, which netem/inner_wire.hpp makes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "netem/frame_filter.hpp"
#include "netem/impairment.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::netem {

inline constexpr std::uint32_t inner_parent = our_handle | 1;
inline constexpr std::uint32_t prio_handle = 0xfab10000;
inline constexpr std::uint32_t htb_handle = 0xfab20000;
// A discipline of another kind needs another handle.
inline constexpr std::uint32_t queue_handles[] = {0xfab30000, 0xfab40000};
// Of the class in this band of the prio, 1 to 15.
[[nodiscard]] constexpr std::uint32_t band_handle(std::uint32_t band) {
  return 0xfac00000 | band << 16;
}

struct ClassRule {
  FilterProgram program;
  std::uint32_t drop_every = 0;
  std::optional<Netem> netem;  // nullopt: its frames go on with all others
  bool operator==(const ClassRule&) const = default;
};

// Without a burst: a timer that is late by less than 2 ms loses nothing of the rate.
inline constexpr std::uint32_t usual_bucket = 2'000'000 >> 6;

// Lets frames wait in a discipline of its own for a rate. A token bucket: a frame goes when the
// bucket is not in debt, so the last of a burst may take it below zero, and the bucket may be
// smaller than a frame.
struct Bottleneck {
  std::uint64_t rate_bytes = 0;         // bytes a second
  std::uint32_t bucket = usual_bucket;  // what it holds: time at that rate, in ticks of 64 ns
  std::uint16_t packet_overhead = 0;    // bytes added to each frame for the rate
  std::uint32_t quantum = 1514;         // bytes: the longest frame
  QueueDiscipline queue;                // resolved()
  bool operator==(const Bottleneck&) const = default;
};

struct Inner {
  std::vector<ClassRule> rules;  // the first that matches takes a frame
  std::optional<Bottleneck> bottleneck;
  [[nodiscard]] bool empty() const { return rules.empty() && !bottleneck; }
  bool operator==(const Inner&) const = default;
};
// `frame_size` as to_netem() takes it.
[[nodiscard]] Result<Inner> to_inner(const Impairment& impairment, std::uint32_t frame_size);

// A filter of the prio qdisc, as it is seen or to be made.
struct ClassFilter {
  std::uint16_t preference = 0;  // the lowest is asked first
  FilterProgram program;
  std::uint32_t drop_every = 0;
  std::uint32_t band = 0;   // 0: all other frames; 1 to 15: a class
  std::uint64_t drops = 0;  // by drop_every, so far
};

struct InnerSeen {
  enum class Kind { none, classes, bottleneck, foreign } kind = Kind::none;
  struct Band {
    Netem netem;
    QdiscStats stats;
    std::optional<TablesId> tables;  // as they were sent; nullopt: by somebody else
  };
  std::map<std::uint32_t, Band> bands;
  std::vector<ClassFilter> filters;  // by preference
  std::optional<std::uint64_t> rate_bytes;
  std::uint32_t bucket = 0;  // as Bottleneck has it; 0: none of ours
  std::uint16_t packet_overhead = 0;
  std::optional<QueueDiscipline> queue;
  std::uint32_t queue_handle = 0;
  QdiscStats queue_stats;
};

// Steps, to be done in this order. Each is right for itself: no frame meets less than both the old
// and the new say.
struct AddPrio {};
struct SetBand {
  std::uint32_t band = 0;
  Netem netem;
};
struct AddFilter {
  ClassFilter filter;
};
struct DeleteFilter {
  std::uint16_t preference = 0;
};
struct DeleteBand {
  std::uint32_t band = 0;
};
struct AddHtb {};
struct SetRate {
  Bottleneck bottleneck;
};
struct SetQueue {
  Bottleneck bottleneck;
  std::uint32_t handle = 0;
  bool made = false;  // else one that is there is changed
};
struct DeleteInner {
  std::uint32_t handle = 0;
};
using InnerStep = std::variant<AddPrio, SetBand, AddFilter, DeleteFilter, DeleteBand, AddHtb,
                               SetRate, SetQueue, DeleteInner>;

// What is to be done. Nothing that still holds frames is deleted: it is left without new ones, and
// goes when this is asked again after they have left, see lingers().
// Tables of unknown origin are sent again.
[[nodiscard]] std::vector<InnerStep> plan_inner(const Inner& wanted, const InnerSeen& seen);
// Is there something that is not wanted, and waits to be empty? To be asked after the steps have
// been done; the plan that deletes it needs fresh numbers of what waits (QdiscStats).
[[nodiscard]] bool lingers(const Inner& wanted, const InnerSeen& seen);

// What the class of this filter has done, where it is installed.
struct ClassStats {
  std::uint64_t packets = 0;  // passed on
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
};
[[nodiscard]] std::optional<ClassStats> class_stats(const InnerSeen& seen,
                                                    const FilterProgram& program);
// Frames and bytes that wait below the root.
[[nodiscard]] QdiscStats backlog(const InnerSeen& seen);

}  // namespace linkfab::netem
