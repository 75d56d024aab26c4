// Names, numbers and marks derived from what a person named, the same ones in every run.
//
// An instance is one fabric on a host, "linkfab" by default; its name is part of everything it
// makes, so that two of them never take each other's things for their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fabric/topology.hpp"
#include "openflow/flow.hpp"

namespace linkfab::fabric {

// 64 bits of a text, stable for ever: devices on running hosts carry it. FNV-1a with MurmurHash3's
// finaliser.
[[nodiscard]] std::uint64_t stable_hash(std::string_view text);

// The fabric's device of a node's interface: "lf" and 13 digits of base 32, 15 bytes in all.
[[nodiscard]] std::string device_name(std::string_view instance, const Endpoint& endpoint);
[[nodiscard]] bool is_device_name(std::string_view name);
// Of a gateway: the other end of that device ("lg…"), and the device that the gateway is made of
// where it needs one of its own ("lx…").
[[nodiscard]] std::string outer_name(std::string_view instance, const Endpoint& endpoint);
[[nodiscard]] std::string gateway_device_name(std::string_view instance, const Endpoint& endpoint);

// Of a switch node: its bridge, which is called as the node where that is possible (15 bytes at
// most, the default instance), and the device of an interface, which is a port of that bridge:
// "s1" and "s1-eth1". Else names of "lb" and "lg" with 13 digits.
[[nodiscard]] std::string switch_bridge(std::string_view instance, std::string_view node);
[[nodiscard]] std::string switch_device(std::string_view instance, const Endpoint& endpoint);
// The Unix socket, in Open vSwitch's directory, to its n-th controller where that is reached from a
// node: "s1.control0".
[[nodiscard]] std::string control_socket(std::string_view instance, std::string_view node,
                                         std::size_t number);

// An interface as devices and ports of ours name it: a node's, or what stands for a segment on
// another host (fabric/elsewhere.hpp).
[[nodiscard]] std::optional<Endpoint> parse_owner(std::string_view text);

// What the alias of a complete port's host device says: whose it is, in which namespace its node
// end was made (the inode of nsfs) and what that end was last configured to. The agent that comes
// next reads it instead of entering every namespace: a device without it was left half-made.
struct PortMark {
  Endpoint endpoint;
  std::uint64_t netns = 0;
  std::uint64_t config = 0;
  bool operator==(const PortMark&) const = default;
};
// "linkfab INSTANCE NODE:INTERFACE netns=4026532281 config=0123456789abcdef"
[[nodiscard]] std::string format_mark(std::string_view instance, const PortMark& mark);
[[nodiscard]] std::optional<PortMark> parse_mark(std::string_view instance, std::string_view alias);

// The device group in which the kernel makes our devices: the mark that they carry from their first
// moment. Devices to be removed go to the group after it, and with it.
[[nodiscard]] std::uint32_t device_group(std::string_view instance);

// A MAC address for an interface that was given none: locally administered, unicast.
[[nodiscard]] std::string derived_mac(std::string_view instance, const Endpoint& endpoint);

// Flow cookies: 0xfab in the top 12 bits says that the flow is ours, the rest is the link or
// segment.
inline constexpr openflow::Cookie cookie_owner = 0xfab0'0000'0000'0000;
inline constexpr openflow::Cookie cookie_mask = 0xfff0'0000'0000'0000;
[[nodiscard]] openflow::Cookie cookie(std::string_view name);

// The group, and the metadata value, of a segment: 1 to 2^30. Two segments may share one; see
// fabric/flows.hpp.
[[nodiscard]] std::uint32_t segment_number(std::string_view name);

}  // namespace linkfab::fabric
