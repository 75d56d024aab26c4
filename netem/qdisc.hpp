// The netem qdisc: what the kernel was told and says, in its own units, and the messages between.
//
// An Impairment (netem/impairment.hpp) is what a person asks for; a Netem is what the kernel holds.
// Wanted and observed are compared as Netem, because the kernel's units are coarser. Sources:
// linux/pkt_sched.h, net/sched/sch_netem.c.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "netem/device.hpp"
#include "netem/impairment.hpp"

namespace linkfab::netem {

// Probabilities are the kernel's: 0 is never, 2^32-1 is always.
struct Netem {
  std::int64_t delay_ns = 0;
  std::int64_t jitter_ns = 0;
  std::uint32_t limit = 1000;  // packets
  std::uint32_t loss = 0;
  std::uint32_t gap = 0;
  std::uint32_t duplicate = 0;
  std::uint32_t delay_correlation = 0;
  std::uint32_t loss_correlation = 0;
  std::uint32_t duplicate_correlation = 0;
  std::uint32_t reorder = 0;
  std::uint32_t reorder_correlation = 0;
  std::uint32_t corrupt = 0;
  std::uint32_t corrupt_correlation = 0;
  std::uint64_t rate_bytes = 0;  // bytes a second; 0: no limit
  std::int32_t packet_overhead = 0;
  std::uint32_t cell_size = 0;
  std::int32_t cell_overhead = 0;
  bool ecn = false;
  enum class LossModel { random, state, gilbert_elliott } loss_model = LossModel::random;
  // p13 p31 p32 p14 p23, or p r h k1 -, as tc_netem_gimodel and tc_netem_gemodel order them.
  std::uint32_t model[5] = {};
  bool has_slot = false;
  std::int64_t slot_min_delay = 0;
  std::int64_t slot_max_delay = 0;
  std::int64_t slot_dist_delay = 0;  // these two also stand for a range, with a uniform table
  std::int64_t slot_dist_jitter = 0;
  std::int32_t slot_packets = 0;
  std::int32_t slot_bytes = 0;
  std::optional<std::uint64_t> seed;
  DistributionTable distribution;       // not reported back by the kernel
  DistributionTable slot_distribution;  // neither

  bool operator==(const Netem&) const = default;
};

// Does the kernel's report agree with what is wanted? Ignores what it does not report, the tables,
// and the seed where none is wanted. A wanted seed never matches before Linux 6.6, which reports
// (and has) none.
[[nodiscard]] bool matches(const Netem& wanted, const Netem& reported);

// Which distribution tables it needs, as a number: equal numbers, equal tables. Only who sent them
// can tell what the kernel holds. 0: it draws nothing.
using TablesId = std::uint64_t;
[[nodiscard]] TablesId tables_id(const Netem& netem);

// `frame_size` (bytes, with the Ethernet header) is what the automatic queue limit counts in: rate
// × delay (with jitter) in frames, plus a buffer as long again, at least 1000; without a rate, what
// 10 Gbit/s could put in flight within the delay. Distribution names are resolved to tc's standard
// tables. Errc::invalid for an unknown table. The kernel bounds jitter (and half the range of a
// slot) at 2.147483647 s; beyond is Errc::invalid, as are ways out of one state of a StateLoss that
// exceed 100 % together, which the kernel would get wrong.
[[nodiscard]] Result<Netem> to_netem(const Impairment& impairment, std::uint32_t frame_size);

struct QdiscStats {
  std::uint64_t packets = 0;  // dequeued
  std::uint64_t bytes = 0;
  std::uint32_t drops = 0;  // lost and over limit
  std::uint32_t overlimits = 0;
  std::uint32_t backlog_packets = 0;
  std::uint32_t backlog_bytes = 0;
};

// A root qdisc of a device, one below a root of ours (netem/inner.hpp), or a clsact.
struct Qdisc {
  IfIndex device;
  std::uint32_t parent = 0;
  std::uint32_t handle = 0;
  std::string kind;                      // "netem", "noqueue", …
  std::optional<Netem> netem;            // of kind netem
  std::optional<QueueDiscipline> queue;  // of a kind that it knows
  QdiscStats stats;
  [[nodiscard]] bool root() const;
};

inline constexpr std::uint32_t our_handle = 0xfab00000;  // "fab0:": the ownership mark of a qdisc

// Made, or changed in place whatever it was before, in one request; frames in the queue stay there,
// each with the delay that it was given. Never delete-then-add: between the two the link would run
// unimpaired. Everything is sent every time, because the kernel keeps the old value of what is
// absent. What it cannot take back is overridden: a slot by one of all zeros, and a distribution
// table by one of equal steps, sent with every jitter (and every slot of a varying length) that has
// no table of its own. Only a loss model ends by its absence. A root qdisc with another handle is
// replaced and its queue lost; one of another kind with ours is Errc::invalid. With NLM_F_ECHO
// added and sent by Socket::query, the answer is what the kernel holds from now on.
[[nodiscard]] Message replace_netem(IfIndex device, const Netem& netem);
[[nodiscard]] Message delete_netem(IfIndex device);

[[nodiscard]] Result<std::vector<Qdisc>> dump_qdiscs(Socket& socket);  // of all devices
[[nodiscard]] std::optional<Qdisc> decode_qdisc(const nlmsghdr& message);

}  // namespace linkfab::netem
