// A topology as one JSON document in which every object has a place by its name, so that two of
// them can be compared and patched (fabric/merge_patch.hpp):
//
//   {"name": "lab",
//    "nodes": {"r1": {"interfaces": {"eth0": "10.0.12.1/24"}, ...}},
//    "links": {"r1:eth0--r2:eth0": {"ends": ["r1:eth0", "r2:eth0"], "a_to_b": {"delay": "20ms"},
//                                   "b_to_a": {}, "state": "up"}},
//    "segments": {"lan": {"kind": "switch", "members": {"r1:eth1": {}}, "state": "up"}}}
//
// Nodes are as in a topology file, and so are the keys of impairments. There is no null in it.
#pragma once

#include <string>

#include <json/value.h>

#include "core/result.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

[[nodiscard]] Json::Value node_document(const Node& node);
[[nodiscard]] Json::Value link_document(const Link& link);
[[nodiscard]] Json::Value segment_document(const Segment& segment);
[[nodiscard]] Json::Value lab_document(const Topology& topology);

// Errc::invalid with the first thing that is wrong, of all that a topology file can have wrong.
[[nodiscard]] Result<Topology> read_lab_document(const Json::Value& document);

}  // namespace linkfab::fabric
