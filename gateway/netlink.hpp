// What the gateway asks the kernel over netlink, in the namespace that the caller has entered.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"

namespace linkfab::gateway {

// The way of an IPv4 datagram to a peer. Addresses are in network order, as the kernel has them.
struct Way {
  bool local = false;  // the peer is on this host
  std::uint32_t device = 0;
  std::uint32_t source = 0;  // what the host would choose
  std::uint32_t mtu = 0;     // of the path as far as it is known
};
[[nodiscard]] Result<Way> find_way(std::uint32_t from, std::uint32_t to);

// Is any filter at the ingress or egress of this device's clsact?
[[nodiscard]] Result<bool> has_filters(std::uint32_t device);

}  // namespace linkfab::gateway
