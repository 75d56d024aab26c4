// The command as a child, and everybody else's orphans.
#pragma once

#include "containers/init/signals.hpp"

namespace linkfab::init {

[[nodiscard]] int exit_status(int wait_status);  // of waitpid(2) → as a shell reports it

// Reaps every child that has ended. True, and its exit status in `status`, when `child` was among
// them.
bool reap(int child, int& status);

// Runs the command to its end and returns its exit status: 127 when there is no such command and
// 126 when it cannot be executed, with one line on standard error, as a shell would.
[[nodiscard]] int run(char** command, const Signals& signals);

}  // namespace linkfab::init
