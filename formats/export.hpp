// Topologies and labs as files of other programs. Pure; no program is started.
#pragma once

#include <string>
#include <vector>

#include "fabric/topology.hpp"
#include "formats/picture.hpp"

namespace linkfab::formats {

struct Exported {
  std::string text;
  std::vector<std::string> left_out;  // "node vm: containerlab has no qemu nodes"
};

// A containerlab topology. What a link of linkfab has and one of containerlab does not is in the
// link's `vars.linkfab`, with the keys of a topology file: containerlab deploys the file without
// it, `linkfab import` reads it back. Addresses and routes are lines of `exec`. A switch node is a
// bridge of Open vSwitch, with what that is told in a label, for the import as well.
[[nodiscard]] Exported export_containerlab(const fabric::Topology& topology);

// An undirected graph for Graphviz: links are edges, segments nodes.
[[nodiscard]] std::string export_dot(const Picture& picture);

// A drawing. The same picture always gives the same one.
[[nodiscard]] std::string export_svg(const Picture& picture);

}  // namespace linkfab::formats
