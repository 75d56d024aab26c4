#include "tools/cli/play_show.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/units.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using fabric::ScenarioView;

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string state_of(const ScenarioView& scenario) {
  return scenario.state.empty() ? "pending" : scenario.state;
}

Colour colour_of(const ScenarioView& scenario) {
  if (scenario.state == "playing") return Colour::green;
  return scenario.state == "error" ? Colour::red : Colour::none;
}

// "12.3s of 60s", and the pass of a loop.
std::string position_of(const ScenarioView& scenario) {
  if (scenario.state.empty() || scenario.state == "error") return "-";
  const auto& status = scenario.status;
  auto text =
      fmt::format("{:.1f}s of {}", seconds(status.position), linkfab::format(status.length));
  if (scenario.loop) text += fmt::format(", pass {}", status.pass + 1);
  return text;
}

std::string lateness_of(const ScenarioView& scenario) {
  const auto& status = scenario.status;
  if (status.steps == 0) return "-";
  return fmt::format("{:.2f}/{:.2f}", seconds(status.late_median) * 1e3,
                     seconds(status.late_max) * 1e3);
}

std::string links_text(const ScenarioView& scenario) {
  const auto links = links_of(scenario.targets);
  if (links.empty()) return "-";
  return links.size() == 1 ? links.front()
                           : fmt::format("{} and {} more", links.front(), links.size() - 1);
}

Json::Value number(std::uint64_t value) {
  return Json::Value(Json::UInt64{value});
}

Json::Value targets_json(const fabric::Targets& targets) {
  Json::Value json(Json::objectValue);
  for (const auto& [target, text] : targets) json[target] = text;
  return json;
}

}  // namespace

std::vector<std::string> links_of(const fabric::Targets& targets) {
  std::vector<std::string> links;
  for (const auto& [target, keys] : targets) {
    auto link = target.substr(0, target.find(' '));
    if (std::ranges::find(links, link) == links.end()) links.push_back(std::move(link));
  }
  return links;
}

std::string scenario_table(const std::vector<ScenarioView>& scenarios, bool coloured) {
  Table table({"SCENARIO", "STATE", "POSITION", "STEPS", "SKIPPED", "LATE ms (MEDIAN/MAX)", "LINKS",
               "DETAIL"});
  for (const auto& scenario : scenarios) {
    const auto& status = scenario.status;
    table.add(
        {scenario.name, Cell(state_of(scenario), colour_of(scenario)), position_of(scenario),
         std::to_string(status.steps),
         Cell(std::to_string(status.skipped), status.skipped == 0 ? Colour::none : Colour::yellow),
         lateness_of(scenario), links_text(scenario),
         status.error.empty() ? Cell(status.record, Colour::dim)
                              : Cell(status.error, Colour::red)});
  }
  return table.text(coloured);
}

Json::Value to_json(const ScenarioView& scenario) {
  const auto& status = scenario.status;
  Json::Value json(Json::objectValue);
  json["name"] = scenario.name;
  json["state"] = state_of(scenario);
  json["error"] = status.error.empty() ? Json::Value() : Json::Value(status.error);
  json["loop"] = scenario.loop;
  json["speed"] = scenario.speed;
  json["seed"] = Json::Int64{scenario.seed};
  json["at_end"] = scenario.at_end;
  json["started"] = Json::Value();
  if (status.started) json["started"] = seconds(status.started->time_since_epoch());
  json["length"] = seconds(status.length);
  json["position"] = seconds(status.position);
  json["pass"] = Json::Int64{status.pass};
  json["steps"] = number(status.steps);
  json["skipped"] = number(status.skipped);
  json["late"] = Json::Value(Json::objectValue);
  json["late"]["median"] = seconds(status.late_median);
  json["late"]["p99"] = seconds(status.late_99);
  json["late"]["max"] = seconds(status.late_max);
  json["targets"] = targets_json(scenario.targets);
  json["now"] = targets_json(status.now);
  json["record"] = status.record.empty() ? Json::Value() : Json::Value(status.record);
  return json;
}

}  // namespace linkfab::cli
