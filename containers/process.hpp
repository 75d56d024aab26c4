// Processes of nodes without a container engine, and of our own private servers: started so that
// they outlive us, found again by whoever comes next.
//
// A process is identified by its pid and its start time (proc(5), /proc/PID/stat field 22), so that
// a pid that was used again is not taken for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::containers {

struct ProcessId {
  int pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot
  bool operator==(const ProcessId&) const = default;
};

[[nodiscard]] std::optional<ProcessId> identify(int pid);  // nullopt: no such process, or a zombie
[[nodiscard]] bool alive(const ProcessId& process);
[[nodiscard]] std::string format(const ProcessId& process);  // "1234 5678901"
[[nodiscard]] std::optional<ProcessId> parse_process_id(const std::string& text);

// The file that a command of this name would be executed from; nullopt: there is none. A name with
// a slash is a file's. `more` are directories to look in after those of PATH, between colons.
[[nodiscard]] std::optional<std::string> find_in_path(const std::string& program,
                                                      const std::string& more = {});

struct ProcessSpec {
  std::vector<std::string> command;                // an absolute path first, or looked up in PATH
  std::map<std::string, std::string> environment;  // added to the caller's own
  std::string netns;                               // entered first; empty: ours
  std::string hostname;                            // in a UTS namespace of its own; empty: ours
  std::vector<std::string> binds;  // "/host:/path[:ro]", in a mount namespace of its own
  // Written in the network namespace before the command starts: only net.*, and only with a netns.
  std::map<std::string, std::string> sysctls;
  // The command is process 1 of its own, and all its processes end with it. Process 1 does not
  // hear a signal that it has no handler for, SIGTERM included: linkfab-init before it does.
  bool pid_namespace = false;
  // The group of what it makes may write there, and nobody else may at all: umask(2) 007.
  bool group_may_write = false;
  std::string log_file;  // standard output and error, appended; empty: /dev/null
  // Of a daemon: where its ProcessId is written, with `record_note` after it. It is there even if
  // the caller is killed while it starts it, so that whoever comes next finds the process.
  std::string record_file;
  std::string record_note;
};

// Starts a daemon: its own session, standard input /dev/null, directory /, parent process 1, no
// descriptor of ours. Done when the command has been executed; an error of any step up to execve(2)
// is returned with its step named. With a network namespace, /sys is mounted anew so that it shows
// that namespace's devices.
[[nodiscard]] Result<ProcessId> start_daemon(const ProcessSpec& spec);

// The same, in the foreground with our standard streams, for `exec` and `shell` in a node: waits
// and returns the exit status (128 + signal where it was killed). `enter_pid` joins the mount, UTS,
// PID and network namespaces of that process instead of making new ones; 0: only spec.netns is
// entered.
[[nodiscard]] Result<int> run_in_foreground(const ProcessSpec& spec, int enter_pid);

// A process that is gone already is success.
[[nodiscard]] Result<void> send_signal(const ProcessId& process, int signal);
// SIGTERM, and SIGKILL after `grace`; done when the process is gone. Blocks.
[[nodiscard]] Result<void> terminate(const ProcessId& process, std::chrono::milliseconds grace);
// Readable when the process has ended (pidfd_open(2)).
[[nodiscard]] Result<Fd> watch(const ProcessId& process);

// Pausing a node without an engine: the freezer of a cgroup of its own where cgroup v2 is mounted,
// else SIGSTOP/SIGCONT to every process of its PID namespace. Errc::invalid for a process without
// one of its own.
[[nodiscard]] Result<void> freeze(const ProcessId& process);
[[nodiscard]] Result<void> thaw(const ProcessId& process);

}  // namespace linkfab::containers
