// Where a switch finds its controller, as the target of a Controller row of Open vSwitch
// (ovs-vswitchd.conf.db(5)). Pure.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::gateway {

struct ControlTarget {
  std::string host;  // an IPv4 or IPv6 address
  std::uint16_t port = 6653;
  bool operator==(const ControlTarget&) const = default;
};
// "tcp:10.9.0.1:6653", "tcp:[2001:db8::1]", without a port 6653. Errc::invalid for any other.
[[nodiscard]] Result<ControlTarget> parse_control_target(std::string_view text);

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
[[nodiscard]] std::optional<TcpAddress> tcp_address(const ControlTarget& target);

}  // namespace linkfab::gateway
