#include "containers/process.hpp"

#include <sys/syscall.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/proc_stat.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// glibc has had functions for these calls only since 2.36.
int pidfd_open(int pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

int pidfd_send_signal(const Fd& process, int signal) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0));
}

// A descriptor that stays with this process whatever becomes of its pid. Empty: the process is
// gone.
Result<Fd> hold(const ProcessId& process) {
  Fd held{pidfd_open(process.pid)};
  if (!held && errno != ESRCH && errno != EINVAL)
    return system_failure(fmt::format("watch process {}", process.pid));
  // Looked at only now: had the pid been used again before, the start time would tell.
  if (!held || !alive(process)) return Fd{};
  return held;
}

Result<void> signal_held(const Fd& held, const ProcessId& process, int signal) {
  if (pidfd_send_signal(held, signal) != 0 && errno != ESRCH)
    return system_failure(fmt::format("send signal {} to process {}", signal, process.pid));
  return {};
}

bool ended_within(const Fd& held, milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    pollfd event{held.get(), POLLIN, 0};
    const int ready = ::poll(&event, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0 && left <= 0) return false;
  }
}

}  // namespace

std::optional<std::string> find_in_path(const std::string& program, const std::string& more) {
  if (program.find('/') != std::string::npos)
    return ::access(program.c_str(), X_OK) == 0 ? std::optional(program) : std::nullopt;
  const char* const path = std::getenv("PATH");
  std::istringstream directories((path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path) +
                                 (':' + more));
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (directory.empty()) continue;
    if (auto file = directory + '/' + program; ::access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

std::optional<ProcessId> identify(int pid) {
  const auto line = read_file(fmt::format("/proc/{}/stat", pid));
  const auto stat = line ? parse_proc_stat(*line) : std::nullopt;
  if (!stat || stat->state == 'Z' || stat->state == 'X') return std::nullopt;
  return ProcessId{pid, stat->start_time};
}

bool alive(const ProcessId& process) {
  return identify(process.pid) == process;
}

std::string format(const ProcessId& process) {
  return fmt::format("{} {}", process.pid, process.start_time);
}

std::optional<ProcessId> parse_process_id(const std::string& text) {
  ProcessId process;
  const auto* const end = text.data() + text.size();
  const auto pid = std::from_chars(text.data(), end, process.pid);
  if (pid.ec != std::errc{} || process.pid <= 0 || pid.ptr == end || *pid.ptr != ' ')
    return std::nullopt;
  const auto start_time = std::from_chars(pid.ptr + 1, end, process.start_time);
  if (start_time.ec != std::errc{} || start_time.ptr != end) return std::nullopt;
  return process;
}

Result<void> send_signal(const ProcessId& process, int signal) {
  const auto held = hold(process);
  if (!held) return std::unexpected(held.error());
  return *held ? signal_held(*held, process, signal) : Result<void>{};
}

Result<void> terminate(const ProcessId& process, milliseconds grace) {
  const auto held = hold(process);
  if (!held) return std::unexpected(held.error());
  if (!*held) {
    (void)thaw(process);  // leaves nothing of a node that ended while it was frozen
    return {};
  }
  if (const auto sent = signal_held(*held, process, SIGTERM); !sent) return sent;
  (void)thaw(process);  // frozen, it would not hear it; refused for a process that is not a node's
  if (ended_within(*held, grace)) return {};
  if (const auto sent = signal_held(*held, process, SIGKILL); !sent) return sent;
  // Only a process stuck in the kernel outlives SIGKILL.
  constexpr milliseconds last{10'000};
  if (ended_within(*held, last)) return {};
  return failure(Errc::timeout, fmt::format("kill process {}", process.pid),
                 "it has not ended 10 s after SIGKILL; it hangs in the kernel");
}

Result<Fd> watch(const ProcessId& process) {
  auto held = hold(process);
  if (held && !*held)
    return failure(Errc::not_found, fmt::format("watch process {}", process.pid), "it has ended");
  return held;
}

}  // namespace linkfab::containers
