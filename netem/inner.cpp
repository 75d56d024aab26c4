#include "netem/inner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>
#include <set>

namespace linkfab::netem {
namespace {

using Kind = InnerSeen::Kind;

constexpr std::uint16_t last_generation = 60'000;   // preferences have 16 bits
constexpr std::uint64_t no_rate = 125'000'000'000;  // 1 Tbit/s
constexpr std::uint64_t ticks_a_second = 1'000'000'000 / 64;

bool empty(const QdiscStats& stats) {
  return stats.backlog_packets == 0;
}

Result<ClassRule> rule_of(const TrafficClass& traffic, std::uint32_t frame_size) {
  auto program = compile_filter(traffic.match);
  if (!program) return std::unexpected(program.error());
  auto netem = to_netem(traffic.impairment, frame_size);
  if (!netem) return std::unexpected(netem.error());
  return ClassRule{.program = *std::move(program),
                   .drop_every = traffic.impairment.drop_every,
                   .netem = *std::move(netem)};
}

bool near(std::optional<nanoseconds> wanted, std::optional<nanoseconds> seen) {
  // The kernel keeps some times in units of its own, a little more than a microsecond each.
  return !wanted || (seen && std::chrono::abs(*wanted - *seen) <= std::chrono::microseconds{3});
}

bool matches(const QueueDiscipline& wanted, const QueueDiscipline& seen) {
  const auto same = [](const auto& a, const auto& b) { return !a || a == b; };
  return wanted.kind == seen.kind && same(wanted.limit, seen.limit) &&
         near(wanted.target, seen.target) &&
         // pie's is rounded to the kernel's clock tick
         (wanted.kind == QueueDiscipline::Kind::pie || near(wanted.interval, seen.interval)) &&
         same(wanted.flows, seen.flows) && same(wanted.min, seen.min) &&
         same(wanted.max, seen.max) &&
         (!wanted.probability || (seen.probability && std::abs(wanted.probability->value -
                                                               seen.probability->value) < 1e-4)) &&
         same(wanted.ecn, seen.ecn) && same(wanted.isolation, seen.isolation) &&
         same(wanted.diffserv, seen.diffserv) && same(wanted.ack_filter, seen.ack_filter) &&
         same(wanted.memlimit, seen.memlimit) && near(wanted.perturb, seen.perturb) &&
         same(wanted.quantum, seen.quantum);
}

// Which band each rule's frames go to. One that is there already keeps its own, and so its frames.
std::vector<std::uint32_t> choose_bands(const Inner& wanted, const InnerSeen& seen) {
  std::set<std::uint32_t> taken;
  std::vector<std::uint32_t> bands(wanted.rules.size(), 0);
  for (std::size_t i = 0; i < wanted.rules.size(); ++i) {
    if (!wanted.rules[i].netem) continue;
    for (const auto& filter : seen.filters)
      if (filter.program == wanted.rules[i].program && filter.band != 0 &&
          seen.bands.contains(filter.band) && taken.insert(filter.band).second) {
        bands[i] = filter.band;
        break;
      }
  }
  // Then free ones, those without frames of a former class first.
  const auto free_band = [&] {
    for (const bool used : {false, true})
      for (std::uint32_t band = 1; band <= most_classes; ++band)
        if (seen.bands.contains(band) == used && taken.insert(band).second) return band;
    return std::uint32_t{0};
  };
  for (std::size_t i = 0; i < wanted.rules.size(); ++i)
    if (wanted.rules[i].netem && bands[i] == 0) bands[i] = free_band();
  return bands;
}

bool filters_match(const Inner& wanted, const std::vector<std::uint32_t>& bands,
                   const InnerSeen& seen) {
  return std::ranges::equal(std::views::iota(std::size_t{0}, wanted.rules.size()), seen.filters,
                            [&](std::size_t i, const ClassFilter& filter) {
                              return wanted.rules[i].program == filter.program &&
                                     wanted.rules[i].drop_every == filter.drop_every &&
                                     bands[i] == filter.band;
                            });
}

void plan_filters(const Inner& wanted, const std::vector<std::uint32_t>& bands,
                  const InnerSeen& seen, std::vector<InnerStep>& steps) {
  if (filters_match(wanted, bands, seen)) return;
  // All new ones beside all old ones: a frame of a class always meets one of the two.
  const auto highest = seen.filters.empty() ? std::uint16_t{0} : seen.filters.back().preference;
  auto preference = highest > last_generation ? std::uint16_t{0} : highest;
  for (std::size_t i = 0; i < wanted.rules.size(); ++i)
    steps.emplace_back(AddFilter{{.preference = ++preference,
                                  .program = wanted.rules[i].program,
                                  .drop_every = wanted.rules[i].drop_every,
                                  .band = bands[i]}});
  for (const auto& filter : seen.filters) steps.emplace_back(DeleteFilter{filter.preference});
}

void plan_classes(const Inner& wanted, const InnerSeen& seen, std::vector<InnerStep>& steps) {
  if (seen.kind != Kind::classes) {
    if (wanted.rules.empty()) return;
    steps.emplace_back(AddPrio{});
  }
  const auto bands = choose_bands(wanted, seen);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const auto& netem = wanted.rules[i].netem;
    if (!netem) continue;
    const auto there = seen.bands.find(bands[i]);
    const auto tables = tables_id(*netem);
    if (there == seen.bands.end() || !matches(*netem, there->second.netem) ||
        (tables != 0 && there->second.tables != tables))
      steps.emplace_back(SetBand{bands[i], *netem});
  }
  plan_filters(wanted, bands, seen, steps);
  // Without a filter that leads to it, what is empty stays so.
  if (wanted.rules.empty() && seen.filters.empty() &&
      std::ranges::all_of(seen.bands, [](const auto& each) { return empty(each.second.stats); })) {
    steps.emplace_back(DeleteInner{prio_handle});
    return;
  }
  for (const auto& [band, there] : seen.bands) {
    const bool led_to =
        std::ranges::find(seen.filters, band, &ClassFilter::band) != seen.filters.end();
    if (std::ranges::find(bands, band) == bands.end() && !led_to && empty(there.stats))
      steps.emplace_back(DeleteBand{band});
  }
}

// Its rate is the netem's again: let what waits go, and then the queue.
void end_bottleneck(const InnerSeen& seen, std::vector<InnerStep>& steps) {
  if (seen.rate_bytes != no_rate) {
    steps.emplace_back(SetRate{{.rate_bytes = no_rate,
                                .bucket = usual_bucket,
                                .packet_overhead = seen.packet_overhead,
                                .quantum = Bottleneck{}.quantum,
                                .queue = {}}});
  } else if (empty(seen.queue_stats)) {
    steps.emplace_back(DeleteInner{htb_handle});
  }
}

// Upwards, so that no burst is cut short by a frame for the rounding.
std::uint32_t bucket_of(Size burst, std::uint64_t rate_bytes) {
  if (burst.value == 0) return usual_bucket;
  const auto ticks = std::ceil(static_cast<double>(burst.value) * ticks_a_second /
                               static_cast<double>(rate_bytes));
  return static_cast<std::uint32_t>(
      std::min<double>(ticks, std::numeric_limits<std::uint32_t>::max()));
}

void plan_bottleneck(const Bottleneck& wanted, const InnerSeen& seen,
                     std::vector<InnerStep>& steps) {
  const bool there = seen.kind == Kind::bottleneck;
  if (!there) steps.emplace_back(AddHtb{});
  if (!there || seen.rate_bytes != wanted.rate_bytes || seen.bucket != wanted.bucket ||
      seen.packet_overhead != wanted.packet_overhead)
    steps.emplace_back(SetRate{wanted});
  if (there && seen.queue && matches(wanted.queue, *seen.queue)) return;
  // Another kind, or another number of queues, is another qdisc; so is another sfq, which the
  // kernel cannot change.
  const bool made = !there || !seen.queue || seen.queue->kind != wanted.queue.kind ||
                    seen.queue->flows != wanted.queue.flows ||
                    wanted.queue.kind == QueueDiscipline::Kind::sfq;
  const bool first_taken = there && seen.queue_handle == queue_handles[0];
  const auto handle = made ? queue_handles[first_taken ? 1 : 0] : seen.queue_handle;
  steps.emplace_back(SetQueue{wanted, handle, made});
}

}  // namespace

