#include "fabric/scenario_rows.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/column_values.hpp"
#include "fabric/scenario_file.hpp"
#include "fabric/scenario_preset.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Row;

std::string format(ScenarioStatus::State state) {
  switch (state) {
    case ScenarioStatus::State::playing:
      return "playing";
    case ScenarioStatus::State::ended:
      return "ended";
    case ScenarioStatus::State::error:
      return "error";
  }
  return {};
}

std::vector<std::string> words(const std::string& text, char separator) {
  std::vector<std::string> words;
  std::istringstream stream{text};
  for (std::string word; std::getline(stream, word, separator);)
    if (!word.empty()) words.push_back(word);
  return words;
}

}  // namespace

std::vector<std::string> followed_scenario_columns() {
  return {"name", "steps", "loop", "speed", "seed", "at_end", "started_ns"};
}

std::vector<std::string> shown_scenario_columns() {
  return {"name",        "loop",       "speed",      "seed",  "at_end",
          "targets",     "started_ns", "state",      "error", "length_ns",
          "position_ns", "pass",       "statistics", "now",   "record"};
}

// The columns say what the text does not: each thing is said once.
Columns scenario_columns(const Scenario& scenario) {
  const Scenario steps{.length = scenario.length, .steps = scenario.steps};
  return {{"name", scenario.name},
          {"steps", write_scenario(steps)},
          {"loop", scenario.loop},
          {"speed", scenario.speed},
          {"seed", integer(scenario.seed)},
          {"at_end", format(scenario.at_end)},
          {"targets", string_map(targets_of(scenario))}};
}

Result<Scenario> decode_scenario(const Row& row) {
  auto read = parse_scenario(get(row, "steps").string(), "the column steps", ScenarioFormat::json);
  if (!read) return failure(Errc::invalid, "read the scenario", format(read.error().front()));
  auto& scenario = read->scenario;
  scenario.name = get(row, "name").string();
  scenario.loop = get(row, "loop").boolean();
  scenario.speed = std::clamp(get(row, "speed").real(1), least_speed, most_speed);
  scenario.seed = static_cast<std::uint64_t>(get(row, "seed").integer());
  scenario.at_end = get(row, "at_end").string() == "keep" ? AtEnd::keep : AtEnd::restore;
  for (const auto& step : scenario.steps) {
    if (!is_cable(step) && step.to.empty())
      return failure(Errc::invalid, "read the scenario",
                     fmt::format("a step of {} does not say toward which ends", step.link));
    if (has_preset(step))
      return failure(Errc::invalid, "read the scenario",
                     fmt::format("a step of {} names a preset and not its values", step.link));
  }
  return std::move(scenario);
}

std::optional<WallTime> started(const Row& row) {
  const auto& datum = get(row, "started_ns");
  return datum.empty() ? std::nullopt : std::optional(WallTime{nanoseconds{datum.integer()}});
}

Columns status_columns(const ScenarioStatus& status) {
  return {
      {"state", format(status.state)},
      {"error", text_or_nothing(status.error)},
      {"started_ns",
       status.started ? Datum(std::int64_t{status.started->time_since_epoch().count()}) : Datum()},
      {"length_ns", std::int64_t{status.length.count()}},
      {"position_ns", std::int64_t{status.position.count()}},
      {"pass", status.pass},
      {"statistics", Datum::map({{"steps", static_cast<std::int64_t>(status.steps)},
                                 {"skipped", static_cast<std::int64_t>(status.skipped)},
                                 {"late_median_ns", std::int64_t{status.late_median.count()}},
                                 {"late_99_ns", std::int64_t{status.late_99.count()}},
                                 {"late_max_ns", std::int64_t{status.late_max.count()}}})},
      {"now", string_map(status.now)},
      {"record", text_or_nothing(status.record)}};
}

ScenarioView view_scenario(const Row& row) {
  ScenarioView view{.name = get(row, "name").string(),
                    .loop = get(row, "loop").boolean(),
                    .speed = get(row, "speed").real(1),
                    .seed = get(row, "seed").integer(),
                    .at_end = get(row, "at_end").string(),
                    .targets = get(row, "targets").string_map(),
                    .state = get(row, "state").string(),
                    .status = {}};
  auto& status = view.status;
  status.state = view.state == "ended"   ? ScenarioStatus::State::ended
                 : view.state == "error" ? ScenarioStatus::State::error
                                         : ScenarioStatus::State::playing;
  status.error = get(row, "error").string();
  status.started = started(row);
  status.length = nanoseconds{get(row, "length_ns").integer()};
  status.position = nanoseconds{get(row, "position_ns").integer()};
  status.pass = get(row, "pass").integer();
  const auto& statistics = get(row, "statistics").as_map();
  const auto number = [&](const char* key) {
    const auto found = statistics.find(ovsdb::Atom(std::string(key)));
    return found == statistics.end() ? 0 : Datum(found->second).integer();
  };
  status.steps = static_cast<std::uint64_t>(number("steps"));
  status.skipped = static_cast<std::uint64_t>(number("skipped"));
  status.late_median = nanoseconds{number("late_median_ns")};
  status.late_99 = nanoseconds{number("late_99_ns")};
  status.late_max = nanoseconds{number("late_max_ns")};
  status.now = get(row, "now").string_map();
  status.record = get(row, "record").string();
  return view;
}

std::vector<ScenarioView> view_scenarios(const ovsdb::Replica& replica) {
  std::vector<ScenarioView> views;
  for (const auto& [uuid, row] : replica.rows("Scenario")) views.push_back(view_scenario(row));
  std::ranges::sort(views, {}, &ScenarioView::name);
  return views;
}

bool overlays(const ScenarioView& scenario) {
  return scenario.state != "error" && (scenario.state != "ended" || scenario.at_end == "keep");
}

std::string common_targets(const Targets& one, const Targets& other) {
  for (const auto& [target, keys] : one) {
    const auto found = other.find(target);
    if (found == other.end()) continue;
    const auto theirs = words(found->second, ',');
    std::vector<std::string> both;
    for (const auto& key : words(keys, ','))
      if (std::ranges::find(theirs, key) != theirs.end()) both.push_back(key);
    if (both.empty()) continue;
    const auto space = target.find(' ');
    if (space == std::string::npos) return "the cable of " + target;
    return fmt::format("{} of {} toward {}", fmt::join(both, ", "), target.substr(0, space),
                       target.substr(space + 1));
  }
  return {};
}

std::string format(const Settings& settings) {
  std::string text;
  for (const auto& [key, value] : settings)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, value);
  return text;
}

Settings parse_settings_text(const std::string& text) {
  Settings settings;
  for (const auto& word : words(text, ' '))
    if (const auto equals = word.find('='); equals != std::string::npos)
      settings.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  return settings;
}

}  // namespace linkfab::fabric
