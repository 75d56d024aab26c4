#include "fabric/quantity.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/scenario_key.hpp"
#include "netem/impairment.hpp"

namespace linkfab::fabric {
namespace {

enum class Unit { time, percent, rate, count };

struct Quantity {
  std::string_view key;
  Unit unit;
};

constexpr std::array quantities{
    Quantity{"delay", Unit::time},        Quantity{"extra-delay", Unit::time},
    Quantity{"jitter", Unit::time},       Quantity{"delay-correlation", Unit::percent},
    Quantity{"loss", Unit::percent},      Quantity{"loss-correlation", Unit::percent},
    Quantity{"duplicate", Unit::percent}, Quantity{"duplicate-correlation", Unit::percent},
    Quantity{"corrupt", Unit::percent},   Quantity{"corrupt-correlation", Unit::percent},
    Quantity{"reorder", Unit::percent},   Quantity{"reorder-correlation", Unit::percent},
    Quantity{"gap", Unit::count},         Quantity{"rate", Unit::rate},
    Quantity{"limit", Unit::count},
};

const Quantity* find(std::string_view key) {
  const auto* const found = std::ranges::find(quantities, key, &Quantity::key);
  return found == quantities.end() ? nullptr : found;
}

template <class Parsed>
Result<double> number(const Parsed& parsed, auto member) {
  if (!parsed) return std::unexpected(parsed.error());
  return static_cast<double>(member(*parsed));
}

}  // namespace

bool is_quantity(std::string_view key) {
  return find(key) != nullptr;
}

std::string quantity_keys() {
  std::string text;
  for (const auto& quantity : quantities) {
    if (!text.empty()) text += ", ";
    text += quantity.key;
  }
  return text;
}

Result<double> parse_quantity(const std::string& key, const std::string& text) {
  // It says what each key admits.
  netem::Impairment scratch;
  if (auto good = set_key(scratch, key, text); !good) return std::unexpected(good.error());
  const auto* const quantity = find(key);
  if (quantity == nullptr)
    return failure(Errc::invalid, "read " + key,
                   fmt::format("nothing lies between two values of it; it can be done with {}",
                               quantity_keys()));
  if (text == "none" || text == "auto") return 0;
  switch (quantity->unit) {
    case Unit::time:
      return number(parse_duration(text), [](nanoseconds time) { return time.count(); });
    case Unit::percent:
      return number(parse_percent(text), [](Percent percent) { return percent.value; });
    case Unit::rate:
      return number(parse_rate(text), [](BitsPerSecond rate) { return rate.value; });
    case Unit::count:
      break;
  }
  return number(parse_integer(text, 0, UINT32_MAX), [](std::int64_t count) { return count; });
}

std::string format_quantity(std::string_view key, double value) {
  const auto* const quantity = find(key);
  constexpr double finest_percent = 1e7;  // parts of one: netem counts in 2^-32 of all
  constexpr double most = 9.2e18;
  const auto whole = static_cast<std::int64_t>(std::llround(std::clamp(value, 0.0, most)));
  switch (quantity == nullptr ? Unit::count : quantity->unit) {
    case Unit::time:
      return linkfab::format(nanoseconds{whole});
    case Unit::percent:
      return linkfab::format(Percent{std::round(value * finest_percent) / finest_percent});
    case Unit::rate:
      return linkfab::format(BitsPerSecond{static_cast<std::uint64_t>(whole)});
    case Unit::count:
      break;
  }
  return key == "limit" && whole == 0 ? "auto" : std::to_string(whole);
}

double between(const Range& range, double share, bool geometric) {
  if (share <= 0) return range.first;
  if (share >= 1) return range.last;
  if (geometric && range.first > 0 && range.last > 0)
    return range.first * std::pow(range.last / range.first, share);
  return range.first + (range.last - range.first) * share;
}

}  // namespace linkfab::fabric
