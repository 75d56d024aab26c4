#include "netem/impairment_text.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace linkfab::netem {
namespace {

constexpr std::size_t longest_table = 16384;  // NETEM_DIST_MAX
constexpr std::int64_t most_i32 = std::numeric_limits<std::int32_t>::max();

std::unexpected<Error> invalid(std::string cause) {
  return failure(Errc::invalid, {}, std::move(cause));
}

// The error of one part of a value, which names the part.
std::unexpected<Error> invalid(std::string_view part, const Error& error) {
  return invalid(fmt::format("'{}': {}", part, error.cause));
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0;;) {
    const auto comma = text.find(',', start);
    parts.push_back(text.substr(start, comma - start));
    if (comma == std::string_view::npos) return parts;
    start = comma + 1;
  }
}

// Reads "P,P,…" into the given percentages, in their order; those not given keep their value.
Result<void> read_percents(std::string_view text, std::span<Percent* const> targets) {
  const auto parts = split(text);
  if (parts.size() > targets.size())
    return invalid(
        fmt::format("{} numbers are too many; at most {}", parts.size(), targets.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto percent = parse_percent(parts[i]);
    if (!percent) return invalid(parts[i], percent.error());
    *targets[i] = *percent;
  }
  return {};
}

// The same in text, up to the last that is not the default.
std::string print_percents(std::span<const Percent> values, std::span<const Percent> defaults) {
  std::size_t count = values.size();
  while (count > 1 && values[count - 1] == defaults[count - 1]) --count;
  std::vector<std::string> parts;
  for (const Percent value : values.first(count)) parts.push_back(linkfab::format(value));
  return fmt::format("{}", fmt::join(parts, ","));
}

constexpr std::string_view state_prefix = "state:";
constexpr std::string_view gemodel_prefix = "gemodel:";

std::array<Percent, 5> numbers(const StateLoss& loss) {
  return {loss.p13, loss.p31, loss.p32, loss.p23, loss.p14};
}

std::array<Percent, 4> numbers(const GilbertElliottLoss& loss) {
  return {loss.p, loss.r, loss.loss_in_bad, loss.loss_in_good};
}

// "packets=N" or "bytes=N".
Result<void> read_bound(Slot& slot, std::string_view part) {
  const auto equals = part.find('=');
  const auto key = part.substr(0, equals);
  if (key != "packets" && key != "bytes")
    return invalid(fmt::format("'{}': a slot is bounded by packets=N and bytes=N", part));
  const auto count = parse_integer(part.substr(equals + 1), 0, most_i32);
  if (!count) return invalid(part, count.error());
  (key == "packets" ? slot.packets : slot.bytes) = static_cast<std::int32_t>(*count);
  return {};
}

// Takes the name before a ':' off the text, where there is one.
Result<void> read_slot_distribution(Slot& slot, std::string_view& text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  slot.distribution = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  if (slot.distribution != "normal" && slot.distribution != "pareto" &&
      slot.distribution != "paretonormal") {
    return invalid(fmt::format("'{}': unknown distribution; one of normal, pareto, paretonormal",
                               slot.distribution));
  }
  return {};
}

}  // namespace

Result<Loss> parse_loss(std::string_view text) {
  if (text.starts_with(state_prefix)) {
    StateLoss state;
    const std::array targets{&state.p13, &state.p31, &state.p32, &state.p23, &state.p14};
    const auto done = read_percents(text.substr(state_prefix.size()), targets);
    if (!done) return std::unexpected(done.error());
    return state;
  }
  if (text.starts_with(gemodel_prefix)) {
    GilbertElliottLoss model;
    const std::array targets{&model.p, &model.r, &model.loss_in_bad, &model.loss_in_good};
    const auto done = read_percents(text.substr(gemodel_prefix.size()), targets);
    if (!done) return std::unexpected(done.error());
    return model;
  }
  const auto probability = parse_percent(text);
  if (!probability)
    return invalid(
        "a loss is a percentage such as 1%, or gemodel:P,R,1-H,1-K, or state:P13,P31,P32,P23,P14");
  return RandomLoss{.probability = *probability, .correlation = {}};
}

std::string format_loss(const Loss& loss) {
  if (const auto* const random = std::get_if<RandomLoss>(&loss))
    return random->probability.value == 0 ? std::string{} : linkfab::format(random->probability);
  if (const auto* const state = std::get_if<StateLoss>(&loss))
    return std::string{state_prefix} + print_percents(numbers(*state), numbers(StateLoss{}));
  return std::string{gemodel_prefix} +
         print_percents(numbers(std::get<GilbertElliottLoss>(loss)), numbers(GilbertElliottLoss{}));
}

Result<Slot> parse_slot(std::string_view text) {
  Slot slot;
  if (const auto done = read_slot_distribution(slot, text); !done)
    return std::unexpected(done.error());
  std::vector<nanoseconds> times;
  for (const std::string_view part : split(text)) {
    if (part.find('=') != std::string_view::npos) {
      if (const auto done = read_bound(slot, part); !done) return std::unexpected(done.error());
      continue;
    }
    const auto time = parse_duration(part);
    if (!time) return invalid(part, time.error());
    times.push_back(*time);
  }
  if (times.size() > 2) return invalid("a slot has at most two times: the least and the most");
  if (slot.distribution.empty()) {
    if (times.empty()) return slot;
    slot.min_delay = times.front();
    slot.max_delay = times.back();
  } else {
    if (times.size() != 2) return invalid("a slot with a distribution has two times: DELAY,JITTER");
    slot.delay = times.front();
    slot.jitter = times.back();
  }
  return slot;
}

std::string format_slot(const Slot& slot) {
  std::string text;
  if (!slot.distribution.empty()) {
    text = fmt::format("{}:{},{}", slot.distribution, linkfab::format(slot.delay),
                       linkfab::format(slot.jitter));
  } else {
    text = linkfab::format(slot.min_delay);
    if (slot.max_delay != slot.min_delay) text += "," + linkfab::format(slot.max_delay);
  }
  if (slot.packets != 0) text += fmt::format(",packets={}", slot.packets);
  if (slot.bytes != 0) text += fmt::format(",bytes={}", slot.bytes);
  if (text == "0") text += ",packets=0";  // "0" alone means: no slot
  return text;
}

Result<DistributionTable> parse_table(std::string_view text) {
  DistributionTable table;
  for (const std::string_view part : split(text)) {
    using Limits = std::numeric_limits<std::int16_t>;
    const auto number = parse_integer(part, Limits::min(), Limits::max());
    if (!number) return invalid(part, number.error());
    if (table.size() == longest_table)
      return invalid(fmt::format("a table has at most {} numbers", longest_table));
    table.push_back(static_cast<std::int16_t>(*number));
  }
  return table;
}

std::string format_table(const DistributionTable& table) {
  return fmt::format("{}", fmt::join(table, ","));
}

Result<std::optional<std::uint64_t>> parse_seed(std::string_view text) {
  if (text == "none") return std::nullopt;
  std::uint64_t seed = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc{} || rest != end)
    return invalid("a seed is a whole number from 0 to 18446744073709551615, or none");
  return seed;
}

}  // namespace linkfab::netem
