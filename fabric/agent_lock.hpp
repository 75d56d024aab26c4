// That an instance has one agent: a lock on a file of its run directory, which an agent that leaves
// takes away.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"
#include "fabric/paths.hpp"

namespace linkfab::fabric {

// Makes the run directory where it is missing. Held as long as the descriptor is open, in child
// processes too. Waits a second at most, as a client that looks whether there is an agent holds it
// for a moment; Errc::exists: there is another agent.
[[nodiscard]] Result<Fd> take_agent_lock(const Paths& paths);

// Of the one who holds the lock. The lock's file goes last: who finds it gone may start at once.
void remove_run_directory(const Paths& paths);

}  // namespace linkfab::fabric
