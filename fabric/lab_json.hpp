// The lab and its parts as JSON. docs/cli.md documents the keys: they stay.
#pragma once

#include <string>
#include <vector>

#include <json/value.h>

#include "fabric/difference.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/scenario_rows.hpp"
#include "netem/preset.hpp"

namespace linkfab::fabric {

[[nodiscard]] Json::Value to_json(const Host& host);
[[nodiscard]] Json::Value to_json(const NodeView& node);
[[nodiscard]] Json::Value to_json(const LinkView& link, bool statistics);
[[nodiscard]] Json::Value to_json(const std::vector<std::string>& strings);
// {"lab", "nodes", "links", "errors"}
[[nodiscard]] Json::Value to_json(const LabView& lab, const Progress& progress);
[[nodiscard]] Json::Value to_json(const ScenarioView& scenario);
[[nodiscard]] Json::Value to_json(const Difference& difference);
[[nodiscard]] Json::Value to_json(const netem::Preset& preset);
[[nodiscard]] Json::Value preset_list();  // all that there are

}  // namespace linkfab::fabric
