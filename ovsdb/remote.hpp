// The address of an OVSDB server, in the notation of ovsdb(7): "unix:/path", "tcp:host:port",
// "ssl:host:port"; an IPv6 address stands in brackets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace linkfab::ovsdb {

struct Remote {
  enum class Kind { unix_socket, tcp, tls };
  Kind kind = Kind::unix_socket;
  std::string host;  // the path of a Unix socket
  std::string port;  // 6640 where none is given, the port that IANA assigned to OVSDB

  bool operator==(const Remote&) const = default;
};

[[nodiscard]] Result<Remote> parse_remote(std::string_view text);

// "ssl:10.0.0.1:6640,ssl:10.0.0.2:6640" as its parts.
[[nodiscard]] std::vector<std::string> split_remotes(std::string_view text);

}  // namespace linkfab::ovsdb
