#include "netem/inner_wire.hpp"

#include <linux/gen_stats.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>

#include <algorithm>
#include <arpa/inet.h>
#include <limits>

#include <fmt/format.h>

#include "netem/attributes.hpp"
#include "netem/netem_wire.hpp"

namespace linkfab::netem {
namespace {

constexpr std::uint32_t rate_class = htb_handle | 1;
constexpr std::uint32_t largest_rate32 = std::numeric_limits<std::uint32_t>::max();

tcmsg header_of(IfIndex device, std::uint32_t parent, std::uint32_t handle) {
  tcmsg header{};
  header.tcm_ifindex = device.value;
  header.tcm_parent = parent;
  header.tcm_handle = handle;
  return header;
}

tcmsg filter_header(IfIndex device, std::uint16_t preference) {
  auto header = header_of(device, prio_handle, 0);
  header.tcm_info = TC_H_MAKE(std::uint32_t{preference} << 16, htons(ETH_P_ALL));
  return header;
}

std::uint32_t minor_of(std::uint32_t band) {
  return prio_handle | (band + 1);
}

struct Maker {
  IfIndex device;

  [[nodiscard]] Message start(int type, int flags, const char* what, const tcmsg& header) const {
    Message message{type, flags, fmt::format("{} of device {}", what, device.value)};
    message.append(header);
    return message;
  }
  [[nodiscard]] Message qdisc(const char* what, std::uint32_t parent, std::uint32_t handle,
                              const char* kind) const {
    auto message =
        start(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, what, header_of(device, parent, handle));
    message.put(TCA_KIND, kind);
    return message;
  }

  Message operator()(const AddPrio&) const {
    auto message = qdisc("make room for classes", inner_parent, prio_handle, "prio");
    const tc_prio_qopt options{.bands = TCQ_PRIO_BANDS, .priomap = {}};
    message.put(TCA_OPTIONS, &options, sizeof options);
    return message;
  }

  Message operator()(const SetBand& step) const {
    auto message = qdisc("set a class", minor_of(step.band), band_handle(step.band), "netem");
    message.nest(TCA_OPTIONS, [&](Message& options) { put_netem(options, step.netem); });
    return message;
  }

  Message operator()(const AddFilter& step) const {
    const auto& filter = step.filter;
    auto message = start(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, "set a class's filter",
                         filter_header(device, filter.preference));
    message.put(TCA_KIND, "bpf");
    message.nest(TCA_OPTIONS, [&](Message& options) {
      if (filter.drop_every > 0)
        options.nest(TCA_BPF_ACT, [&](Message& actions) { put_drop(actions, filter.drop_every); });
      options.put(TCA_BPF_CLASSID, minor_of(filter.band));
      options.put(TCA_BPF_OPS_LEN, static_cast<std::uint16_t>(filter.program.size()));
      options.put(TCA_BPF_OPS, filter.program.data(),
                  filter.program.size() * sizeof filter.program.front());
    });
    return message;
  }

  static void put_drop(Message& actions, std::uint32_t every) {
    actions.nest(1, [&](Message& action) {
      action.put(TCA_ACT_KIND, "gact");
      action.nest(TCA_ACT_OPTIONS, [&](Message& options) {
        tc_gact pass{};
        pass.action = TC_ACT_OK;
        options.put(TCA_GACT_PARMS, &pass, sizeof pass);
        // One of so many.
        const tc_gact_p drop{.ptype = PGACT_DETERM,
                             .pval = static_cast<std::uint16_t>(every),
                             .paction = TC_ACT_SHOT};
        options.put(TCA_GACT_PROB, &drop, sizeof drop);
      });
    });
  }

  Message operator()(const DeleteFilter& step) const {
    return start(RTM_DELTFILTER, 0, "remove a class's filter",
                 filter_header(device, step.preference));
  }
  Message operator()(const DeleteBand& step) const {
    return start(RTM_DELQDISC, 0, "remove a class",
                 header_of(device, minor_of(step.band), band_handle(step.band)));
  }
  Message operator()(const DeleteInner& step) const {
    return start(RTM_DELQDISC, 0, "remove classes or queue",
                 header_of(device, inner_parent, step.handle));
  }