Result<Inner> to_inner(const Impairment& impairment, std::uint32_t frame_size) {
  Inner inner;
  for (const auto& traffic : impairment.classes) {
    auto rule = rule_of(traffic, frame_size);
    if (!rule) return std::unexpected(rule.error());
    inner.rules.push_back(*std::move(rule));
  }
  // After all classes, so that those count only what is theirs.
  if (impairment.drop_every > 0)
    inner.rules.push_back(
        {.program = every_frame(), .drop_every = impairment.drop_every, .netem = std::nullopt});
  if (impairment.has_bottleneck()) {
    const auto rate_bytes = (impairment.rate.value + 7) / 8;
    inner.bottleneck =
        Bottleneck{.rate_bytes = rate_bytes,
                   .bucket = bucket_of(impairment.burst, rate_bytes),
                   .packet_overhead = static_cast<std::uint16_t>(impairment.packet_overhead),
                   .quantum = frame_size,
                   .queue = resolved(impairment.queue.value_or(QueueDiscipline{}), rate_bytes)};
  }
  return inner;
}

std::vector<InnerStep> plan_inner(const Inner& wanted, const InnerSeen& seen) {
  std::vector<InnerStep> steps;
  if (wanted.bottleneck) {
    plan_bottleneck(*wanted.bottleneck, seen, steps);
  } else if (seen.kind == Kind::bottleneck && wanted.rules.empty()) {
    end_bottleneck(seen, steps);
  } else if (!wanted.rules.empty() || seen.kind == Kind::classes) {
    plan_classes(wanted, seen, steps);
  }
  return steps;
}

bool lingers(const Inner& wanted, const InnerSeen& seen) {
  if (seen.kind == Kind::bottleneck) return wanted.empty();
  if (seen.kind != Kind::classes || wanted.bottleneck) return false;
  const auto bands = choose_bands(wanted, seen);
  return wanted.empty() || std::ranges::any_of(seen.bands, [&](const auto& each) {
           return std::ranges::find(bands, each.first) == bands.end();
         });
}

std::optional<ClassStats> class_stats(const InnerSeen& seen, const FilterProgram& program) {
  const auto filter = std::ranges::find(seen.filters, program, &ClassFilter::program);
  if (filter == seen.filters.end()) return std::nullopt;
  const auto band = seen.bands.find(filter->band);
  if (band == seen.bands.end()) return std::nullopt;
  const auto& stats = band->second.stats;
  return ClassStats{
      .packets = stats.packets, .bytes = stats.bytes, .dropped = stats.drops + filter->drops};
}

QdiscStats backlog(const InnerSeen& seen) {
  QdiscStats sum;
  const auto add = [&](const QdiscStats& stats) {
    sum.backlog_packets += stats.backlog_packets;
    sum.backlog_bytes += stats.backlog_bytes;
  };
  for (const auto& [band, there] : seen.bands) add(there.stats);
  add(seen.queue_stats);
  return sum;
}

}  // namespace linkfab::netem
