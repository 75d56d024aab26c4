// Rows of the table Scenario as values, and back.
//
// Clients write the wanted columns; `started_ns` is the one status column that the agent reads
// back, so that the next agent finds its place.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/scenario.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

using WallClock = std::chrono::system_clock;
using WallTime = std::chrono::sys_time<nanoseconds>;

// What the agent follows: the wanted columns, and when it began.
[[nodiscard]] std::vector<std::string> followed_scenario_columns();
// What people are shown: all but the steps, which may be long.
[[nodiscard]] std::vector<std::string> shown_scenario_columns();

[[nodiscard]] ovsdb::Columns scenario_columns(const Scenario& scenario);
[[nodiscard]] Result<Scenario> decode_scenario(const ovsdb::Row& row);
[[nodiscard]] std::optional<WallTime> started(const ovsdb::Row& row);

// How a scenario is getting on.
struct ScenarioStatus {
  enum class State { playing, ended, error } state = State::playing;
  std::string error;
  std::optional<WallTime> started;
  nanoseconds length{};
  nanoseconds position{};
  std::int64_t pass = 0;
  std::uint64_t steps = 0;    // applied
  std::uint64_t skipped = 0;  // because the next one was due by then
  nanoseconds late_median{};
  nanoseconds late_99{};  // 99 % of the steps were not later
  nanoseconds late_max{};
  Targets now;         // what it says of each target: "delay=20ms loss=1%", "up", "cut"
  std::string record;  // a file
  bool operator==(const ScenarioStatus&) const = default;
};
[[nodiscard]] ovsdb::Columns status_columns(const ScenarioStatus& status);

// A scenario as it is shown.
struct ScenarioView {
  std::string name;
  bool loop = false;
  double speed = 1;
  std::int64_t seed = 0;
  std::string at_end;
  Targets targets;
  std::string state;  // empty: the agent has not looked at it yet
  ScenarioStatus status;
  bool operator==(const ScenarioView&) const = default;
};
// From shown_scenario_columns().
[[nodiscard]] ScenarioView view_scenario(const ovsdb::Row& row);
[[nodiscard]] std::vector<ScenarioView> view_scenarios(const ovsdb::Replica& replica);  // by name

// Does the scenario still lay anything over its targets?
[[nodiscard]] bool overlays(const ScenarioView& scenario);
// "delay,loss of r1--r2 toward r2:eth0": what both name; empty: nothing.
[[nodiscard]] std::string common_targets(const Targets& one, const Targets& other);

// "delay=20ms loss=1%", and back.
[[nodiscard]] std::string format(const Settings& settings);
[[nodiscard]] Settings parse_settings_text(const std::string& text);

}  // namespace linkfab::fabric
