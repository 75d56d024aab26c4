#include "core/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace linkfab {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kilo = 1'000;
constexpr std::uint64_t mega = 1'000'000;
constexpr std::uint64_t giga = 1'000'000'000;
constexpr std::uint64_t tera = 1'000'000'000'000;
constexpr std::uint64_t kibi = 1ULL << 10;
constexpr std::uint64_t mebi = 1ULL << 20;
constexpr std::uint64_t gibi = 1ULL << 30;
constexpr std::uint64_t tebi = 1ULL << 40;

constexpr std::array duration_units{
    Unit{"s", giga},     Unit{"sec", giga},   Unit{"secs", giga}, Unit{"ms", mega},
    Unit{"msec", mega},  Unit{"msecs", mega}, Unit{"us", kilo},   Unit{"usec", kilo},
    Unit{"usecs", kilo}, Unit{"ns", 1},       Unit{"nsec", 1},    Unit{"nsecs", 1},
};

constexpr std::array rate_units{
    Unit{"", 1},
    Unit{"bit", 1},
    Unit{"kbit", kilo},
    Unit{"mbit", mega},
    Unit{"gbit", giga},
    Unit{"tbit", tera},
    Unit{"kibit", kibi},
    Unit{"mibit", mebi},
    Unit{"gibit", gibi},
    Unit{"tibit", tebi},
    Unit{"bps", 8},
    Unit{"kbps", 8 * kilo},
    Unit{"mbps", 8 * mega},
    Unit{"gbps", 8 * giga},
    Unit{"tbps", 8 * tera},
    Unit{"kibps", 8 * kibi},
    Unit{"mibps", 8 * mebi},
    Unit{"gibps", 8 * gibi},
    Unit{"tibps", 8 * tebi},
};

constexpr std::array size_units{
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"k", kibi},
    Unit{"kb", kibi},
    Unit{"m", mebi},
    Unit{"mb", mebi},
    Unit{"g", gibi},
    Unit{"gb", gibi},
    Unit{"kbit", kibi / 8},
    Unit{"mbit", mebi / 8},
    Unit{"gbit", gibi / 8},
};

// What format() prints in, the largest first.
constexpr std::array printed_duration_units{Unit{"s", giga}, Unit{"ms", mega}, Unit{"us", kilo},
                                            Unit{"ns", 1}};
constexpr std::array printed_rate_units{Unit{"tbit", tera}, Unit{"gbit", giga}, Unit{"mbit", mega},
                                        Unit{"kbit", kilo}, Unit{"bit", 1}};
constexpr std::array printed_size_units{Unit{"gb", gibi}, Unit{"mb", mebi}, Unit{"kb", kibi},
                                        Unit{"b", 1}};

// A number and a unit as they are written.
struct Quantity {
  bool negative = false;
  std::string_view whole;     // digits
  std::string_view fraction;  // ".5", or empty
  std::string unit;           // lower case

  [[nodiscard]] bool zero() const {
    const auto is_zero = [](std::string_view digits) {
      return digits.find_first_not_of(".0") == digits.npos;
    };
    return is_zero(whole) && is_zero(fraction);
  }
};

std::string_view take(std::string_view& text, std::size_t count) {
  const auto head = text.substr(0, count);
  text.remove_prefix(head.size());
  return head;
}

