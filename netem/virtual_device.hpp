// The devices that a gateway makes: VXLAN, VLAN and TAP devices.
//
// Building a message is pure; netem/socket.hpp sends it. Sources: rtnetlink(7), linux/if_link.h,
// linux/if_tun.h, Documentation/networking/tuntap.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "netem/device.hpp"
#include "netem/message.hpp"

namespace linkfab::netem {

// Made down, with the kernel's own MTU for the device below it.
struct VxlanSpec {
  std::string name;
  std::uint32_t vni = 0;
  std::string remote;  // canonical addresses; empty: learned, and the kernel's choice
  std::string local;
  std::uint16_t port = 4789;
  std::uint32_t group = 0;  // IFLA_GROUP
};
[[nodiscard]] Message create_vxlan(const VxlanSpec& spec);

// A VLAN (802.1Q) of `below`; made down.
[[nodiscard]] Message create_vlan(const std::string& name, IfIndex below, std::uint16_t vlan,
                                  std::uint32_t group);

// A persistent TAP device without packet information, down, in the namespace that the caller has
// entered. Errc::exists where a device of that name is no TAP or somebody has it open.
[[nodiscard]] Result<void> create_tap(const std::string& name);

}  // namespace linkfab::netem
