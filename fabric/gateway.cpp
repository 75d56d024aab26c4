#include "fabric/gateway.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/suggest.hpp"
#include "fabric/topology.hpp"
#include "gateway/udp_address.hpp"
#include "netem/address.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::array<std::string_view, 5> types{"udp", "vxlan", "nic", "tap", "bridge"};

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

// Reads the options of one gateway and remembers the first thing that is wrong with them.
class OptionReader {
 public:
  OptionReader(std::string_view type, const GatewayOptions& options)
      : type_(type), options_(options) {}

  std::string text(const std::string& name, bool needed = true) {
    known_.push_back(name);
    const auto found = options_.find(name);
    if (found != options_.end() && !found->second.empty()) return found->second;
    if (needed) complain(fmt::format("it needs {}", name));
    return {};
  }
  std::optional<std::uint32_t> number(const std::string& name, std::uint32_t least,
                                      std::uint32_t most, bool needed) {
    const std::string value = text(name, needed);
    if (value.empty()) return std::nullopt;
    std::uint32_t number = 0;
    const auto* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, number);
    if (error == std::errc{} && rest == end && number >= least && number <= most) return number;
    complain(fmt::format("{} is a number from {} to {}, not '{}'", name, least, most, value));
    return std::nullopt;
  }
  bool flag(const std::string& name) {
    const std::string value = text(name, false);
    if (!value.empty() && value != "true" && value != "false")
      complain(fmt::format("{} is true or false, not '{}'", name, value));
    return value == "true";
  }
  std::string device() {
    std::string name = text("device");
    if (name.empty()) return name;
    if (const auto good = check_interface_name(name); !good)
      complain(fmt::format("device '{}': {}", name, good.error().cause));
    return name;
  }
  std::string udp_address(const std::string& name) {
    const std::string value = text(name);
    if (value.empty()) return {};
    const auto address = gateway::parse_udp_address(value);
    if (address) return format(*address);
    complain(fmt::format("{} '{}': {}", name, value, address.error().cause));
    return {};
  }
  std::string address(const std::string& name) {
    const std::string value = text(name, false);
    if (value.empty()) return {};
    const auto address = netem::canonical_address(value);
    if (address) return *address;
    complain(fmt::format("{} '{}': {}", name, value, address.error().cause));
    return {};
  }
  void complain(std::string cause) {
    if (!wrong_) wrong_ = std::move(cause);
  }

  // After everything was read.
  Result<Gateway> finish(Gateway gateway) {
    for (const auto& [name, value] : options_) {
      if (std::ranges::find(known_, name) != known_.end()) continue;
      const std::vector<std::string_view> names(known_.begin(), known_.end());
      complain(fmt::format("unknown option '{}'{}", name, did_you_mean(name, names)));
    }
    if (wrong_) return failure(Errc::invalid, fmt::format("{} gateway", type_), *wrong_);
    return gateway;
  }

 private:
  std::string_view type_;
  const GatewayOptions& options_;
  std::vector<std::string> known_;
  std::optional<std::string> wrong_;
};

bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

UdpGateway read_udp(OptionReader& reader) {
  UdpGateway udp{.local = reader.udp_address("local"), .remote = reader.udp_address("remote")};
  if (udp.local.empty() || udp.remote.empty()) return udp;
  if (udp.local == udp.remote) reader.complain("local and remote are the same, " + udp.local);
  if (udp.local.starts_with('[') != udp.remote.starts_with('['))
    reader.complain("local and remote are of different IP versions");
  if (udp.remote.ends_with(":0")) reader.complain("the remote port is 1 to 65535");
  return udp;
}

VxlanGateway read_vxlan(OptionReader& reader) {
  constexpr std::uint32_t most_vni = (1U << 24) - 1;
  VxlanGateway vxlan;
  vxlan.vni = reader.number("vni", 0, most_vni, true).value_or(0);
  vxlan.remote = reader.address("remote");
  vxlan.local = reader.address("local");
  vxlan.port = static_cast<std::uint16_t>(reader.number("port", 1, 65535, false).value_or(4789));
  if (!vxlan.remote.empty() && !vxlan.local.empty() &&
      is_ipv6(vxlan.remote) != is_ipv6(vxlan.local))
    reader.complain("local and remote are of different IP versions");
  return vxlan;
}

