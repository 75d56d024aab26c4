// From what a person asks for to what the kernel holds.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "netem/distribution.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::netem {
namespace {

constexpr const char* attempt = "translate an impairment for the kernel";
constexpr std::uint32_t always = std::numeric_limits<std::uint32_t>::max();
constexpr double unlimited_bytes =
    10e9 / 8;  // what a link without a rate is taken to carry, bytes a second
constexpr double least_limit = 1000;
constexpr std::size_t most_entries = 16384;  // NETEM_DIST_MAX
constexpr nanoseconds most_jitter{std::numeric_limits<std::int32_t>::max()};

std::uint32_t probability(Percent percent) {
  const double share = std::clamp(percent.share(), 0.0, 1.0);
  return static_cast<std::uint32_t>(std::llround(share * always));
}

// The kernel adds the two in 32 bits: beyond that it would wrap to near 0.
std::uint32_t at_most_rest(std::uint32_t value, std::uint32_t other) {
  return std::min(value, always - other);
}

struct LossConversion {
  Netem& netem;

  Result<void> operator()(const RandomLoss& loss) const {
    netem.loss_model = Netem::LossModel::random;
    netem.loss = probability(loss.probability);
    netem.loss_correlation = probability(loss.correlation);
    return {};
  }

  Result<void> operator()(const StateLoss& loss) const {
    constexpr double rounding = 100 + 1e-6;
    if (loss.p13.value + loss.p14.value > rounding || loss.p31.value + loss.p32.value > rounding) {
      return failure(
          Errc::invalid, attempt,
          "the ways out of one loss state, p13 and p14 or p31 and p32, exceed 100 % together");
    }
    netem.loss_model = Netem::LossModel::state;
    const std::uint32_t p13 = probability(loss.p13);
    const std::uint32_t p32 = probability(loss.p32);
    const std::uint32_t values[] = {p13, at_most_rest(probability(loss.p31), p32), p32,
                                    at_most_rest(probability(loss.p14), p13),
                                    probability(loss.p23)};
    std::ranges::copy(values, netem.model);
    return {};
  }

