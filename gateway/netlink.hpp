// What the gateway asks the kernel over netlink, in the namespace that the caller has entered.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "gateway/bpf/maps.h"

namespace linkfab::gateway {

[[nodiscard]] bool is_ipv4(const lf_address& address);
[[nodiscard]] bool is_zero(const lf_address& address);

// The way of a datagram to a peer.
struct Way {
  bool local = false;  // the peer is on this host
  std::uint32_t device = 0;
  lf_address source{};    // what was asked for, or else what the host would choose
  std::uint32_t mtu = 0;  // of the path as far as it is known
};
// `from` zero: any.
[[nodiscard]] Result<Way> find_way(const lf_address& from, const lf_address& to);

// Is any filter at the ingress or egress of this device's clsact?
[[nodiscard]] Result<bool> has_filters(std::uint32_t device);

}  // namespace linkfab::gateway
