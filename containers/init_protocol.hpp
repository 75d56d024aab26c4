// What linkfab-init and those who start it agree on.
//
// linkfab-init is the first process of a node: it waits until the node's interfaces are there, runs
// the user's command as a child, forwards signals to it, reaps orphans, and ends with the child's
// exit status: 128 + signal where it was killed, 127 where there is no such command, 126 where it
// cannot be executed. Without a command it stays until SIGTERM or SIGINT and ends with 0.
//
//   linkfab-init [--interfaces FILE] [--] [COMMAND [ARG...]]
//
// FILE names one interface a line and is read again while waiting, so that it can change between
// two starts of the same node. The wait ends when every named interface exists and is
// administratively up (IFF_UP). A missing FILE means: wait for the file.
// SIGTERM, SIGINT, SIGHUP and SIGQUIT end the wait, and it, with 128 + signal. What it says goes to
// standard error: why a command cannot be run, and once, after 5 s, what it still waits for.
#pragma once

namespace linkfab::containers {

// Where a container finds them: a read-only bind mount of the node's own run directory.
inline constexpr const char* init_directory = "/.linkfab";
inline constexpr const char* init_program = "/.linkfab/init";
inline constexpr const char* init_interfaces = "/.linkfab/interfaces";

}  // namespace linkfab::containers