  Result<void> operator()(const GilbertElliottLoss& loss) const {
    netem.loss_model = Netem::LossModel::gilbert_elliott;
    const std::uint32_t values[] = {probability(loss.p), probability(loss.r),
                                    always - probability(loss.loss_in_bad),  // h: passed while bad
                                    probability(loss.loss_in_good)};         // 1-k: lost while good
    std::ranges::copy(values, netem.model);
    return {};
  }
};

Result<void> check_jitter(nanoseconds jitter, const char* what) {
  if (jitter >= nanoseconds{0} && jitter <= most_jitter) return {};
  return failure(Errc::invalid, attempt,
                 fmt::format("{} must lie between 0 and 2147483647ns", what));
}

Result<DistributionTable> named_table(const std::string& name) {
  if (name.empty()) return DistributionTable{};
  if (const auto* table = standard_distribution(name)) return *table;
  return failure(
      Errc::invalid, attempt,
      fmt::format("no distribution is called \"{}\"; there are normal, pareto and paretonormal",
                  name));
}

Result<DistributionTable> delay_table(const Impairment& want) {
  if (want.distribution != "table") return named_table(want.distribution);
  if (want.table.empty() || want.table.size() > most_entries) {
    return failure(Errc::invalid, attempt, "a distribution table has 1 to 16384 entries");
  }
  return want.table;
}

// The kernel can forget a slot but not its table: a range is therefore said twice, as bounds and as
// what a uniform table makes of them. A slot that is always equally long needs neither.
Result<void> set_slot(const Slot& slot, Netem& netem) {
  auto table = named_table(slot.distribution);
  if (!table) return std::unexpected(table.error());
  if (slot.distribution.empty()) {
    if (slot.max_delay < slot.min_delay) {
      return failure(Errc::invalid, attempt, "a slot's longest delay is less than its shortest");
    }
    netem.slot_min_delay = slot.min_delay.count();
    netem.slot_max_delay = slot.max_delay.count();
    netem.slot_dist_delay = slot.min_delay.count() + (slot.max_delay - slot.min_delay).count() / 2;
    netem.slot_dist_jitter = (slot.max_delay - slot.min_delay).count() / 2;
  } else {
    netem.slot_dist_delay = slot.delay.count();
    netem.slot_dist_jitter = slot.jitter.count();
    if (slot.jitter == nanoseconds{0}) {
      netem.slot_min_delay = netem.slot_max_delay = slot.delay.count();
    }
    netem.slot_distribution = std::move(*table);
  }
  // Without any time the kernel has no slots, and reports none.
  netem.has_slot = (netem.slot_min_delay | netem.slot_max_delay | netem.slot_dist_jitter) != 0;
  constexpr auto unbounded = std::numeric_limits<std::int32_t>::max();
  netem.slot_packets = slot.packets == unbounded ? 0 : slot.packets;
  netem.slot_bytes = slot.bytes == unbounded ? 0 : slot.bytes;
  if (!netem.has_slot) netem.slot_dist_delay = netem.slot_packets = netem.slot_bytes = 0;
  return check_jitter(nanoseconds{netem.slot_dist_jitter}, "a slot's jitter (or half its range)");
}

std::uint32_t automatic_limit(const Netem& netem, std::uint32_t frame_size) {
  const double seconds = static_cast<double>(netem.delay_ns + netem.jitter_ns) / 1e9;
  const double bytes = netem.rate_bytes == 0 ? unlimited_bytes * seconds
                                             : 2 * static_cast<double>(netem.rate_bytes) * seconds;
  const double frames = std::ceil(bytes / std::max<std::uint32_t>(frame_size, 64));
  return static_cast<std::uint32_t>(std::clamp(frames, least_limit, double{always}));
}

void set_numbers(const Impairment& want, Netem& netem) {
  netem.delay_ns = want.delay.count();
  netem.jitter_ns = want.jitter.count();
  netem.delay_correlation = probability(want.delay_correlation);
  netem.ecn = want.ecn;
  netem.duplicate = probability(want.duplicate);
  netem.duplicate_correlation = probability(want.duplicate_correlation);
  netem.corrupt = probability(want.corrupt);
  netem.corrupt_correlation = probability(want.corrupt_correlation);
  netem.reorder = probability(want.reorder);
  netem.reorder_correlation = probability(want.reorder_correlation);
  // The kernel reorders only with a gap; 1 is every frame, each with the probability.
  netem.gap = want.gap == 0 && netem.reorder != 0 ? 1 : want.gap;
  // Upwards, because 0 bytes a second would be no limit.
  // With a queue or a bucket of its own the rate is theirs (netem/inner.hpp).
  if (!want.has_bottleneck()) {
    netem.rate_bytes = want.rate.value / 8 + (want.rate.value % 8 != 0 ? 1 : 0);
    netem.packet_overhead = want.packet_overhead;
  }
  netem.cell_size = want.cell_size;
  netem.cell_overhead = want.cell_overhead;
  netem.seed = want.seed;
}

}  // namespace

Result<Netem> to_netem(const Impairment& impairment, std::uint32_t frame_size) {
  Netem netem;
  if (impairment.delay < nanoseconds{0}) {
    return failure(Errc::invalid, attempt, "a delay cannot be negative");
  }
  if (auto ok = check_jitter(impairment.jitter, "jitter"); !ok) return std::unexpected(ok.error());
  set_numbers(impairment, netem);
  if (auto ok = std::visit(LossConversion{netem}, impairment.loss); !ok) {
    return std::unexpected(ok.error());
  }
  auto table = delay_table(impairment);
  if (!table) return std::unexpected(table.error());
  netem.distribution = std::move(*table);
  if (impairment.slot) {
    if (auto ok = set_slot(*impairment.slot, netem); !ok) return std::unexpected(ok.error());
  }
  netem.limit = impairment.limit ? *impairment.limit : automatic_limit(netem, frame_size);
  return netem;
}

}  // namespace linkfab::netem
