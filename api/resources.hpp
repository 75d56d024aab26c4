// The lab's parts as the API shows them: the command line's JSON (fabric/lab_json.hpp), and of
// links and segments what is wanted of each direction. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <json/value.h>

#include "fabric/lab_view.hpp"
#include "fabric/scenario_rows.hpp"

namespace linkfab::api {

// What the agent says of itself.
struct About {
  std::string instance;
  std::string version;
};

[[nodiscard]] bool is_link(const fabric::LinkView& link);  // not a segment

// A link or segment.
[[nodiscard]] Json::Value link_resource(const fabric::LinkView& link,
                                        const ovsdb::Replica& replica);
[[nodiscard]] Json::Value fabric_resource(const fabric::LabView& lab, const About& about);
// Every interface that is one.
[[nodiscard]] Json::Value gateway_resources(const fabric::LabView& lab);

// By name; nullptr: there is none.
[[nodiscard]] const fabric::NodeView* find_node(const fabric::LabView& lab,
                                                const std::string& name);
[[nodiscard]] const fabric::LinkView* find_joint(const fabric::LabView& lab,
                                                 const std::string& name);

}  // namespace linkfab::api
