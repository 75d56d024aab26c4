// Which of the hosts that share a lab this one is, for commands that reach into a node: that works
// only where the node is.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "fabric/placement.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

// The one whose agent says that it runs on this machine, with the files of this instance; of
// agents that do not say it, the only one. nullopt: none.
[[nodiscard]] std::optional<fabric::Host> local_host(const fabric::Hosts& hosts,
                                                     const Invocation& invocation);

// Errc::refused, "ATTEMPT: node r1 is on host h2; run this there". An empty `host`: no hosts share
// the lab.
[[nodiscard]] Result<void> check_here(const std::string& attempt, const std::string& node,
                                      const std::string& host,
                                      const std::optional<fabric::Host>& local);

}  // namespace linkfab::cli