  Message operator()(const AddHtb&) const {
    auto message = qdisc("make room for a queue", inner_parent, htb_handle, "htb");
    tc_htb_glob all{};
    all.version = 3;
    all.rate2quantum = 10;
    all.defcls = 1;
    message.nest(TCA_OPTIONS,
                 [&](Message& options) { options.put(TCA_HTB_INIT, &all, sizeof all); });
    return message;
  }

  Message operator()(const SetRate& step) const {
    auto message = start(RTM_NEWTCLASS, NLM_F_CREATE | NLM_F_REPLACE, "set the queue's rate",
                         header_of(device, htb_handle, rate_class));
    message.put(TCA_KIND, "htb");
    tc_ratespec rate{};
    rate.linklayer = TC_LINKLAYER_ETHERNET;
    rate.overhead = step.bottleneck.packet_overhead;
    rate.rate = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(step.bottleneck.rate_bytes, largest_rate32));
    tc_htb_opt options{};
    options.rate = options.ceil = rate;
    options.buffer = options.cbuffer = step.bottleneck.bucket;
    options.quantum = step.bottleneck.quantum;
    message.nest(TCA_OPTIONS, [&](Message& nested) {
      nested.put(TCA_HTB_PARMS, &options, sizeof options);
      if (step.bottleneck.rate_bytes > largest_rate32) {
        nested.put(TCA_HTB_RATE64, step.bottleneck.rate_bytes);
        nested.put(TCA_HTB_CEIL64, step.bottleneck.rate_bytes);
      }
    });
    return message;
  }

  Message operator()(const SetQueue& step) const {
    const auto& queue = step.bottleneck.queue;
    // The kernel names no kind that it lacks.
    const auto what = fmt::format("set the queue {}", kernel_kind(queue.kind));
    auto message = qdisc(what.c_str(), rate_class, step.handle, kernel_kind(queue.kind));
    put_queue(message, queue, step.bottleneck.quantum, step.bottleneck.rate_bytes, step.made);
    return message;
  }
};

std::uint32_t band_of(std::uint32_t handle) {
  const auto band = (handle >> 16) & 0xf;
  return handle == band_handle(band) ? band : 0;
}

// What is not there any more says nothing.
Result<void> forgive_absence(Result<void> done) {
  if (!done && done.error().code != Errc::not_found && done.error().code != Errc::invalid)
    return done;
  return {};
}

Result<void> read_filters(Socket& socket, IfIndex device, InnerSeen& seen) {
  Message message{RTM_GETTFILTER, 0, fmt::format("list the filters of device {}", device.value)};
  message.append(header_of(device, prio_handle, 0));
  std::vector<ClassFilter> filters;
  auto done = socket.dump(
      message, [&] { filters.clear(); },
      [&](const nlmsghdr& answer) {
        if (auto filter = decode_filter(answer)) filters.push_back(std::move(*filter));
      });
  std::ranges::sort(filters, {}, &ClassFilter::preference);
  seen.filters = std::move(filters);
  return forgive_absence(std::move(done));
}

Result<void> read_rate(Socket& socket, IfIndex device, InnerSeen& seen) {
  Message message{RTM_GETTCLASS, 0, fmt::format("read the rate of device {}", device.value)};
  message.append(header_of(device, htb_handle, 0));
  seen.rate_bytes.reset();
  seen.bucket = 0;
  // To a question for one class the kernel answers all who listen for changes.
  return forgive_absence(socket.dump(
      message, [] {},
      [&](const nlmsghdr& answer) {
        if (load<tcmsg>(payload(answer)).tcm_handle != rate_class) return;
        const Attributes attributes{answer, sizeof(tcmsg)};
        const auto options = attributes.nested(TCA_OPTIONS);
        const auto parameters = options.get<tc_htb_opt>(TCA_HTB_PARMS);
        seen.rate_bytes = options.has(TCA_HTB_RATE64) ? options.get<std::uint64_t>(TCA_HTB_RATE64)
                                                      : parameters.rate.rate;
        seen.packet_overhead = parameters.rate.overhead;
        seen.bucket = parameters.buffer == parameters.cbuffer ? parameters.buffer : 0;
      }));
}

}  // namespace

