#include "fabric/scenario_file.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/scenario_reading.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // of some editors

template <class Value>
void reorder(std::vector<Value>& values, const std::vector<std::size_t>& order) {
  std::vector<Value> sorted;
  sorted.reserve(values.size());
  for (const auto place : order) sorted.push_back(std::move(values[place]));
  values = std::move(sorted);
}

// Steps of the same time keep the order of the file.
void sort_steps(ScenarioText& read) {
  auto& steps = read.scenario.steps;
  if (std::ranges::is_sorted(steps, {}, &Step::at)) return;
  std::vector<std::size_t> order(steps.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {},
                    [&](std::size_t place) { return std::pair{steps[place].at, place}; });
  reorder(steps, order);
  reorder(read.places, order);
}

void check_length(ScenarioReading& reading) {
  auto& scenario = reading.read.scenario;
  const auto report = [&](std::size_t offset, std::string path, std::string cause) {
    reading.report.found.push_back({offset, std::move(path), std::move(cause)});
  };
  if (scenario.steps.empty()) return report(0, {}, "there is no step in it");
  nanoseconds end{};
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const auto its = end_of(scenario.steps[i]);
    end = std::max(end, its);
    if (scenario.length.count() == 0 || its <= scenario.length) continue;
    const auto& place = reading.read.places[i];
    report(place.offset, place.path,
           fmt::format("it goes on until {}, after the scenario's length of {}",
                       linkfab::format(its), linkfab::format(scenario.length)));
  }
  if (scenario.length.count() == 0) scenario.length = end;
  if (scenario.length.count() == 0)
    report(0, {}, "it is over as soon as it begins: the last time is the end; give it one after 0");
  if (scenario.length > longest_scenario) report(0, {}, "it is longer than 366 days");
}

}  // namespace

ScenarioFormat guess_format(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const bool json = text.starts_with('{') || text.starts_with("//") || text.starts_with("/*");
  if (json) return ScenarioFormat::json;
  // The first line that is no comment.
  while (text.starts_with('#')) {
    text.remove_prefix(std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  }
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  const bool number =
      !line.empty() && line.find_first_not_of("0123456789 \t") == std::string_view::npos;
  return number ? ScenarioFormat::mahimahi : ScenarioFormat::csv;
}

Result<nanoseconds> parse_time(std::string_view text) {
  const bool bare = !text.empty() && text.find_first_not_of("0123456789.") == text.npos;
  auto time = parse_duration(bare ? std::string{text} + "s" : std::string{text});
  if (!time)
    return failure(
        Errc::invalid, {},
        fmt::format("'{}' is no time such as 1.5 (seconds), 20ms or 3s", text.substr(0, 80)));
  if (*time < nanoseconds{} || *time > longest_scenario)
    return failure(Errc::invalid, {},
                   fmt::format("'{}': a time lies between 0 and 366 days", text.substr(0, 80)));
  return *time;
}

std::expected<ScenarioText, std::vector<Finding>> parse_scenario(std::string_view text,
                                                                 const std::string& file,
                                                                 ScenarioFormat format,
                                                                 const ScenarioDefaults& defaults) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  ScenarioReading reading{.report = {.text = text, .found = {}}, .defaults = defaults, .read = {}};
  reading.read.scenario.name = defaults.name;
  switch (format) {
    case ScenarioFormat::csv:
      read_csv(reading);
      break;
    case ScenarioFormat::json:
      read_json(reading);
      break;
    case ScenarioFormat::mahimahi:
      read_mahimahi(reading);
      break;
  }
  if (reading.read.scenario.steps.size() > most_steps)
    reading.report.found.push_back({0,
                                    {},
                                    fmt::format("it has {} steps; at most {}",
                                                reading.read.scenario.steps.size(), most_steps)});
  if (reading.report.found.empty()) check_length(reading);
  if (!reading.report.found.empty())
    return std::unexpected(locate(std::move(reading.report), file));
  sort_steps(reading.read);
  return std::move(reading.read);
}

}  // namespace linkfab::fabric
