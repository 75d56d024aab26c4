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

}  // namespace linkfab::cli
