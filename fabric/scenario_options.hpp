// What whoever starts a scenario says in place of its file: the options of `linkfab play`, and the
// query of the API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "fabric/scenario.hpp"

namespace linkfab::fabric {

struct ScenarioOptions {
  std::optional<std::string> name;
  std::optional<bool> loop;
  std::optional<double> speed;
  std::optional<std::uint64_t> seed;
  std::optional<AtEnd> at_end;
};

// Reads the text of "name", "loop", "speed", "seed" or "at_end". Errc::invalid: the cause says what
// would be right.
[[nodiscard]] Result<void> set_option(ScenarioOptions& options, std::string_view option,
                                      const std::string& text);
void apply(const ScenarioOptions& options, Scenario& scenario);

[[nodiscard]] Result<double> parse_speed(std::string_view text);
// Of a trace: ScenarioDefaults::bin (fabric/scenario_file.hpp).
[[nodiscard]] Result<nanoseconds> parse_bin(std::string_view text);

}  // namespace linkfab::fabric