std::optional<Quantity> split(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  Quantity quantity;
  if (text.starts_with('-')) quantity.negative = !take(text, 1).empty();
  quantity.whole = take(text, text.find_first_not_of(digits));
  if (text.starts_with('.')) quantity.fraction = take(text, text.find_first_not_of(digits, 1));
  if (quantity.whole.empty() && quantity.fraction.size() < 2) return std::nullopt;
  quantity.unit = text;
  std::ranges::transform(quantity.unit, quantity.unit.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return quantity;
}

template <class Number>
std::optional<Number> read(std::string_view text) {
  Number number{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

// The quantity times the factor, to the nearest whole; nullopt beyond int64, the integer of the
// database and of std::chrono. The whole part is exact: a double would lose nanoseconds after 104
// days. The fraction is less than one, and what a double loses of it is far below one half.
std::optional<std::uint64_t> scale(const Quantity& quantity, std::uint64_t factor) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto whole = quantity.whole.empty() ? 0 : read<std::uint64_t>(quantity.whole);
  if (!whole || *whole > most / factor) return std::nullopt;
  const auto fraction =
      quantity.fraction.size() < 2 ? 0.0 : read<double>(quantity.fraction).value_or(0);
  const auto rest =
      static_cast<std::uint64_t>(std::llround(fraction * static_cast<double>(factor)));
  const std::uint64_t sum = *whole * factor + rest;  // both are at most half of what uint64 holds
  return sum > most ? std::nullopt : std::optional{sum};
}

template <std::size_t size>
const Unit* find_unit(const std::array<Unit, size>& units, std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? nullptr : &*found;
}

std::unexpected<Error> invalid(std::string_view text, std::string cause) {
  return failure(Errc::invalid, fmt::format("read '{}'", text), std::move(cause));
}

// In the largest of the units (the last of them is 1) of which it has at least one and at most
// three decimals.
template <std::size_t size>
std::string print(std::uint64_t count, const std::array<Unit, size>& units) {
  for (const auto& [name, factor] : units) {
    const std::uint64_t thousandth = std::max<std::uint64_t>(factor / 1000, 1);
    if (count < factor || count % thousandth != 0) continue;
    auto text = fmt::format("{}.{:03}", count / factor, count % factor / thousandth);
    text.resize(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text.append(name);
  }
  return "0" + std::string(units.back().name);
}

}  // namespace

Result<nanoseconds> parse_duration(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return invalid(text, "not a time; write for example 20ms");
  if (quantity->unit.empty() && quantity->zero()) return nanoseconds{0};
  const auto* unit = find_unit(duration_units, quantity->unit);
  if (unit == nullptr) {
    return invalid(text, quantity->unit.empty() ? fmt::format("a time needs a unit: {}ms?", text)
                                                : "the units of time are ns, us, ms and s");
  }
  if (quantity->negative && !quantity->zero()) return invalid(text, "a time cannot be negative");
  const auto count = scale(*quantity, unit->factor);
  if (!count) return invalid(text, "too long; 292 years is the most");
  return nanoseconds{static_cast<std::int64_t>(*count)};
}

Result<Percent> parse_percent(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity || (!quantity->unit.empty() && quantity->unit != "%"))
    return invalid(text, "not a percentage; write for example 0.5%");
  if (quantity->zero()) return Percent{0};
  const auto number = read<double>(fmt::format("{}{}", quantity->whole, quantity->fraction));
  if (quantity->negative || !number || *number > 100)
    return invalid(text, "a percentage is between 0% and 100%");
  return Percent{*number};
}

Result<BitsPerSecond> parse_rate(std::string_view text) {
  const auto quantity = split(text);
  const auto* unit = quantity ? find_unit(rate_units, quantity->unit) : nullptr;
  if (unit == nullptr) {
    return invalid(text,
                   "not a rate; write for example 10mbit (units: bit, kbit, mbit, gbit, tbit)");
  }
  if (quantity->negative && !quantity->zero()) return invalid(text, "a rate cannot be negative");
  const auto bits = scale(*quantity, unit->factor);
  if (!bits) return invalid(text, "too fast; 9200000tbit is the most");
  return BitsPerSecond{*bits};
}

Result<Size> parse_size(std::string_view text) {
  const auto quantity = split(text);
  const auto* unit = quantity ? find_unit(size_units, quantity->unit) : nullptr;
  if (unit == nullptr)
    return invalid(text, "not a size; write for example 32kb (units: b, kb, mb, gb, kbit, mbit)");
  if (quantity->negative && !quantity->zero()) return invalid(text, "a size cannot be negative");
  const auto bytes = scale(*quantity, unit->factor);
  if (!bytes) return invalid(text, "too large; 8589934591gb is the most");
  return Size{*bytes};
}

Result<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::invalid_argument || rest != end)
    return invalid(text, "not a whole number");
  if (error != std::errc{} || number < least || number > most)
    return invalid(text, fmt::format("must be between {} and {}", least, most));
  return number;
}

Result<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"yes", "true", "on", "1"})
    if (text == yes) return true;
  for (const std::string_view no : {"no", "false", "off", "0"})
    if (text == no) return false;
  return invalid(text, "must be yes or no");
}

std::string format(nanoseconds value) {
  const auto count = static_cast<std::uint64_t>(value.count());
  if (count == 0) return "0";
  if (value.count() < 0) return "-" + print(-count, printed_duration_units);
  return print(count, printed_duration_units);
}

std::string format(Percent value) {
  std::array<char, 400> text;  // the smallest double has 324 places before its first digit
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value.value, std::chars_format::fixed);
  return std::string(text.data(), end.ptr) + "%";
}

std::string format(BitsPerSecond value) {
  return print(value.value, printed_rate_units);
}

std::string format(Size value) {
  const auto* const unit = std::ranges::find_if(printed_size_units, [&](const Unit& each) {
    return value.value >= each.factor && value.value % each.factor == 0;
  });
  if (unit == printed_size_units.end()) return "0b";
  return fmt::format("{}{}", value.value / unit->factor, unit->name);
}

std::string approximate_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 999.5 && unit + 1 < units.size()) {
    amount /= 1000;
    ++unit;
  }
  return fmt::format("{:.3g} {}", amount, units.at(unit));
}

}  // namespace linkfab
