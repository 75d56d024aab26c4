// Addresses and routes of the devices in one namespace.
//
// Ours are marked, addresses with IFA_PROTO (kernels from 5.18 on; older ones ignore it) and routes
// with rtm_protocol, so that what a node's own programs added is told from what the topology wants.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "netem/device.hpp"

namespace linkfab::netem {

inline constexpr std::uint8_t our_protocol = 0xfa;  // rt_protos above 192 are free for private use

struct Address {
  std::string device;
  std::string prefix;  // "10.0.12.1/24", canonical text
  bool ours = false;
  auto operator<=>(const Address&) const = default;
};

struct Route {
  std::string destination;  // "10.0.0.0/8", "0.0.0.0/0", "::/0"
  std::string via;          // may be empty
  std::string dev;          // may be empty when adding with via
  bool ours = false;
  auto operator<=>(const Route&) const = default;
};

// "10.0.0.1/24" → its canonical text; a missing length means /32 or /128. Errc::invalid otherwise.
[[nodiscard]] Result<std::string> canonical_prefix(std::string_view text);
// The same for a route's destination: host bits must be zero; "default" is 0.0.0.0/0.
[[nodiscard]] Result<std::string> canonical_destination(std::string_view text);
[[nodiscard]] Result<std::string> canonical_address(std::string_view text);  // without a length
[[nodiscard]] Result<std::string> canonical_mac(
    std::string_view text);  // unicast, not zero; lower case

[[nodiscard]] Message add_address(IfIndex device,
                                  const std::string& prefix);  // NLM_F_REPLACE; no DAD for IPv6
[[nodiscard]] Message delete_address(IfIndex device, const std::string& prefix);
[[nodiscard]] Message add_route(const Route& route,
                                IfIndex device);  // device 0: by gateway only; NLM_F_REPLACE
[[nodiscard]] Message delete_route(const Route& route, IfIndex device);

// One RTM_NEWADDR or RTM_NEWROUTE message; the device's name is left empty. nullopt when it is
// something else.
[[nodiscard]] std::optional<std::pair<IfIndex, Address>> decode_address(const nlmsghdr& message);
[[nodiscard]] std::optional<std::pair<IfIndex, Route>> decode_route(const nlmsghdr& message);

[[nodiscard]] Result<std::vector<Address>> dump_addresses(Socket& socket,
                                                          const std::vector<Device>& devices);
// The device by which packets to an address leave (RTM_GETROUTE, as `ip route get`).
[[nodiscard]] Result<IfIndex> route_device(Socket& socket, const std::string& address);
[[nodiscard]] Result<std::vector<Route>> dump_routes(
    Socket& socket, const std::vector<Device>& devices);  // main table

}  // namespace linkfab::netem
