// Nodes and links as tables and as JSON. docs/cli.md documents the JSON's keys: they stay.
#pragma once

#include <string>
#include <vector>

#include <json/value.h>

#include "fabric/lab_view.hpp"

namespace linkfab::cli {

[[nodiscard]] std::string node_table(const std::vector<fabric::NodeView>& nodes, bool coloured);
// One line a direction, segments a line a member. Statistics where asked for.
[[nodiscard]] std::string link_table(const std::vector<fabric::LinkView>& links, bool statistics,
                                     bool coloured);

[[nodiscard]] Json::Value to_json(const fabric::NodeView& node);
[[nodiscard]] Json::Value to_json(const fabric::LinkView& link, bool statistics);
[[nodiscard]] Json::Value to_json(const std::vector<std::string>& strings);
// {"lab", "nodes", "links", "errors"}
[[nodiscard]] Json::Value to_json(const fabric::LabView& lab, const fabric::Progress& progress);

}  // namespace linkfab::cli
