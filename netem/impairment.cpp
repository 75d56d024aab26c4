#include "netem/impairment.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"
#include "netem/impairment_text.hpp"
#include "netem/traffic_class.hpp"

namespace linkfab::netem {
namespace {

using linkfab::format;

// One option: how it is called, read and printed. `get` gives nothing for the default.
struct Option {
  OptionName name;
  Result<void> (*set)(Impairment&, std::string_view);
  std::string (*get)(const Impairment&);
};

template <class Target, class Value>
Result<void> store(Target& target, const Result<Value>& value) {
  if (!value) return std::unexpected(value.error());
  target = static_cast<Target>(*value);
  return {};
}

template <auto member>
Result<void> set_time(Impairment& impairment, std::string_view text) {
  return store(impairment.*member, parse_duration(text));
}

template <auto member>
Result<void> set_percent(Impairment& impairment, std::string_view text) {
  return store(impairment.*member, parse_percent(text));
}

template <auto member, std::int64_t least, std::int64_t most>
Result<void> set_number(Impairment& impairment, std::string_view text) {
  return store(impairment.*member, parse_integer(text, least, most));
}

template <auto member>
std::string get(const Impairment& impairment) {
  const auto& value = impairment.*member;
  if (value == std::remove_cvref_t<decltype(value)>{}) return {};
  if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(value)>>) {
    return std::to_string(value);
  } else {
    return format(value);
  }
}

template <auto member>
constexpr Option percent(std::string_view key) {
  return {{key, "PERCENT, e.g. 25%"}, set_percent<member>, get<member>};
}

Result<void> set_loss(Impairment& impairment, std::string_view text) {
  auto loss = parse_loss(text);
  if (!loss) return std::unexpected(loss.error());
  auto* const old = std::get_if<RandomLoss>(&impairment.loss);
  if (auto* const random = std::get_if<RandomLoss>(&*loss); random != nullptr && old != nullptr)
    random->correlation = old->correlation;
  impairment.loss = *loss;
  return {};
}

Result<void> set_loss_correlation(Impairment& impairment, std::string_view text) {
  const auto correlation = parse_percent(text);
  if (!correlation) return std::unexpected(correlation.error());
  if (auto* const random = std::get_if<RandomLoss>(&impairment.loss)) {
    random->correlation = *correlation;
  } else if (correlation->value != 0) {
    return failure(Errc::invalid, {},
                   "a loss model has no correlation; set loss to a percentage first");
  }
  return {};
}

std::string get_loss_correlation(const Impairment& impairment) {
  const auto* const random = std::get_if<RandomLoss>(&impairment.loss);
  return random == nullptr || random->correlation.value == 0 ? "" : format(random->correlation);
}

Result<void> set_distribution(Impairment& impairment, std::string_view text) {
  if (text == "0" || text == "uniform") return impairment.distribution.clear(), Result<void>{};
  constexpr std::array<std::string_view, 5> known{"uniform", "normal", "pareto", "paretonormal",
                                                  "table"};
  if (std::ranges::find(known, text) == known.end()) {
    return failure(
        Errc::invalid, {},
        fmt::format("it is none of {}{}", fmt::join(known, ", "), did_you_mean(text, known)));
  }
  impairment.distribution = text;
  return {};
}

Result<void> set_table(Impairment& impairment, std::string_view text) {
  if (text == "none") return impairment.table.clear(), Result<void>{};
  return store(impairment.table, parse_table(text));
}

Result<void> set_slot(Impairment& impairment, std::string_view text) {
  if (text == "0") return impairment.slot.reset(), Result<void>{};
  return store(impairment.slot, parse_slot(text));
}

Result<void> set_limit(Impairment& impairment, std::string_view text) {
  if (text == "auto") return impairment.limit.reset(), Result<void>{};
  // The kernel takes a limit of 0 and then drops every frame.
  if (text == "0")
    return failure(Errc::invalid, {}, "a queue of 0 frames drops all; write auto or a number");
  return store(impairment.limit, parse_integer(text, 1, std::numeric_limits<std::uint32_t>::max()));
}

Result<void> set_queue(Impairment& impairment, std::string_view text) {
  if (text == "0") return impairment.queue.reset(), Result<void>{};
  return store(impairment.queue, parse_queue(text));
}

constexpr std::int64_t most_u32 = std::numeric_limits<std::uint32_t>::max();
// With less the length of the shortest frame, a bare Ethernet header, would turn negative, which
// the kernel takes for a huge one: the queue would never send again.
constexpr std::int64_t least_overhead = -14;

constexpr std::array all_options{
    Option{{"delay", "TIME, e.g. 20ms"}, set_time<&Impairment::delay>, get<&Impairment::delay>},
    Option{{"jitter", "TIME, e.g. 2ms"}, set_time<&Impairment::jitter>, get<&Impairment::jitter>},
    percent<&Impairment::delay_correlation>("delay-correlation"),
    Option{{"distribution", "uniform, normal, pareto, paretonormal or table"},
           set_distribution,
           [](const Impairment& i) { return i.distribution; }},
    Option{{"distribution-table", "NUMBER,NUMBER… (with distribution=table)"},
           set_table,
           [](const Impairment& i) { return format_table(i.table); }},
    Option{{"loss", "PERCENT, gemodel:P[,R[,1-H[,1-K]]] or state:P13[,P31[,P32[,P23[,P14]]]]"},
           set_loss,
           [](const Impairment& i) { return format_loss(i.loss); }},
    Option{{"loss-correlation", "PERCENT, e.g. 25%"}, set_loss_correlation, get_loss_correlation},
    Option{{"ecn", "yes or no"},
           [](Impairment& i, std::string_view text) { return store(i.ecn, parse_bool(text)); },
           [](const Impairment& i) { return std::string{i.ecn ? "yes" : ""}; }},
    percent<&Impairment::duplicate>("duplicate"),
    percent<&Impairment::duplicate_correlation>("duplicate-correlation"),
    percent<&Impairment::corrupt>("corrupt"),
    percent<&Impairment::corrupt_correlation>("corrupt-correlation"),
    percent<&Impairment::reorder>("reorder"),
    percent<&Impairment::reorder_correlation>("reorder-correlation"),
    Option{{"gap", "NUMBER of frames, e.g. 5"},
           set_number<&Impairment::gap, 0, most_u32>,
           get<&Impairment::gap>},
    Option{{"rate", "RATE, e.g. 10mbit"},
           [](Impairment& i, std::string_view text) { return store(i.rate, parse_rate(text)); },
           get<&Impairment::rate>},
    Option{{"packet-overhead", "BYTES added to each frame, e.g. 4 or -14"},
           set_number<&Impairment::packet_overhead, least_overhead, 65535>,
           get<&Impairment::packet_overhead>},
    Option{{"overhead", "the same as packet-overhead"},
           set_number<&Impairment::packet_overhead, least_overhead, 65535>,
           [](const Impairment&) { return std::string{}; }},
    Option{{"cell-size", "BYTES, e.g. 48"},
           set_number<&Impairment::cell_size, 0, 65535>,
           get<&Impairment::cell_size>},
    Option{{"cell-overhead", "BYTES added to each cell, e.g. 5"},
           set_number<&Impairment::cell_overhead, -65535, 65535>,
           get<&Impairment::cell_overhead>},
    Option{{"slot", "MIN[,MAX][,packets=N][,bytes=N] or normal:DELAY,JITTER[,packets=N][,bytes=N]"},
           set_slot,
           [](const Impairment& i) { return i.slot ? format_slot(*i.slot) : ""; }},
    Option{{"queue", "fifo, codel, fq_codel, pie, red, cake or sfq[:KEY=VALUE,...] (with rate)"},
           set_queue,
           [](const Impairment& i) { return i.queue ? format_queue(*i.queue) : ""; }},
    Option{{"burst", "SIZE that goes at once before rate holds, e.g. 32kb (with rate)"},
           [](Impairment& i, std::string_view text) { return store(i.burst, parse_size(text)); },
           get<&Impairment::burst>},
    Option{{"drop-every", "NUMBER: every nth frame is lost, e.g. 100"},
           set_number<&Impairment::drop_every, 0, 65535>,
           get<&Impairment::drop_every>},
    Option{{"limit", "NUMBER of frames, or auto"},
           set_limit,
           [](const Impairment& i) { return i.limit ? std::to_string(*i.limit) : ""; }},
    Option{{"seed", "NUMBER, or none"},
           [](Impairment& i, std::string_view text) { return store(i.seed, parse_seed(text)); },
           [](const Impairment& i) { return i.seed ? std::to_string(*i.seed) : ""; }},
};

// What "none" means to an option's own parser.
std::string_view cleared(std::string_view key) {
  if (key == "limit") return "auto";
  // Numbers of these two may well be 0.
  if (key == "seed" || key == "distribution-table") return "none";
  return "0";
}

}  // namespace