Message message_of(IfIndex device, const InnerStep& step) {
  return std::visit(Maker{device}, step);
}

bool follow(InnerSeen& seen, const Qdisc& qdisc) {
  if (qdisc.parent == inner_parent) {
    const auto kind = qdisc.handle == prio_handle && qdisc.kind == "prio" ? InnerSeen::Kind::classes
                      : qdisc.handle == htb_handle && qdisc.kind == "htb"
                          ? InnerSeen::Kind::bottleneck
                          : InnerSeen::Kind::foreign;
    // A dump has them in any order.
    if (seen.kind != InnerSeen::Kind::none && kind != seen.kind) seen = {};
    seen.kind = kind;
    return true;
  }
  if (const auto band = band_of(qdisc.handle);
      band != 0 && qdisc.parent == minor_of(band) && qdisc.netem) {
    auto& there = seen.bands[band];
    if (there.netem != *qdisc.netem) there.tables.reset();
    there.netem = *qdisc.netem;
    there.stats = qdisc.stats;
    return true;
  }
  if (qdisc.parent != rate_class) return false;
  seen.queue = qdisc.queue;
  seen.queue_handle = qdisc.handle;
  seen.queue_stats = qdisc.stats;
  return true;
}

void follow_tables(InnerSeen& seen, const InnerStep& step) {
  const auto* set = std::get_if<SetBand>(&step);
  if (set == nullptr) return;
  if (const auto band = seen.bands.find(set->band); band != seen.bands.end())
    band->second.tables = tables_id(set->netem);
}

bool follow_gone(InnerSeen& seen, std::uint32_t handle) {
  if (const auto band = band_of(handle); band != 0) return seen.bands.erase(band) != 0;
  const bool top = (handle == prio_handle && seen.kind == InnerSeen::Kind::classes) ||
                   (handle == htb_handle && seen.kind == InnerSeen::Kind::bottleneck);
  if (top) seen = {};
  if (!top && handle == seen.queue_handle && seen.queue) {
    seen.queue.reset();
    seen.queue_stats = {};
    return true;
  }
  return top;
}

Result<void> read_inner(Socket& socket, IfIndex device, InnerSeen& seen) {
  if (seen.kind == InnerSeen::Kind::classes) return read_filters(socket, device, seen);
  if (seen.kind == InnerSeen::Kind::bottleneck) return read_rate(socket, device, seen);
  return {};
}

std::optional<ClassFilter> decode_filter(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<tcmsg>(body);
  if (message.nlmsg_type != RTM_NEWTFILTER || body.size() < sizeof header) return std::nullopt;
  const Attributes attributes{message, sizeof header};
  const auto options = attributes.nested(TCA_OPTIONS);
  const auto program = options.bytes(TCA_BPF_OPS);
  if (attributes.text(TCA_KIND) != "bpf" || program.empty()) return std::nullopt;
  ClassFilter filter{.preference = static_cast<std::uint16_t>(TC_H_MAJ(header.tcm_info) >> 16),
                     .program = {},
                     .drop_every = 0,
                     .band = 0,
                     .drops = 0};
  constexpr auto step = sizeof(FilterInstruction);
  for (std::size_t at = 0; at + step <= program.size(); at += step)
    filter.program.push_back(load<FilterInstruction>(program.subspan(at, step)));
  const auto minor = TC_H_MIN(options.get<std::uint32_t>(TCA_BPF_CLASSID));
  filter.band = minor == 0 ? 0 : minor - 1;
  const auto action = options.nested(TCA_BPF_ACT).nested(1);
  const auto drop = action.nested(TCA_ACT_OPTIONS).get<tc_gact_p>(TCA_GACT_PROB);
  if (drop.ptype == PGACT_DETERM && drop.paction == TC_ACT_SHOT) filter.drop_every = drop.pval;
  filter.drops = action.nested(TCA_ACT_STATS).get<gnet_stats_queue>(TCA_STATS_QUEUE).drops;
  return filter;
}

}  // namespace linkfab::netem
