#include "tools/cli/complete_value.hpp"

#include <algorithm>

#include "netem/impairment.hpp"

namespace linkfab::cli {
namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz_";
constexpr std::string_view example = "e.g. ";

// "PERCENT, gemodel:P[,R] or state:P13": its alternatives.
std::vector<std::string_view> alternatives(std::string_view values) {
  std::vector<std::string_view> found;
  while (!values.empty()) {
    auto end = values.find(", ");
    auto skip = std::string_view(", ").size();
    if (const auto other = values.find(" or "); other < end) {
      end = other;
      skip = std::string_view(" or ").size();
    }
    auto part = values.substr(0, end);
    if (part.starts_with("or ")) part.remove_prefix(3);
    found.push_back(part);
    values = end == std::string_view::npos ? "" : values.substr(end + skip);
  }
  return found;
}

// What of it is typed as it stands: "uniform", "red" of "red[:KEY=VALUE]", "gemodel:" of
// "gemodel:P". Empty: it stands for something.
std::string literal(std::string_view alternative) {
  const auto end = std::min(alternative.find_first_not_of(lower), alternative.size());
  const auto rest = alternative.substr(end);
  if (end == 0) return "";
  if (rest.starts_with(':')) return std::string(alternative.substr(0, end + 1));
  if (rest.empty() || rest.starts_with('[') || rest.starts_with(" ("))
    return std::string(alternative.substr(0, end));
  return "";
}

std::vector<std::string> values_of(std::string_view values, std::string_view typed) {
  std::vector<std::string> words;
  for (const auto alternative : alternatives(values)) {
    if (alternative.starts_with(example)) {
      if (typed.empty()) words.emplace_back(alternative.substr(example.size()));
    } else if (auto word = literal(alternative); !word.empty()) {
      words.push_back(std::move(word));
    } else {
      const auto quantity = alternative.substr(0, alternative.find(' '));
      for (auto& with_unit : complete_quantity(quantity, typed))
        words.push_back(std::move(with_unit));
    }
  }
  if (std::ranges::find(words, "none") == words.end()) words.emplace_back("none");
  return words;
}

}  // namespace

std::vector<std::string> complete_quantity(std::string_view quantity, std::string_view typed) {
  const auto digits = typed.substr(0, typed.find_first_not_of("0123456789."));
  if (digits.empty()) return {};
  std::vector<std::string_view> units;
  if (quantity == "TIME") units = {"us", "ms", "s"};
  if (quantity == "RATE") units = {"kbit", "mbit", "gbit"};
  if (quantity == "PERCENT") units = {"%"};
  std::vector<std::string> words;
  for (const auto unit : units) words.push_back(std::string(digits) + std::string(unit));
  return words;
}

std::vector<Candidate> complete_setting(std::string_view typed) {
  std::vector<Candidate> found;
  const auto equals = typed.find('=');
  for (const auto& option : netem::option_names()) {
    const auto key = std::string(option.key) + "=";
    if (equals == std::string_view::npos) {
      found.push_back({key, std::string(option.values)});
    } else if (typed.substr(0, equals + 1) == key) {
      for (const auto& value : values_of(option.values, typed.substr(equals + 1)))
        found.push_back({key + value, ""});
    }
  }
  return found;
}

}  // namespace linkfab::cli
