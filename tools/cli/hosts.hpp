// The nodes of the lab as hosts that speak with each other, for commands that open sockets in them.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/paths.hpp"
#include "measure/host.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

// Why no socket can be opened in a node; empty: one can.
[[nodiscard]] std::string why_closed(const fabric::NodeView& node);
// The network namespace of a node that is not closed.
[[nodiscard]] std::string node_netns(const fabric::NodeView& node, const fabric::Paths& paths);

// Those that have an address on an interface of theirs, in the order of the names; all that are not
// wanted stopped where none is named. Without a namespace where the node is closed: its addresses
// are those that are wanted then. Errors: a named one is not there, or has no address.
[[nodiscard]] Result<std::vector<measure::Host>> find_hosts(const fabric::LabView& lab,
                                                            const std::vector<std::string>& names,
                                                            const fabric::Paths& paths);

// The lab for who opens sockets in nodes and devices: those on other hosts are not running but "on
// host h2", and their interfaces have no devices here.
[[nodiscard]] fabric::LabView seen_from_here(fabric::LabView lab, const Invocation& invocation);

}  // namespace linkfab::cli
