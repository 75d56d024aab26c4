#include "tools/cli/privileges.hpp"

#include <linux/capability.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/fd.hpp"

namespace linkfab::cli {

bool may_make_devices() {
  constexpr std::uint64_t needed = 1ULL << CAP_NET_ADMIN | 1ULL << CAP_SYS_ADMIN;
  constexpr std::string_view key = "CapEff:";
  const auto status = read_file("/proc/self/status");
  const auto line = status ? status->find(key) : std::string::npos;
  if (line == std::string::npos) return false;
  const auto effective = std::strtoull(status->c_str() + line + key.size(), nullptr, 16);
  return (effective & needed) == needed;
}

}  // namespace linkfab::cli
