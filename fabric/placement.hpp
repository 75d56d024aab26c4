// Which host each node of a lab is on, where several hosts share it: a client decides, the agents
// follow. Pure.
//
// What is placed stays. A node moves only where its labels forbid the host that it is on, or where
// that host is draining, removed or gone; one that is merely silent keeps its nodes.
#pragma once

#include <map>
#include <string>

#include "core/result.hpp"
#include "fabric/hosts.hpp"
#include "fabric/topology.hpp"

namespace linkfab::fabric {

using Hosts = std::map<std::string, Host>;  // by name
// Node → host.
using Placement = std::map<std::string, std::string>;

// The host of every node. Those that are not placed yet come to hosts that answer and have their
// labels, evenly, neighbours together: breadth first over links and segments, each where most of
// its neighbours are, unless that host has its share.
//
// Errc::refused names the nodes that no host is for, with what there is. Nodes of the kinds host
// and external are a host's own: they never move, and need the label "host" where there are
// several. A switch is where its management node is. `without` is a host that is to be emptied:
// whatever its row says, no node stays on it or comes to it.
[[nodiscard]] Result<Placement> place(const Topology& topology, const Hosts& hosts,
                                      const Placement& present, const std::string& without = {});

// "member", "draining", "removed".
[[nodiscard]] std::string format(Host::Wanted wanted);
// What is to be known of it first: "no agent", "silent", "removed", "draining", "up".
[[nodiscard]] std::string host_state(const Host& host);
// Does the host have all of these labels?
[[nodiscard]] bool has_labels(const Host& host, const std::map<std::string, std::string>& labels);
// "rack=1, host=h2".
[[nodiscard]] std::string labels_text(const std::map<std::string, std::string>& labels);

}  // namespace linkfab::fabric