const std::vector<OptionName>& option_names() {
  static const std::vector<OptionName> names = [] {
    std::vector<OptionName> made;
    for (const Option& option : all_options) made.push_back(option.name);
    return made;
  }();
  return names;
}

Result<void> set_option(Impairment& impairment, std::string_view key, std::string_view value) {
  const auto* const option =
      std::ranges::find(all_options, key, [](const Option& each) { return each.name.key; });
  if (option == all_options.end()) {
    std::vector<std::string_view> known;
    for (const Option& each : all_options) known.push_back(each.name.key);
    return failure(Errc::invalid, fmt::format("set {}={}", key, value),
                   fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)));
  }
  const auto done = option->set(impairment, value == "none" ? cleared(option->name.key) : value);
  // The one value that may be long is not repeated.
  if (!done) {
    return failure(
        Errc::invalid,
        fmt::format("set {}={}{}", key, value.substr(0, 80), value.size() > 80 ? "…" : ""),
        done.error().cause);
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> options(const Impairment& impairment) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Option& option : all_options) {
    if (auto text = option.get(impairment); !text.empty())
      result.emplace_back(option.name.key, std::move(text));
  }
  return result;
}

std::string format(const Impairment& impairment) {
  std::string line;
  for (const auto& [key, value] : options(impairment))
    line += fmt::format("{}{}={}", line.empty() ? "" : " ", key, value);
  for (const auto& each : impairment.classes) {
    const auto what = class_options(each);
    line += fmt::format("{}[{}: {}]", line.empty() ? "" : " ", each.match,
                        what.empty() ? "counted" : what);
  }
  return line;
}

}  // namespace linkfab::netem
