// Nodes and links as tables.
#pragma once

#include <string>
#include <vector>

#include "fabric/lab_json.hpp"
#include "fabric/lab_view.hpp"

namespace linkfab::cli {

[[nodiscard]] std::string node_table(const std::vector<fabric::NodeView>& nodes, bool coloured);
// One line a direction, segments a line a member. Statistics where asked for.
[[nodiscard]] std::string link_table(const std::vector<fabric::LinkView>& links, bool statistics,
                                     bool coloured);

}  // namespace linkfab::cli
