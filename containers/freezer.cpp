// Pausing the processes of a PID namespace: freeze() and thaw() of process.hpp.
//
// A frozen node is in a cgroup of its own, "linkfab-frozen-PID-START", below the one that it ran
// in, to which it returns; so it stays inside whatever bounds it. Agents in PID namespaces of their
// own may share that place, and there a process id alone is not one process's. Nothing of this is
// kept: where a process is says whether it is frozen, and how.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/proc_stat.hpp"
#include "containers/process.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The rest of the first line that starts with `start`.
std::string rest_of_line(std::string_view text, std::string_view start) {
  for (const auto line : std::views::split(text, '\n'))
    if (const std::string_view view(line.begin(), line.end()); view.starts_with(start))
      return std::string(view.substr(start.size()));
  return {};
}

// Where cgroup v2 is mounted: alone, or beside v1 (systemd's "hybrid"). Empty: nowhere.
std::string cgroup_mount() {
  for (const std::string place : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
    if (::access((place + "/cgroup.procs").c_str(), F_OK) == 0) return place;
  return {};
}

// The directory of the cgroup v2 that a process is in; empty where it cannot be seen from here.
std::string cgroup_of(int pid) {
  const auto mount = cgroup_mount();
  const auto cgroups = read_file(fmt::format("/proc/{}/cgroup", pid));
  if (mount.empty() || !cgroups) return {};
  const auto path = rest_of_line(*cgroups, "0::");
  if (path.empty() || path.starts_with("/..")) return {};
  return path == "/" ? mount : mount + path;
}

std::string frozen_name(const ProcessId& process) {
  return fmt::format("linkfab-frozen-{}-{}", process.pid, process.start_time);
}

Result<void> write_control(const std::string& path, const std::string& value) {
  const auto file = open_file(path, O_WRONLY);
  if (!file) return std::unexpected(file.error());
  if (::write(file->get(), value.data(), value.size()) < 0) return system_failure("write " + path);
  return {};
}

// Does it to every member once, until a look round finds nobody born meanwhile. Who has been done
// has no children that are not: a cgroup is inherited, and a pending SIGSTOP comes before a fork.
template <class Action>
Result<void> for_all(const ProcessId& process, Action action) {
  std::set<int> done;
  for (bool found = true; found;) {
    found = false;
    const auto members = pid_namespace_members(process.pid);
    if (!members) return std::unexpected(members.error());
    for (const int member : *members) {
      if (!done.insert(member).second) continue;
      found = true;
      const Result<void> result = action(member);
      if (!result && result.error().code != Errc::not_found) return result;
    }
  }
  return {};
}

Result<void> move_all(const ProcessId& process, const std::string& cgroup) {
  return for_all(process, [&](int member) {
    return write_control(cgroup + "/cgroup.procs", std::to_string(member));
  });
}

Result<void> signal_all(const ProcessId& process, int signal) {
  return for_all(process, [&](int member) -> Result<void> {
    if (::kill(member, signal) == 0) return {};
    return system_failure(fmt::format("send signal {} to process {}", signal, member));
  });
}

Result<void> wait_until_frozen(const std::string& cgroup) {
  constexpr milliseconds limit{2000};
  const auto deadline = steady_clock::now() + limit;
  const auto events = cgroup + "/cgroup.events";
  for (;;) {
    const auto file = open_file(events, O_RDONLY);
    const auto text = read_file(events);
    if (!file || !text) return std::unexpected(file ? text.error() : file.error());
    if (rest_of_line(*text, "frozen ") == "1") return {};
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0)
      return failure(Errc::timeout, "freeze " + cgroup, "a process in it hangs in the kernel");
    pollfd changed{file->get(), POLLPRI, 0};
    (void)::poll(&changed, 1, static_cast<int>(std::min<long>(left, 50)));
  }
}

// The members run again, in the cgroup that they came from.
Result<void> leave(const ProcessId& process, const std::string& cgroup) {
  if (const auto thawed = write_control(cgroup + "/cgroup.freeze", "0"); !thawed) return thawed;
  const auto parent = std::filesystem::path(cgroup).parent_path().string();
  if (const auto moved = move_all(process, parent); !moved) return moved;
  if (::rmdir(cgroup.c_str()) != 0) return system_failure("remove cgroup " + cgroup);
  return {};
}

Result<void> freeze_in(const ProcessId& process, const std::string& cgroup) {
  if (const auto moved = move_all(process, cgroup); !moved) return moved;
  if (const auto set = write_control(cgroup + "/cgroup.freeze", "1"); !set) return set;
  return wait_until_frozen(cgroup);
}

bool frozen(const std::string& cgroup, const ProcessId& process) {
  return cgroup.ends_with("/" + frozen_name(process));
}

}  // namespace

Result<void> freeze(const ProcessId& process) {
  const auto attempt = fmt::format("freeze process {}", process.pid);
  if (!alive(process)) return failure(Errc::not_found, attempt, "it has ended");
  if (const auto members = pid_namespace_members(process.pid); !members)
    return failure(members.error().code, attempt, members.error().cause);
  const auto current = cgroup_of(process.pid);
  if (frozen(current, process)) return {};
  const auto cgroup = current + "/" + frozen_name(process);
  const bool possible = !current.empty() && (::mkdir(cgroup.c_str(), 0755) == 0 || errno == EEXIST);
  if (possible) {
    const auto done = freeze_in(process, cgroup);
    if (done || done.error().code == Errc::timeout) return done;
    (void)leave(process, cgroup);
    (void)::rmdir(cgroup.c_str());
  }
  return signal_all(process, SIGSTOP);  // this kernel or this place in the tree has no freezer
}

Result<void> thaw(const ProcessId& process) {
  if (!alive(process)) {
    // It ended while it was frozen: what is left is empty, and most likely beside us, who started
    // it.
    (void)::rmdir((cgroup_of(::getpid()) + "/" + frozen_name(process)).c_str());
    return failure(Errc::not_found, fmt::format("thaw process {}", process.pid), "it has ended");
  }
  const auto cgroup = cgroup_of(process.pid);
  return frozen(cgroup, process) ? leave(process, cgroup) : signal_all(process, SIGCONT);
}

}  // namespace linkfab::containers
