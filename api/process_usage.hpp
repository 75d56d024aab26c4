// What this process uses, as Prometheus' client libraries report it.
#pragma once

#include <cstdint>

namespace linkfab::api {

struct ProcessUsage {
  double cpu_seconds = 0;    // user and system
  double start_seconds = 0;  // since the epoch
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

// What proc(5) does not tell stays zero.
[[nodiscard]] ProcessUsage process_usage();

}  // namespace linkfab::api
