// What an impairment as a whole does, and which ones make no sense to the kernel. Where netem would
// ignore or cap a value without a word, it is an error here. Source: net/sched/sch_netem.c.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "netem/impairment.hpp"
#include "netem/traffic_class.hpp"

namespace linkfab::netem {
namespace {

using linkfab::format;

// tabledist() draws with 32 bits: a larger jitter is capped (netem_change(), get_slot()).
constexpr nanoseconds longest_jitter{std::numeric_limits<std::int32_t>::max()};
// HTB's buckets take in no more after any pause (htb_change_class(), mbuffer).
constexpr std::uint64_t longest_pause = 60;  // s
// What rounding may add to a sum of decimals.
constexpr double most_percent = 100 + 1e-9;

bool loses(const Loss& loss) {
  if (const auto* const random = std::get_if<RandomLoss>(&loss))
    return random->probability.value > 0;
  if (const auto* const state = std::get_if<StateLoss>(&loss))
    return state->p13.value > 0 || state->p14.value > 0;  // the ways out of state 1, the first
  const auto& model = std::get<GilbertElliottLoss>(loss);
  return model.loss_in_good.value > 0 || (model.p.value > 0 && model.loss_in_bad.value > 0);
}

std::unexpected<Error> wrong(std::string option, std::string cause) {
  return failure(Errc::invalid, "use " + std::move(option), std::move(cause));
}

Result<void> validate_delay(const Impairment& i) {
  if (i.jitter > longest_jitter)
    return wrong("jitter=" + format(i.jitter), "2147ms is the most that the kernel draws");
  if (!i.distribution.empty() && i.jitter.count() == 0) {
    return wrong("distribution=" + i.distribution,
                 "it shapes the jitter and there is none; set jitter too, for example jitter=2ms");
  }
  if (i.distribution == "table" && i.table.empty())
    return wrong("distribution=table", "the table is missing; give it as distribution-table");
  if (i.distribution != "table" && !i.table.empty())
    return wrong("distribution-table",
                 "it takes effect with distribution=table only; set that too");
  if (i.reorder.value > 0 && i.delay.count() == 0) {
    return wrong(
        "reorder=" + format(i.reorder),
        "reordered frames skip the delay and there is none; set delay too, for example delay=10ms");
  }
  if (i.gap > 0 && i.reorder.value == 0) {
    return wrong(fmt::format("gap={}", i.gap),
                 "it counts between reordered frames; set reorder too, for example reorder=100%");
  }
  return {};
}

Result<void> validate_loss(const Impairment& i) {
  if (const auto* const state = std::get_if<StateLoss>(&i.loss)) {
    if (state->p13.value + state->p14.value > most_percent)
      return wrong("loss=state", "p13 and p14 leave the same state; together at most 100%");
    if (state->p31.value + state->p32.value > most_percent) {
      return wrong(
          "loss=state",
          "p31 and p32 leave the same state; together at most 100% (p31 is 100% where not given)");
    }
  }
  if (i.ecn && !loses(i.loss))
    return wrong("ecn=yes",
                 "it marks packets instead of losing them; set loss too, for example loss=1%");
  return {};
}

Result<void> validate_rate(const Impairment& i) {
  // The kernel counts in bytes: less than one a second would be no limit at all.
  if (i.rate.value > 0 && i.rate.value < 8)
    return wrong("rate=" + format(i.rate), "8bit is the least; 0 is no limit");
  const bool has_rate = i.rate.value > 0;
  const std::string remedy =
      "it counts for the rate and there is none; set rate too, for example rate=10mbit";
  if (i.packet_overhead != 0 && !has_rate)
    return wrong(fmt::format("packet-overhead={}", i.packet_overhead), remedy);
  if (i.cell_size != 0 && !has_rate) return wrong(fmt::format("cell-size={}", i.cell_size), remedy);
  if (i.cell_overhead != 0 && i.cell_size == 0) {
    return wrong(fmt::format("cell-overhead={}", i.cell_overhead),
                 "it is added to each cell; set cell-size too, for example cell-size=48");
  }
  if (std::int64_t{i.cell_size} + i.cell_overhead < (i.cell_size == 0 ? 0 : 1))
    return wrong(fmt::format("cell-overhead={}", i.cell_overhead), "it leaves nothing of a cell");
  return {};
}

// What hangs below the netem: net/sched/sch_htb.c and sch_prio.c.
Result<void> validate_inner(const Impairment& i) {
  if (i.duplicate.value > 0 && (!i.classes.empty())) {
    return wrong("duplicate=" + format(i.duplicate),
                 "the kernel's netem duplicates only where there is no other netem beside it; "
                 "duplicate and classes exclude each other");
  }
  if (!i.has_bottleneck()) return {};
  const std::string key = i.queue ? "queue" : "burst";
  const auto text = key + "=" + (i.queue ? format_queue(*i.queue) : format(i.burst));
  if (i.rate.value == 0)
    return wrong(text, "frames wait for a rate and there is none; set rate too, e.g. rate=10mbit");
  if (!i.classes.empty() || i.drop_every > 0) {
    return wrong(text, fmt::format("the kernel can keep only one of them behind netem; {} excludes "
                                   "classes and drop-every",
                                   key));
  }
  if (i.packet_overhead < 0 || i.cell_size != 0) {
    return wrong(text, fmt::format("the kernel counts neither a negative overhead nor cells there; "
                                   "leave them out, or {}",
                                   key));
  }
  if (i.burst.value / longest_pause > i.rate.value / 8) {
    return wrong(
        "burst=" + format(i.burst),
        fmt::format("the kernel fills a bucket for {} s at most; {} is the most at {}",
                    longest_pause, format(Size{i.rate.value / 8 * longest_pause}), format(i.rate)));
  }
  return {};
}

Result<void> validate_slot(const Slot& slot) {
  if (slot.distribution.empty()) {
    if (slot.min_delay > slot.max_delay) {
      return wrong(fmt::format("slot={},{}", format(slot.min_delay), format(slot.max_delay)),
                   "the least time comes first and the most second");
    }
    if (slot.max_delay.count() == 0)
      return wrong("slot", "a slot needs a time, for example slot=10ms");
    return {};
  }
  if (slot.jitter.count() == 0 || slot.jitter > longest_jitter)
    return wrong("slot=" + slot.distribution, "the jitter of a slot is between 1ns and 2147ms");
  return {};
}

}  // namespace

bool Impairment::idle() const {
  return delay.count() == 0 && jitter.count() == 0 && !loses(loss) && duplicate.value == 0 &&
         corrupt.value == 0 && rate.value == 0 && !slot && drop_every == 0 && classes.empty();
}

Result<void> validate(const Impairment& impairment) {
  for (const auto rule :
       {validate_delay, validate_loss, validate_rate, validate_inner, validate_classes}) {
    if (auto done = rule(impairment); !done) return done;
  }
  return impairment.slot ? validate_slot(*impairment.slot) : Result<void>{};
}

bool needs_single_frames(const Impairment& impairment) {
  return loses(impairment.loss) || impairment.duplicate.value > 0 || impairment.corrupt.value > 0 ||
         impairment.reorder.value > 0 || impairment.rate.value > 0 || impairment.slot.has_value() ||
         impairment.limit.has_value() || impairment.drop_every > 0 ||
         std::ranges::any_of(impairment.classes, [](const TrafficClass& each) {
           return needs_single_frames(each.impairment);
         });
}

}  // namespace linkfab::netem
