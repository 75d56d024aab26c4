#include "containers/proc_stat.hpp"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <charconv>
#include <fcntl.h>
#include <filesystem>

#include <fmt/format.h>

#include "core/fd.hpp"

namespace linkfab::containers {
namespace {

template <class Integer>
std::optional<Integer> number(std::string_view text) {
  Integer value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string namespace_path(int pid) {
  return fmt::format("/proc/{}/ns/pid", pid);
}

// The identity of a namespace: its inode, which nsfs gives once.
std::optional<ino_t> identity(const Fd& space) {
  struct stat status{};
  if (::fstat(space.get(), &status) != 0) return std::nullopt;
  return status.st_ino;
}

bool inside(int pid, ino_t wanted) {
  auto space = open_file(namespace_path(pid), O_RDONLY);
  while (space && *space) {
    if (identity(*space) == wanted) return true;
    *space = Fd{::ioctl(space->get(), NS_GET_PARENT)};  // -1 above our own
  }
  return false;
}

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view line) {
  const auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos || line.size() < name_end + 3) return std::nullopt;
  ProcStat stat{.state = line[name_end + 2]};
  auto rest = line.substr(name_end + 2);
  constexpr int first = 3;
  for (int field = first; field < 22; ++field) {
    const auto blank = rest.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(blank + 1);
  }
  const auto start_time = number<std::uint64_t>(rest.substr(0, rest.find_first_of(" \n")));
  if (!start_time) return std::nullopt;
  stat.start_time = *start_time;
  return stat;
}

Result<std::vector<int>> pid_namespace_members(int pid) {
  const auto attempt = fmt::format("find the processes of the PID namespace of process {}", pid);
  const auto space = open_file(namespace_path(pid), O_RDONLY);
  if (!space) return std::unexpected(space.error());
  const auto ours = open_file("/proc/self/ns/pid", O_RDONLY);
  if (!ours) return std::unexpected(ours.error());
  const auto wanted = identity(*space);
  if (!wanted) return system_failure(attempt);
  if (wanted == identity(*ours))
    return failure(Errc::invalid, attempt, "it has no PID namespace of its own");
  std::vector<int> members;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto candidate = number<int>(entry.path().filename().native());
    if (candidate && inside(*candidate, *wanted)) members.push_back(*candidate);
  }
  if (error) return std::unexpected(system_error(attempt, error.value()));
  return members;
}

}  // namespace linkfab::containers
