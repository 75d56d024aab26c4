// Scenarios as a table and as JSON. docs/cli.md documents the JSON's keys: they stay.
#pragma once

#include <string>
#include <vector>

#include <json/value.h>

#include "fabric/scenario_rows.hpp"

namespace linkfab::cli {

[[nodiscard]] std::string scenario_table(const std::vector<fabric::ScenarioView>& scenarios,
                                         bool coloured);
[[nodiscard]] Json::Value to_json(const fabric::ScenarioView& scenario);

// The links that it names, each once.
[[nodiscard]] std::vector<std::string> links_of(const fabric::Targets& targets);

}  // namespace linkfab::cli
