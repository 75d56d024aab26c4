// A host of a lab as packets see it: addresses, and a network namespace to send from.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "netem/prefix.hpp"

namespace linkfab::measure {

struct Host {
  std::string name;
  std::string netns;  // a path that netem::open_netns takes; empty: nothing can be sent from it
  std::vector<netem::Prefix> addresses;
};

// Those that others can reach, of these interfaces, in their order and the kernel's.
[[nodiscard]] Result<std::vector<netem::Prefix>> observe_addresses(
    const std::string& netns, const std::vector<std::string>& interfaces);

// Where `from` finds `to`: by IPv4 where both have it, else by IPv6; or by `family` only.
[[nodiscard]] std::optional<netem::Prefix> way_to(const Host& from, const Host& to,
                                                  std::optional<int> family = {});

// For the kernel.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};
[[nodiscard]] SocketAddress socket_address(const netem::Prefix& address, std::uint16_t port = 0);

}  // namespace linkfab::measure
