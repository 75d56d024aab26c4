// What is behind an interface of a host node that is no device for the host to use: the way out of
// the lab, to something that linkfab does not run.
//
// A value, and its two forms: an object per kind in topology files, `type` and `options` of an
// Interface row in the database, as Open vSwitch has them. Both are read here, so that both mean
// the same. Who carries the frames is fabric/gateways.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"

namespace linkfab::fabric {

// Raw Ethernet frames as the payload of UDP datagrams, without any header: the wire of GNS3, VPCS,
// QEMU (-netdev dgram), Dynamips and VirtualBox (UDPTunnel). Only datagrams from exactly `remote`
// are taken.
struct UdpGateway {
  std::string local;   // "127.0.0.1:20000", "[::1]:20000"
  std::string remote;  // the same
  bool operator==(const UdpGateway&) const = default;
};

// VXLAN (RFC 7348), one VNI a gateway.
struct VxlanGateway {
  std::uint32_t vni = 0;      // 0 to 2^24 - 1
  std::string remote;         // an address; empty: learned from what arrives
  std::string local;          // an address; empty: the kernel's choice
  std::uint16_t port = 4789;  // of both sides
  bool operator==(const VxlanGateway&) const = default;
};

// A device of the host that is there already, or a VLAN of it: all that it receives comes to the
// lab and nothing to the host.
struct NicGateway {
  std::string device;
  std::optional<std::uint16_t> vlan;  // 1 to 4094
  bool force = false;                 // though the host's default route goes through it
  bool operator==(const NicGateway&) const = default;
};

// A persistent TAP device, for QEMU and others to open. Made where it is missing.
struct TapGateway {
  std::string device;
  bool operator==(const TapGateway&) const = default;
};

// A port of a Linux bridge that is there already.
struct BridgeGateway {
  std::string device;  // of the bridge
  bool operator==(const BridgeGateway&) const = default;
};

using Gateway = std::variant<UdpGateway, VxlanGateway, NicGateway, TapGateway, BridgeGateway>;

// "udp", "vxlan", "nic", "tap", "bridge": the order of the variant.
[[nodiscard]] std::span<const std::string_view> gateway_types();
[[nodiscard]] std::string_view type_of(const Gateway& gateway);

using GatewayOptions = std::map<std::string, std::string>;
// "local": "127.0.0.1:20000"; defaults are left out.
[[nodiscard]] GatewayOptions options(const Gateway& gateway);
// The other way round, with addresses made canonical. Errc::invalid names the option and says what
// would be right.
[[nodiscard]] Result<Gateway> parse_gateway(std::string_view type, const GatewayOptions& options);

// "udp 127.0.0.1:20000 to 127.0.0.1:20001", "vlan 7 of nic eth1": for people.
[[nodiscard]] std::string format(const Gateway& gateway);
// What two gateways of one host cannot both have: "udp 127.0.0.1:20000 to …", "device eth1".
[[nodiscard]] std::string claim(const Gateway& gateway);

}  // namespace linkfab::fabric
