#include "fabric/scenario_preset.hpp"

#include <algorithm>
#include <map>

#include "fabric/scenario_key.hpp"

namespace linkfab::fabric {
namespace {

using Setting = Settings::value_type;

auto find_preset_in(const Settings& settings) {
  return std::ranges::find(settings, preset_key, &Setting::first);
}

}  // namespace

Result<void> check_setting(std::string_view key, std::string_view value) {
  if (key == preset_key) {
    if (const auto preset = netem::parse_preset(value, netem::PresetDirection::down); !preset)
      return std::unexpected(preset.error());
    return {};
  }
  netem::Impairment scratch;
  return set_key(scratch, key, value);
}

Result<Settings> without_preset(const Settings& settings, netem::PresetDirection direction) {
  const auto named = find_preset_in(settings);
  if (named == settings.end()) return settings;
  const auto preset = netem::parse_preset(named->second, direction);
  if (!preset) return std::unexpected(preset.error());
  std::map<std::string, std::string> values;
  for (const auto& option : scenario_keys()) values[std::string(option.key)] = "none";
  for (const auto& [key, value] : netem::options(*preset)) values[key] = value;
  for (const auto& [key, value] : settings)
    if (key != preset_key) values[key] = value;
  return Settings{values.begin(), values.end()};
}

bool has_preset(const Step& step) {
  const auto* set = std::get_if<SetValues>(&step.action);
  return set != nullptr && find_preset_in(set->settings) != set->settings.end();
}

}  // namespace linkfab::fabric
