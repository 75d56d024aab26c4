#include "fabric/column_values.hpp"
#include "fabric/rows.hpp"
#include "netem/traffic_class.hpp"

namespace linkfab::fabric {
namespace {

using netem::GilbertElliottLoss;
using netem::RandomLoss;
using netem::Slot;
using netem::StateLoss;
using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Row;

// Named reals of one map column. An absent key keeps the value that the type gives it.
class Reals {
 public:
  explicit Reals(const Datum& column) : pairs_(column.as_map()) {}
  void read(const char* name, Percent& value) const {
    const auto pair = pairs_.find(std::string(name));
    if (pair != pairs_.end()) value = {Datum(pair->second).real()};
  }

 private:
  const Datum::Map& pairs_;
};

Datum loss_state(const Impairment& impairment) {
  const auto* loss = std::get_if<StateLoss>(&impairment.loss);
  if (loss == nullptr) return Datum::map({});
  return Datum::map({{"p13", loss->p13.value},
                     {"p31", loss->p31.value},
                     {"p32", loss->p32.value},
                     {"p23", loss->p23.value},
                     {"p14", loss->p14.value}});
}

Datum loss_gemodel(const Impairment& impairment) {
  const auto* loss = std::get_if<GilbertElliottLoss>(&impairment.loss);
  if (loss == nullptr) return Datum::map({});
  return Datum::map({{"p", loss->p.value},
                     {"r", loss->r.value},
                     {"loss_in_bad", loss->loss_in_bad.value},
                     {"loss_in_good", loss->loss_in_good.value}});
}

Datum slot_map(const Impairment& impairment) {
  if (!impairment.slot) return Datum::map({});
  const Slot& slot = *impairment.slot;
  return Datum::map({{"min_delay_ns", std::int64_t{slot.min_delay.count()}},
                     {"max_delay_ns", std::int64_t{slot.max_delay.count()}},
                     {"delay_ns", std::int64_t{slot.delay.count()}},
                     {"jitter_ns", std::int64_t{slot.jitter.count()}},
                     {"packets", std::int64_t{slot.packets}},
                     {"bytes", std::int64_t{slot.bytes}}});
}

Datum table_map(const netem::DistributionTable& table) {
  Datum::Map entries;
  for (std::size_t i = 0; i < table.size(); ++i)
    entries.emplace(static_cast<std::int64_t>(i), std::int64_t{table[i]});
  return Datum::map(std::move(entries));
}

// By filter: a class's options as text.
Datum class_map(const std::vector<netem::TrafficClass>& classes) {
  Datum::Map pairs;
  for (const auto& each : classes) pairs.emplace(each.match, netem::class_options(each));
  return Datum::map(std::move(pairs));
}

netem::Loss decode_loss(const Row& row) {
  if (const auto& model = get(row, "loss_state"); !model.empty()) {
    StateLoss loss;
    const Reals reals(model);
    reals.read("p13", loss.p13);
    reals.read("p31", loss.p31);
    reals.read("p32", loss.p32);
    reals.read("p23", loss.p23);
    reals.read("p14", loss.p14);
    return loss;
  }
  if (const auto& model = get(row, "loss_gemodel"); !model.empty()) {
    GilbertElliottLoss loss;
    const Reals reals(model);
    reals.read("p", loss.p);
    reals.read("r", loss.r);
    reals.read("loss_in_bad", loss.loss_in_bad);
    reals.read("loss_in_good", loss.loss_in_good);
    return loss;
  }
  return RandomLoss{.probability = {get(row, "loss").real()},
                    .correlation = {get(row, "loss_correlation").real()}};
}

std::optional<Slot> decode_slot(const Row& row) {
  const auto& pairs = get(row, "slot").as_map();
  if (pairs.empty()) return std::nullopt;
  const auto value = [&pairs](const char* name) {
    const auto pair = pairs.find(std::string(name));
    return pair == pairs.end() ? std::int64_t{0} : Datum(pair->second).integer();
  };
  return Slot{.min_delay = nanoseconds{value("min_delay_ns")},
              .max_delay = nanoseconds{value("max_delay_ns")},
              .distribution = get(row, "slot_distribution").string(),
              .delay = nanoseconds{value("delay_ns")},
              .jitter = nanoseconds{value("jitter_ns")},
              .packets = static_cast<std::int32_t>(value("packets")),
              .bytes = static_cast<std::int32_t>(value("bytes"))};
}

Result<void> decode_inner(const Row& row, Impairment& it) {
  it.burst = {static_cast<std::uint64_t>(get(row, "burst_bytes").integer())};
  it.drop_every = static_cast<std::uint32_t>(get(row, "drop_every").integer());
  if (const auto queue = get(row, "queue").string(); !queue.empty())
    if (auto set = netem::set_option(it, "queue", queue); !set) return set;
  for (const auto& [match, options] : get(row, "classes").string_map()) {
    auto traffic = netem::parse_class(match, options);
    if (!traffic) return std::unexpected(traffic.error());
    netem::put_class(it, *std::move(traffic));
  }
  return {};
}

}  // namespace

Columns impairment_columns(const Impairment& it) {
  const auto* random = std::get_if<RandomLoss>(&it.loss);
  Datum distribution;
  if (!it.distribution.empty()) distribution = it.distribution;
  Datum slot_distribution;
  if (it.slot && !it.slot->distribution.empty()) slot_distribution = it.slot->distribution;
  return {{"delay_ns", integer(it.delay.count())},
          {"jitter_ns", integer(it.jitter.count())},
          {"delay_correlation", it.delay_correlation.value},
          {"distribution", distribution},
          {"distribution_table", table_map(it.table)},
          {"loss", random != nullptr ? random->probability.value : 0.0},
          {"loss_correlation", random != nullptr ? random->correlation.value : 0.0},
          {"loss_state", loss_state(it)},
          {"loss_gemodel", loss_gemodel(it)},
          {"ecn", it.ecn},
          {"duplicate", it.duplicate.value},
          {"duplicate_correlation", it.duplicate_correlation.value},
          {"corrupt", it.corrupt.value},
          {"corrupt_correlation", it.corrupt_correlation.value},
          {"reorder", it.reorder.value},
          {"reorder_correlation", it.reorder_correlation.value},
          {"gap", integer(it.gap)},
          {"rate_bps", integer(it.rate.value)},
          {"packet_overhead", integer(it.packet_overhead)},
          {"cell_size", integer(it.cell_size)},
          {"cell_overhead", integer(it.cell_overhead)},
          {"slot", slot_map(it)},
          {"slot_distribution", slot_distribution},
          {"queue", it.queue ? Datum(netem::format_queue(*it.queue)) : Datum()},
          {"burst_bytes", integer(it.burst.value)},
          {"drop_every", integer(it.drop_every)},
          {"classes", class_map(it.classes)},
          {"limit_packets", it.limit ? integer(*it.limit) : Datum()},
          {"seed", it.seed ? integer(*it.seed) : Datum()}};
}

Result<Impairment> decode_impairment(const Row& row) {
  Impairment it;
  it.delay = nanoseconds{get(row, "delay_ns").integer()};
  it.jitter = nanoseconds{get(row, "jitter_ns").integer()};
  it.delay_correlation = {get(row, "delay_correlation").real()};
  it.distribution = get(row, "distribution").string();
  for (const auto& [position, value] : get(row, "distribution_table").as_map())
    it.table.push_back(static_cast<std::int16_t>(Datum(value).integer()));
  it.loss = decode_loss(row);
  it.ecn = get(row, "ecn").boolean();
  it.duplicate = {get(row, "duplicate").real()};
  it.duplicate_correlation = {get(row, "duplicate_correlation").real()};
  it.corrupt = {get(row, "corrupt").real()};
  it.corrupt_correlation = {get(row, "corrupt_correlation").real()};
  it.reorder = {get(row, "reorder").real()};
  it.reorder_correlation = {get(row, "reorder_correlation").real()};
  it.gap = static_cast<std::uint32_t>(get(row, "gap").integer());
  it.rate = {static_cast<std::uint64_t>(get(row, "rate_bps").integer())};
  it.packet_overhead = static_cast<std::int32_t>(get(row, "packet_overhead").integer());
  it.cell_size = static_cast<std::uint32_t>(get(row, "cell_size").integer());
  it.cell_overhead = static_cast<std::int32_t>(get(row, "cell_overhead").integer());
  it.slot = decode_slot(row);
  if (const auto& limit = get(row, "limit_packets"); !limit.empty())
    it.limit = static_cast<std::uint32_t>(limit.integer());
  if (const auto& seed = get(row, "seed"); !seed.empty())
    it.seed = static_cast<std::uint64_t>(seed.integer());
  if (auto done = decode_inner(row, it); !done) return std::unexpected(done.error());
  if (auto valid = netem::validate(it); !valid) return std::unexpected(valid.error());
  return it;
}

}  // namespace linkfab::fabric
