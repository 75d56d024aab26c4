// One network namespace in which outer ends of gateways are: its devices, and what gateways make
// and change of them.
//
// Devices that a gateway needs of its own (VXLAN, VLAN, TAP) carry an alias that says whose they
// are and what they were made for; a device that is not ours and had to be set up is recorded in
// a file of the run directory first, so that whoever comes next can put it back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/gateways.hpp"
#include "fabric/paths.hpp"
#include "gateway/path.hpp"
#include "netem/device.hpp"
#include "netem/message.hpp"
#include "netem/netns.hpp"
#include "netem/socket.hpp"

namespace linkfab::fabric {

class GatewayPlace {
 public:
  // Enters the namespace for as long as it lives.
  static Result<std::unique_ptr<GatewayPlace>> enter(const Paths& paths, const std::string& netns);

  // Devices of gateways that are not wanted any more go; devices of others become what they were.
  void remove_stale(const GatewayPorts& wanted);
  // Makes ready what frames go to. nullopt: they need no path, because the kernel's bridge is one.
  Result<std::optional<gateway::Path>> prepare(const Endpoint& endpoint, const GatewayPort& port);

  // Of the host, as far as the tunnels' wildcards need them.
  [[nodiscard]] std::set<std::string> own_addresses(
      const std::map<std::string, gateway::Path>& paths);

  [[nodiscard]] std::map<Endpoint, std::string> take_warnings() { return std::move(warnings_); }
  [[nodiscard]] std::set<std::string> take_foreign() { return std::move(foreign_); }

 private:
  GatewayPlace(const Paths& paths, std::uint64_t inode, netem::EnteredNetns entered);
  Result<void> look();
  [[nodiscard]] const netem::Device* find(const std::string& name) const;
  [[nodiscard]] Result<const netem::Device*> find_foreign(const std::string& name);

  Result<std::string> prepare_vxlan(const Endpoint& endpoint, const GatewayPort& port,
                                    const VxlanGateway& vxlan);
  Result<std::string> prepare_nic(const Endpoint& endpoint, const NicGateway& nic);
  Result<std::string> prepare_tap(const Endpoint& endpoint, const TapGateway& tap);
  Result<void> prepare_bridge(const GatewayPort& port, const BridgeGateway& bridge);
  Result<std::string> make(const Endpoint& endpoint, const Gateway& gateway,
                           const netem::Message& create, const std::string& name);
  Result<void> take_over(const netem::Device& device);
  void put_back(const std::set<std::string>& in_use);
  [[nodiscard]] std::string alias_of(const Endpoint& endpoint, const Gateway& gateway) const;
  [[nodiscard]] std::string record_of(const std::string& device) const;
  [[nodiscard]] Result<bool> carries_default_route(const std::string& device);
  void warn_of_mtu(const Endpoint& endpoint, const GatewayPort& port, const VxlanGateway& vxlan);

  const Paths& paths_;
  std::uint64_t inode_ = 0;
  netem::EnteredNetns entered_;
  std::optional<netem::Socket> socket_;  // from enter() on
  std::vector<netem::Device> devices_;
  std::map<Endpoint, std::string> warnings_;
  std::set<std::string> foreign_;
};

}  // namespace linkfab::fabric
