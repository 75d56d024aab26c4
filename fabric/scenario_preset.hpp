// The key "preset" of a scenario's step: in place of all that held, the values of a preset.
//
// A preset has two directions, so the step becomes one for each, which names every key.
#pragma once

#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "fabric/scenario.hpp"
#include "netem/preset.hpp"

namespace linkfab::fabric {

inline constexpr std::string_view preset_key = "preset";  // "dsl", or "dsl/up" whatever the end

// Is what a file sets there known, and its value right?
[[nodiscard]] Result<void> check_setting(std::string_view key, std::string_view value);

// All settings of one direction, without "preset": its values, "none" for every key that it does
// not name, and what else is in `settings`. Without a preset `settings` as they are.
[[nodiscard]] Result<Settings> without_preset(const Settings& settings,
                                              netem::PresetDirection direction);

[[nodiscard]] bool has_preset(const Step& step);

}  // namespace linkfab::fabric
