// What the readers of scenario files share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fabric/scenario_file.hpp"

namespace linkfab::fabric {

// What is wrong with a column or a link is so in each row and step: reading ends after so many.
inline constexpr std::size_t most_findings = 20;

struct ScenarioReading {
  JsonReport report;
  ScenarioDefaults defaults;
  ScenarioText read;
};

void read_csv(ScenarioReading& reading);
void read_json(ScenarioReading& reading);
void read_mahimahi(ScenarioReading& reading);

// A time of a scenario: with a unit, or a bare number of seconds.
[[nodiscard]] Result<nanoseconds> parse_time(std::string_view text);

}  // namespace linkfab::fabric
