// A UDP address and port in the one form that compares: numeric, as inet_ntop(3) writes it.
//
// No names are resolved: what a gateway is joined to must not change with a resolver's mood.
// Neither zones ("fe80::1%eth0") nor link-local addresses, which are nothing without one, are
// taken.
#pragma once

#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::gateway {

struct UdpAddress {
  std::string address;
  std::uint16_t port = 0;
  auto operator<=>(const UdpAddress&) const = default;
};

// "127.0.0.1:20000", "[::1]:20000". Errc::invalid says what would be right.
[[nodiscard]] Result<UdpAddress> parse_udp_address(std::string_view text);
[[nodiscard]] std::string format(const UdpAddress& address);

[[nodiscard]] bool is_ipv6(const UdpAddress& address);
[[nodiscard]] bool is_wildcard(const UdpAddress& address);  // 0.0.0.0, ::
[[nodiscard]] bool is_loopback(const UdpAddress& address);  // 127.0.0.0/8, ::1

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
// For bind(2) and connect(2). Errc::invalid where `address` is not numeric after all.
[[nodiscard]] Result<SocketAddress> to_socket_address(const UdpAddress& address);

}  // namespace linkfab::gateway
