// What the agent may do of all that root may (capabilities(7)).
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace linkfab::containers {

// Gives up, for good and for every program started later, each capability that neither the agent
// nor a server, a machine or a node's command that it starts has a use for: to load modules, to set
// the clock, to reach hardware, to read the kernel's log, to change security policies … What is
// left is in docs/security.md. Of a caller that has fewer already, nothing is added. The names of
// what was given up, for a log.
[[nodiscard]] Result<std::vector<std::string>> drop_needless_capabilities();

}  // namespace linkfab::containers
