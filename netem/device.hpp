// Network devices: what the kernel has, and the messages that make, change and remove them.
//
// Building a message is pure; netem/socket.hpp sends it. Sources: rtnetlink(7), linux/if_link.h,
// linux/veth.h.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "netem/message.hpp"
#include "netem/socket.hpp"

namespace linkfab::netem {

struct IfIndex {
  int value = 0;
  auto operator<=>(const IfIndex&) const = default;
};

// rtnl_link_stats64, as seen by the device: received is what came from the wire or the other end.
struct DeviceStats {
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_errors = 0;
  std::uint64_t tx_dropped = 0;
  bool operator==(const DeviceStats&) const = default;
};

struct Device {
  IfIndex index;
  std::string name;
  std::string alias;  // IFLA_IFALIAS
  std::string kind;   // "veth", "openvswitch", … empty for a physical one
  std::string mac;    // lower case; empty where it is not 6 bytes
  std::uint32_t mtu = 0;
  std::uint32_t group = 0;
  bool up = false;                    // IFF_UP
  bool carrier = false;               // IFF_LOWER_UP
  IfIndex master;                     // the bridge or bond that it is a port of; 0: none
  std::uint32_t carrier_changes = 0;  // how often the carrier came or went
  DeviceStats stats;
};

struct VethSpec {
  std::string host_name;
  std::uint32_t host_mtu = 9216;
  std::uint32_t group =
      0;  // IFLA_GROUP of the host end: the first mark of ownership, set in the same message
  std::string node_name;
  int node_netns = -1;  // an open namespace; the peer is made straight in it
  std::string node_mac;
  std::uint32_t node_mtu = 1500;
};

// Both ends are made down. IFLA_IFALIAS cannot be set in the same message (the kernel ignores it
// there).
[[nodiscard]] Message create_veth(const VethSpec& spec);
[[nodiscard]] Message delete_device(IfIndex device);
// Removes every device of a group at once: one wait for the kernel's grace period, not one a
// device.
[[nodiscard]] Message delete_group(std::uint32_t group);

// What is not set is left as it is. Before Linux 6.3 only a device that is down can be renamed.
struct DeviceChange {
  std::optional<bool> up;
  std::optional<std::string> alias;
  std::optional<std::string> name;
  std::optional<std::string> mac;
  std::optional<std::uint32_t> mtu;
  std::optional<std::uint32_t> group;
  // The kernel gives it no link-local IPv6 address from now on, and so says nothing there by
  // itself. Errc::unsupported where there is no IPv6.
  bool no_own_ipv6 = false;
};
// By name, for a device made in the same batch; it cannot be renamed this way (std::logic_error).
[[nodiscard]] Message change_device(const std::string& name, const DeviceChange& change);
[[nodiscard]] Message change_device(IfIndex device, const DeviceChange& change);

// All devices of the socket's namespace.
[[nodiscard]] Result<std::vector<Device>> dump_devices(Socket& socket);
// As it is now, which a notification may not have told yet. Errc::not_found.
[[nodiscard]] Result<Device> read_device(Socket& socket, IfIndex index);
// One RTM_NEWLINK message as a Device. nullopt when it is something else.
[[nodiscard]] std::optional<Device> decode_device(const nlmsghdr& message);

}  // namespace linkfab::netem
