// What proc(5) tells of a process in /proc/PID/stat, and who is in a PID namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace linkfab::containers {

struct ProcStat {
  char state = '?';              // field 3: 'R', 'S', 'Z' …
  std::uint64_t start_time = 0;  // field 22
  bool operator==(const ProcStat&) const = default;
};

// The line itself; nullopt where it is none. The name in it, field 2, can hold blanks and
// parentheses.
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view line);

// Every process in the PID namespace of `pid` or in one inside that. Errc::invalid where that is
// our own namespace: it is then not the process's own.
[[nodiscard]] Result<std::vector<int>> pid_namespace_members(int pid);

}  // namespace linkfab::containers
