#include <algorithm>

#include "core/log.hpp"
#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"

// The stage of a step that joins gateways' ports to what is outside of the lab.
namespace linkfab::fabric {

// nullopt: it is no gateway, or its port is not there.
std::optional<GatewayPort> Reconciler::gateway_port(const Endpoint& endpoint) const {
  const auto& nodes = desired_.topology().nodes;
  const auto node = nodes.find(endpoint.node);
  if (node == nodes.end() || failed_.contains(endpoint)) return std::nullopt;
  const auto interface = node->second.interfaces.find(endpoint.interface);
  if (interface == node->second.interfaces.end() || !interface->second.gateway) return std::nullopt;
  const auto device = device_name(rules_.instance, endpoint);
  const auto* presence = nodes_.presence(endpoint.node);
  const auto* known = devices_.find(device);
  if (presence == nullptr || presence->inode == 0 || known == nullptr) return std::nullopt;
  GatewayPort port{.gateway = *interface->second.gateway,
                   .device = device,
                   .index = known->device.index,
                   .outer = outer_name(rules_.instance, endpoint),
                   .node = *presence,
                   .mtu = interface->second.mtu.value_or(0)};
  if (const auto* joint = desired_.attachment(endpoint)) {
    const auto link = desired_.topology().links.find(joint->name);
    port.single_frames = link == desired_.topology().links.end() ||
                         needs_single_frames(link->second.a_to_b) ||
                         needs_single_frames(link->second.b_to_a);
  }
  for (const auto& peer : desired_.peers(endpoint)) {
    const auto& peers = nodes.at(peer.node).interfaces;
    port.mtu = std::max(port.mtu, peers.at(peer.interface).mtu.value_or(1500));
  }
  return port;
}

void Reconciler::connect_gateways(Scope& scope) {
  bool due = std::exchange(gateways_due_, false);
  for (const auto& endpoint : scope.interfaces) {
    auto port = gateway_port(endpoint);
    const auto known = gateway_ports_.find(endpoint);
    if (!port) {
      due = gateway_ports_.erase(endpoint) != 0 || due;
    } else if (known == gateway_ports_.end() || known->second != *port ||
               failed_gateways_.contains(endpoint)) {
      gateway_ports_.insert_or_assign(endpoint, *std::move(port));
      due = true;
    }
  }
  if (!due) return;
  const auto failures = gateways_.apply(gateway_ports_);
  for (const auto& endpoint : failed_gateways_)
    if (!failures.contains(endpoint)) {
      failed_.erase(endpoint);
      backoff_.clear(format(endpoint));
    }
  failed_gateways_.clear();
  for (const auto& [endpoint, error] : failures) {
    failed_gateways_.insert(endpoint);
    fail(endpoint, error);
  }
  for (const auto& [endpoint, port] : gateway_ports_) scope.interfaces.insert(endpoint);
  devices_.watch(gateways_.foreign_devices());
}

std::optional<netem::DeviceStats> Reconciler::stats_of(const Endpoint& endpoint) const {
  const auto* known = devices_.find(device_name(rules_.instance, endpoint));
  return known == nullptr ? std::nullopt : std::optional(known->device.stats);
}

netem::DeviceStats Reconciler::passed_by(const Endpoint& gateway) const {
  return shortcuts_.passed_by(gateway, [this](const Endpoint& from) { return stats_of(from); });
}

std::set<std::string> Reconciler::update_shortcuts() {
  bool fresh = false;
  return shortcuts_.update(
      desired_, gateways_.spliced(), [this](const Endpoint& end) { return number(end); },
      [&](const Endpoint& from) {
        if (!std::exchange(fresh, true))
          if (auto read = devices_.read_counters(); !read)
            log::repeated("statistics", format(read.error()));
        return stats_of(from);
      });
}

Scope Reconciler::due_gateways() {
  gateways_due_ = true;
  Scope scope;
  for (const auto& [endpoint, port] : gateway_ports_) scope.interfaces.insert(endpoint);
  return scope;
}

}  // namespace linkfab::fabric
