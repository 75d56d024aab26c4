// What the readers of scenario files share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fabric/scenario_file.hpp"

namespace linkfab::fabric {

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
