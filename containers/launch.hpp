// The way from fork(2) to execve(2), and how its failure gets back to the one who started it.
#pragma once

#include <string>

#include "containers/process.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::containers {

struct Pipe {
  Fd read;
  Fd write;
};

[[nodiscard]] Result<Pipe> make_pipe();  // both ends close on exec

// Sends an Error from a child to its starter, who reads until the end: nothing was said when every
// write end has gone, because the command was executed.
void send_error(const Fd& pipe, const Error& error);
[[nodiscard]] Result<void> receive_error(const Fd& pipe);
// All that comes until the other end is closed.
[[nodiscard]] std::string read_to_end(const Fd& pipe);

// Executes spec.command with spec.environment; every descriptor but the standard streams closes.
// Returns only why it could not.
[[nodiscard]] Error execute(const ProcessSpec& spec);

}  // namespace linkfab::containers
