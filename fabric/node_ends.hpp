// The node ends of ports, set up from inside the node's network namespace: addresses, routes,
// offloads, up.
//
// A namespace is entered once for all its interfaces and left with nothing kept open. What a node's
// own programs added is left alone: addresses and routes of ours are marked (netem/address.hpp),
// and only those are ever removed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/ports.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

struct NodeEndWork {
  NodeEnd end;
  bool created = false;  // it was made in this step: it is brought up, and has nothing on it yet
};

struct NodeEndsResult {
  std::map<std::string, Error> interfaces;  // those that failed, by name
  std::vector<Error> routes;                // routes that the kernel refused
};

// `ends` are those to be set up; `routes` are the node's, all of them.
[[nodiscard]] Result<NodeEndsResult> configure_node_ends(const Presence& node,
                                                         const std::vector<NodeEndWork>& ends,
                                                         const std::vector<Route>& routes);

}  // namespace linkfab::fabric
