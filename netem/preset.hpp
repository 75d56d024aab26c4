// Named link qualities with the source of their figures: what a kind of access line does to frames,
// in each direction.
//
// The values are round trips halved, rates as published; what a source does not tell (a queue, a
// loss) is left alone. A preset is a starting point: what is set after it replaces its values.
#pragma once

#include <span>
#include <string_view>

#include "core/result.hpp"
#include "netem/impairment.hpp"

namespace linkfab::netem {

struct Preset {
  std::string_view name;     // "dsl"
  std::string_view summary;  // "ADSL: 1.5 Mbit/s down, 384 kbit/s up, 50 ms round trip"
  std::string_view source;   // who published it, and where
  std::string_view down;     // toward the subscriber: options as format(Impairment) writes them
  std::string_view up;       // from the subscriber
};

enum class PresetDirection { down, up };

// In the order in which they are shown: lines, mobile, satellites, the rest.
[[nodiscard]] std::span<const Preset> presets();

// By name; Errc::invalid with the nearest name where there is none.
[[nodiscard]] Result<const Preset*> find_preset(std::string_view name);
[[nodiscard]] Impairment impairment(const Preset& preset, PresetDirection direction);

// "dsl", or "dsl/up" for the direction that the text itself names.
[[nodiscard]] Result<Impairment> parse_preset(std::string_view text, PresetDirection direction);

}  // namespace linkfab::netem
