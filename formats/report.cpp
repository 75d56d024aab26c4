#include "formats/report.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace linkfab::formats {

std::string_view name_of(Fate fate) {
  switch (fate) {
    case Fate::mapped:
      return "mapped";
    case Fate::approximated:
      return "approximated";
    case Fate::refused:
      return "refused";
  }
  return "";
}

std::string format(const Entry& entry) {
  auto text = fmt::format("{}:{}:{}: {}{}{}", entry.file, entry.line, entry.column, entry.path,
                          entry.path.empty() ? "" : ": ", name_of(entry.fate));
  if (!entry.cause.empty()) text += ": " + entry.cause;
  if (!entry.advice.empty()) text += "; " + entry.advice;
  return text;
}

std::string losses(const Report& report) {
  using Meaning = std::tuple<Fate, std::string_view, std::string_view>;
  const auto meaning = [](const Entry& entry) -> Meaning {
    return {entry.fate, entry.cause, entry.advice};
  };
  std::map<Meaning, std::size_t> times;
  for (const auto& entry : report) ++times[meaning(entry)];
  std::string text;
  for (const auto& entry : report) {
    if (entry.fate == Fate::mapped) continue;
    auto& left = times[meaning(entry)];
    if (left == 0) continue;  // told with the first of them
    text += format(entry);
    if (left > 1) text += fmt::format(" (and {} more)", left - 1);
    text += '\n';
    left = 0;
  }
  return text;
}

std::size_t count(const Report& report, Fate fate) {
  return static_cast<std::size_t>(std::ranges::count(report, fate, &Entry::fate));
}

std::string summary(const Report& report) {
  return fmt::format("{} mapped, {} approximated, {} refused", count(report, Fate::mapped),
                     count(report, Fate::approximated), count(report, Fate::refused));
}

}  // namespace linkfab::formats
