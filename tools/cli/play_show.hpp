// Scenarios as a table.
#pragma once

#include <string>
#include <vector>

#include "fabric/scenario_rows.hpp"

namespace linkfab::cli {

[[nodiscard]] std::string scenario_table(const std::vector<fabric::ScenarioView>& scenarios,
                                         bool coloured);

// The links that it names, each once.
[[nodiscard]] std::vector<std::string> links_of(const fabric::Targets& targets);

}  // namespace linkfab::cli
