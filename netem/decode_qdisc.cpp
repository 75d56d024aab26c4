// What the kernel says of a qdisc.

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <iterator>

#include "netem/attributes.hpp"
#include "netem/forward.hpp"
#include "netem/inner.hpp"
#include "netem/netem_wire.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::netem {
namespace {

void decode_loss_model(const Attributes& loss, Netem& netem) {
  if (loss.has(NETEM_LOSS_GI)) {
    const auto gi = loss.get<tc_netem_gimodel>(NETEM_LOSS_GI);
    netem.loss_model = Netem::LossModel::state;
    std::ranges::copy(std::initializer_list<std::uint32_t>{gi.p13, gi.p31, gi.p32, gi.p14, gi.p23},
                      netem.model);
  } else if (loss.has(NETEM_LOSS_GE)) {
    const auto ge = loss.get<tc_netem_gemodel>(NETEM_LOSS_GE);
    netem.loss_model = Netem::LossModel::gilbert_elliott;
    std::ranges::copy(std::initializer_list<std::uint32_t>{ge.p, ge.r, ge.h, ge.k1}, netem.model);
  }
}

void decode_rate(const Attributes& options, Netem& netem) {
  const auto rate = options.get<tc_netem_rate>(TCA_NETEM_RATE);
  netem.rate_bytes =
      options.has(TCA_NETEM_RATE64) ? options.get<std::uint64_t>(TCA_NETEM_RATE64) : rate.rate;
  netem.packet_overhead = rate.packet_overhead;
  netem.cell_size = rate.cell_size;
  netem.cell_overhead = rate.cell_overhead;
}

// As the kernel has it: without any time there are no slots.
void decode_slot(const Attributes& options, Netem& netem) {
  const auto slot = options.get<tc_netem_slot>(TCA_NETEM_SLOT);
  netem.has_slot = (slot.min_delay | slot.max_delay | slot.dist_jitter) != 0;
  if (!netem.has_slot) return;
  netem.slot_min_delay = slot.min_delay;
  netem.slot_max_delay = slot.max_delay;
  netem.slot_dist_delay = slot.dist_delay;
  netem.slot_dist_jitter = slot.dist_jitter;
  netem.slot_packets = slot.max_packets;
  netem.slot_bytes = slot.max_bytes;
}

}  // namespace

Netem decode_netem(ByteView bytes) {
  const auto fixed = load<tc_netem_qopt>(bytes);
  const Attributes options{bytes.subspan(std::min(sizeof fixed, bytes.size()))};
  const auto correlation = options.get<tc_netem_corr>(TCA_NETEM_CORR);
  const auto reorder = options.get<tc_netem_reorder>(TCA_NETEM_REORDER);
  const auto corrupt = options.get<tc_netem_corrupt>(TCA_NETEM_CORRUPT);
  Netem netem{.delay_ns = std::int64_t{fixed.latency} << 6,
              .jitter_ns = std::int64_t{fixed.jitter} << 6,
              .limit = fixed.limit,
              .loss = fixed.loss,
              .gap = fixed.gap,
              .duplicate = fixed.duplicate,
              .delay_correlation = correlation.delay_corr,
              .loss_correlation = correlation.loss_corr,
              .duplicate_correlation = correlation.dup_corr,
              .reorder = reorder.probability,
              .reorder_correlation = reorder.correlation,
              .corrupt = corrupt.probability,
              .corrupt_correlation = corrupt.correlation,
              .ecn = options.get<std::uint32_t>(TCA_NETEM_ECN) != 0,
              .seed = {},
              .distribution = {},
              .slot_distribution = {}};
  if (options.has(TCA_NETEM_LATENCY64))
    netem.delay_ns = options.get<std::int64_t>(TCA_NETEM_LATENCY64);
  if (options.has(TCA_NETEM_JITTER64))
    netem.jitter_ns = options.get<std::int64_t>(TCA_NETEM_JITTER64);
  decode_rate(options, netem);
  decode_loss_model(options.nested(TCA_NETEM_LOSS), netem);
  decode_slot(options, netem);
  if (options.has(netem_prng_seed)) netem.seed = options.get<std::uint64_t>(netem_prng_seed);
  return netem;
}

namespace {

QdiscStats decode_stats(const Attributes& stats) {
  const auto basic = stats.get<gnet_stats_basic>(TCA_STATS_BASIC);
  const auto queue = stats.get<gnet_stats_queue>(TCA_STATS_QUEUE);
  QdiscStats result{.packets = basic.packets,
                    .bytes = basic.bytes,
                    .drops = queue.drops,
                    .overlimits = queue.overlimits,
                    .backlog_packets = queue.qlen,
                    .backlog_bytes = queue.backlog};
  // From Linux 5.5 on, once the count no longer fits into 32 bits.
  if (stats.has(TCA_STATS_PKT64)) result.packets = stats.get<std::uint64_t>(TCA_STATS_PKT64);
  return result;
}

bool below_ours(std::uint32_t parent) {
  const auto major = TC_H_MAJ(parent);
  return major == our_handle || major == prio_handle || major == htb_handle;
}

}  // namespace

std::optional<Qdisc> decode_qdisc(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<tcmsg>(body);
  if (message.nlmsg_type != RTM_NEWQDISC || body.size() < sizeof header) return std::nullopt;
  if (header.tcm_parent != TC_H_ROOT && !below_ours(header.tcm_parent) &&
      !is_clsact(header.tcm_handle))
    return std::nullopt;
  const Attributes attributes{message, sizeof header};
  Qdisc qdisc{.device = {header.tcm_ifindex},
              .parent = header.tcm_parent,
              .handle = header.tcm_handle,
              .kind = attributes.text(TCA_KIND),
              .netem = std::nullopt,
              .queue = std::nullopt,
              .stats = decode_stats(attributes.nested(TCA_STATS2))};
  const auto options = attributes.bytes(TCA_OPTIONS);
  if (qdisc.kind == "netem") {
    qdisc.netem = decode_netem(options);
  } else if (!qdisc.root()) {
    qdisc.queue = decode_queue(qdisc.kind, options);
  }
  return qdisc;
}

}  // namespace linkfab::netem