NicGateway read_nic(OptionReader& reader) {
  NicGateway nic{.device = reader.device()};
  if (const auto vlan = reader.number("vlan", 1, 4094, false))
    nic.vlan = static_cast<std::uint16_t>(*vlan);
  nic.force = reader.flag("force");
  return nic;
}

}  // namespace

std::span<const std::string_view> gateway_types() {
  return types;
}

std::string_view type_of(const Gateway& gateway) {
  return types.at(gateway.index());
}

GatewayOptions options(const Gateway& gateway) {
  GatewayOptions all = std::visit(
      Overloaded{[](const UdpGateway& udp) {
                   return GatewayOptions{{"local", udp.local}, {"remote", udp.remote}};
                 },
                 [](const VxlanGateway& vxlan) {
                   return GatewayOptions{
                       {"vni", std::to_string(vxlan.vni)},
                       {"remote", vxlan.remote},
                       {"local", vxlan.local},
                       {"port", vxlan.port == 4789 ? "" : std::to_string(vxlan.port)}};
                 },
                 [](const NicGateway& nic) {
                   return GatewayOptions{{"device", nic.device},
                                         {"vlan", nic.vlan ? std::to_string(*nic.vlan) : ""},
                                         {"force", nic.force ? "true" : ""}};
                 },
                 [](const auto& other) { return GatewayOptions{{"device", other.device}}; }},
      gateway);
  std::erase_if(all, [](const auto& option) { return option.second.empty(); });
  return all;
}

Result<Gateway> parse_gateway(std::string_view type, const GatewayOptions& options) {
  OptionReader reader(type, options);
  if (type == "udp") return reader.finish(read_udp(reader));
  if (type == "vxlan") return reader.finish(read_vxlan(reader));
  if (type == "nic") return reader.finish(read_nic(reader));
  if (type == "tap") return reader.finish(TapGateway{reader.device()});
  if (type == "bridge") return reader.finish(BridgeGateway{reader.device()});
  return failure(Errc::invalid, "read a gateway",
                 fmt::format("'{}' is none of its types: {}", type, fmt::join(types, ", ")));
}

std::string format(const Gateway& gateway) {
  return std::visit(
      Overloaded{
          [](const UdpGateway& udp) { return fmt::format("udp {} to {}", udp.local, udp.remote); },
          [](const VxlanGateway& vxlan) {
            return fmt::format("vxlan {} to {}", vxlan.vni,
                               vxlan.remote.empty() ? "whoever sends" : vxlan.remote);
          },
          [](const NicGateway& nic) {
            return nic.vlan ? fmt::format("vlan {} of nic {}", *nic.vlan, nic.device)
                            : "nic " + nic.device;
          },
          [](const TapGateway& tap) { return "tap " + tap.device; },
          [](const BridgeGateway& bridge) { return "bridge " + bridge.device; }},
      gateway);
}

std::string claim(const Gateway& gateway) {
  return std::visit(Overloaded{[](const UdpGateway& udp) {
                                 return fmt::format("udp {} to {}", udp.local, udp.remote);
                               },
                               [](const VxlanGateway& vxlan) {
                                 return fmt::format("vxlan {} on port {}", vxlan.vni, vxlan.port);
                               },
                               [](const NicGateway& nic) {
                                 return nic.vlan
                                            ? fmt::format("vlan {} of {}", *nic.vlan, nic.device)
                                            : "device " + nic.device;
                               },
                               [](const TapGateway& tap) { return "device " + tap.device; },
                               // Any number of ports may be on one bridge.
                               [](const BridgeGateway&) { return std::string(); }},
                    gateway);
}

}  // namespace linkfab::fabric
