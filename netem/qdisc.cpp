#include "netem/qdisc.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "netem/distribution.hpp"
#include "netem/netem_wire.hpp"

namespace linkfab::netem {
namespace {

tcmsg root_of(IfIndex device) {
  tcmsg header{};
  header.tcm_ifindex = device.value;
  header.tcm_parent = TC_H_ROOT;
  header.tcm_handle = our_handle;
  return header;
}

// The kernel's ticks of 64 ns, for kernels without the 64-bit times (before 4.15).
std::uint32_t ticks(std::int64_t nanoseconds) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(nanoseconds >> 6, 0, most));
}

template <class T>
void put_struct(Message& message, int attribute, const T& value) {
  message.put(attribute, &value, sizeof value);
}

void put_table(Message& message, int attribute, const DistributionTable& table) {
  const DistributionTable& entries = table.empty() ? uniform_distribution() : table;
  message.put(attribute, entries.data(), entries.size() * sizeof entries.front());
}

void put_loss_model(Message& options, const Netem& netem) {
  if (netem.loss_model == Netem::LossModel::random) return;
  options.nest(TCA_NETEM_LOSS, [&](Message& loss) {
    const auto& m = netem.model;
    if (netem.loss_model == Netem::LossModel::state) {
      put_struct(loss, NETEM_LOSS_GI,
                 tc_netem_gimodel{.p13 = m[0], .p31 = m[1], .p32 = m[2], .p14 = m[3], .p23 = m[4]});
    } else {
      put_struct(loss, NETEM_LOSS_GE,
                 tc_netem_gemodel{.p = m[0], .r = m[1], .h = m[2], .k1 = m[3]});
    }
  });
}

void put_rate(Message& options, const Netem& netem) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  put_struct(options, TCA_NETEM_RATE,
             tc_netem_rate{.rate = static_cast<std::uint32_t>(std::min(netem.rate_bytes, most)),
                           .packet_overhead = netem.packet_overhead,
                           .cell_size = netem.cell_size,
                           .cell_overhead = netem.cell_overhead});
  // The kernel takes the greater of the two, so this one alone could never lower a rate.
  if (netem.rate_bytes > most) options.put(TCA_NETEM_RATE64, netem.rate_bytes);
}

// All zero where there is no slot: that ends it.
void put_slot(Message& options, const Netem& netem) {
  tc_netem_slot slot{};
  if (netem.has_slot) {
    slot = {.min_delay = netem.slot_min_delay,
            .max_delay = netem.slot_max_delay,
            .max_packets = netem.slot_packets,
            .max_bytes = netem.slot_bytes,
            .dist_delay = netem.slot_dist_delay,
            .dist_jitter = netem.slot_dist_jitter};
  }
  put_struct(options, TCA_NETEM_SLOT, slot);
  if (netem.has_slot && netem.slot_dist_jitter != 0) {
    put_table(options, TCA_NETEM_SLOT_DIST, netem.slot_distribution);
  }
}

// What the kernel reports of it: not the tables.
Netem reportable(Netem netem) {
  netem.distribution.clear();
  netem.slot_distribution.clear();
  return netem;
}

}  // namespace

void put_netem(Message& options, const Netem& netem) {
  options.append(tc_netem_qopt{.latency = ticks(netem.delay_ns),
                               .limit = netem.limit,
                               .loss = netem.loss,
                               .gap = netem.gap,
                               .duplicate = netem.duplicate,
                               .jitter = ticks(netem.jitter_ns)});
  options.put(TCA_NETEM_LATENCY64, netem.delay_ns);
  options.put(TCA_NETEM_JITTER64, netem.jitter_ns);
  put_struct(options, TCA_NETEM_CORR,
             tc_netem_corr{.delay_corr = netem.delay_correlation,
                           .loss_corr = netem.loss_correlation,
                           .dup_corr = netem.duplicate_correlation});
  put_struct(
      options, TCA_NETEM_REORDER,
      tc_netem_reorder{.probability = netem.reorder, .correlation = netem.reorder_correlation});
  put_struct(
      options, TCA_NETEM_CORRUPT,
      tc_netem_corrupt{.probability = netem.corrupt, .correlation = netem.corrupt_correlation});
  put_rate(options, netem);
  options.put(TCA_NETEM_ECN, std::uint32_t{netem.ecn});
  put_loss_model(options, netem);
  put_slot(options, netem);
  if (netem.jitter_ns != 0) put_table(options, TCA_NETEM_DELAY_DIST, netem.distribution);
  if (netem.seed) options.put(netem_prng_seed, *netem.seed);
}

bool Qdisc::root() const {
  return parent == TC_H_ROOT;
}

bool matches(const Netem& wanted, const Netem& reported) {
  Netem expected = reportable(wanted);
  if (!expected.seed) expected.seed = reported.seed;
  return expected == reportable(reported);
}

TablesId tables_id(const Netem& netem) {
  const bool delay = netem.jitter_ns != 0;
  const bool slot = netem.has_slot && netem.slot_dist_jitter != 0;
  if (!delay && !slot) return 0;
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  const auto add = [&](std::uint64_t value) { hash = (hash ^ value) * 1099511628211ULL; };
  const auto add_table = [&](bool used, const DistributionTable& table) {
    add(used ? table.size() + 1 : 0);
    if (used)
      for (const auto entry : table) add(static_cast<std::uint16_t>(entry));
  };
  add_table(delay, netem.distribution);
  add_table(slot, netem.slot_distribution);
  return hash == 0 ? 1 : hash;
}

Message replace_netem(IfIndex device, const Netem& netem) {
  Message message{RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE,
                  fmt::format("set the impairment of device {}", device.value)};
  message.append(root_of(device));
  message.put(TCA_KIND, "netem");
  message.nest(TCA_OPTIONS, [&](Message& options) { put_netem(options, netem); });
  return message;
}

Message delete_netem(IfIndex device) {
  Message message{RTM_DELQDISC, 0, fmt::format("remove the impairment of device {}", device.value)};
  message.append(root_of(device));
  return message;
}

Result<std::vector<Qdisc>> dump_qdiscs(Socket& socket) {
  Message message{RTM_GETQDISC, 0, "list the qdiscs"};
  message.append(tcmsg{});
  std::vector<Qdisc> qdiscs;
  const auto done = socket.dump(
      message, [&] { qdiscs.clear(); },
      [&](const nlmsghdr& answer) {
        if (auto qdisc = decode_qdisc(answer)) qdiscs.push_back(std::move(*qdisc));
      });
  if (!done) return std::unexpected(done.error());
  return qdiscs;
}

}  // namespace linkfab::netem
