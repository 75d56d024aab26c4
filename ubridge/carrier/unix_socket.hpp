// Datagram sockets with a path.
#pragma once

#include <sys/un.h>

#include <string>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::ubridge {

// An error where the path is too long: at most 107 octets.
[[nodiscard]] Result<sockaddr_un> unix_address(const std::string& path);

// A socket that was there under this path is taken away first; nothing else is.
[[nodiscard]] Result<Fd> bind_unix(const std::string& path);

}  // namespace linkfab::ubridge
