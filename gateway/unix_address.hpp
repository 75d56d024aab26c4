// The address of a Unix socket by its path.
#pragma once

#include <sys/un.h>

#include <cstring>
#include <string>

#include "core/result.hpp"

namespace linkfab::gateway {

[[nodiscard]] inline Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return failure(Errc::invalid, "name a socket '" + path + "'", "from 1 to 107 bytes are wanted");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace linkfab::gateway
