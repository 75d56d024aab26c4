// The agent of this host, started where a command needs one.
#pragma once

#include "core/result.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

// Runs linkfabd --until-down unless one runs already, and waits until it serves the database. Needs
// root to start it. The error of one that ends shows the end of its log.
[[nodiscard]] Result<void> ensure_agent(const Invocation& invocation);

// An agent that has ended too early: why is in its log, the end of which becomes part of the cause.
[[nodiscard]] Error agent_failure(const fabric::Paths& paths, std::string attempt,
                                  const std::string& cause);

// Where it is: beside this program, in the sbin beside its directory, or in PATH.
[[nodiscard]] std::string agent_program();

}  // namespace linkfab::cli
