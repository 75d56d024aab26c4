#include "fabric/gateway_place.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/names.hpp"
#include "netem/address.hpp"
#include "netem/placement.hpp"
#include "netem/virtual_device.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;
using netem::Device;

std::uint64_t inode_of(const std::string& netns) {
  struct stat status{};
  return ::stat(netns.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

GatewayPlace::GatewayPlace(const Paths& paths, std::uint64_t inode, netem::EnteredNetns entered)
    : paths_(paths), inode_(inode), entered_(std::move(entered)) {}

Result<std::unique_ptr<GatewayPlace>> GatewayPlace::enter(const Paths& paths,
                                                          const std::string& netns) {
  const auto inode = inode_of(netns);
  auto opened = netem::open_netns(netns);
  if (!opened) return std::unexpected(opened.error());
  auto entered = netem::EnteredNetns::enter(*opened);
  if (!entered) return std::unexpected(entered.error());
  std::unique_ptr<GatewayPlace> place(new GatewayPlace(paths, inode, std::move(*entered)));
  auto socket = netem::Socket::route();
  if (!socket) return std::unexpected(socket.error());
  place->socket_ = std::move(*socket);
  if (auto seen = place->look(); !seen) return std::unexpected(seen.error());
  return place;
}

Result<void> GatewayPlace::look() {
  auto devices = netem::dump_devices(*socket_);
  if (!devices) return std::unexpected(devices.error());
  devices_ = std::move(*devices);
  return {};
}

const Device* GatewayPlace::find(const std::string& name) const {
  const auto found = std::ranges::find(devices_, name, &Device::name);
  return found == devices_.end() ? nullptr : &*found;
}

Result<const Device*> GatewayPlace::find_foreign(const std::string& name) {
  foreign_.insert(name);
  if (const auto* device = find(name)) return device;
  return failure(Errc::not_found, "use device " + name, "this host has no such device");
}

// "linkfab INSTANCE NODE:IF vxlan 0123456789abcdef": what a device was made for, its options as a
// hash. Other options are another device.
std::string GatewayPlace::alias_of(const Endpoint& endpoint, const Gateway& gateway) const {
  std::string wish;
  for (const auto& [name, value] : options(gateway)) wish += ' ' + name + '=' + value;
  return fmt::format("linkfab {} {} {} {:016x}", paths_.instance, linkfab::fabric::format(endpoint),
                     type_of(gateway), stable_hash(wish));
}

void GatewayPlace::remove_stale(const GatewayPorts& wanted) {
  std::set<std::string> aliases;
  std::set<std::string> in_use;
  for (const auto& [endpoint, port] : wanted) {
    aliases.insert(alias_of(endpoint, port.gateway));
    if (const auto* nic = std::get_if<NicGateway>(&port.gateway)) in_use.insert(nic->device);
  }
  std::vector<netem::Message> removals;
  const std::string mine = fmt::format("linkfab {} ", paths_.instance);
  const std::set<std::string> kinds{"vxlan", "vlan", "tun"};
  for (const auto& device : devices_)
    if (device.alias.starts_with(mine) && kinds.contains(device.kind) &&
        !aliases.contains(device.alias))
      removals.push_back(netem::delete_device(device.index));
  for (const auto& removed : socket_->request(removals))
    if (!removed && removed.error().code != Errc::not_found) log::warning(format(removed.error()));
  put_back(in_use);
  if (!removals.empty())
    if (auto seen = look(); !seen) log::warning(format(seen.error()));
}

Result<std::optional<gateway::Path>> GatewayPlace::prepare(const Endpoint& endpoint,
                                                           const GatewayPort& port) {
  if (const auto* udp = std::get_if<UdpGateway>(&port.gateway)) {
    auto local = gateway::parse_udp_address(udp->local);
    auto remote = gateway::parse_udp_address(udp->remote);
    if (!local) return std::unexpected(local.error());
    if (!remote) return std::unexpected(remote.error());
    return gateway::Tunnel{.local = *local, .remote = *remote};
  }
  if (const auto* bridge = std::get_if<BridgeGateway>(&port.gateway)) {
    if (auto joined = prepare_bridge(port, *bridge); !joined)
      return std::unexpected(joined.error());
    return std::nullopt;
  }
  Result<std::string> device;
  if (const auto* vxlan = std::get_if<VxlanGateway>(&port.gateway))
    device = prepare_vxlan(endpoint, port, *vxlan);
  else if (const auto* nic = std::get_if<NicGateway>(&port.gateway))
    device = prepare_nic(endpoint, *nic);
  else
    device = prepare_tap(endpoint, std::get<TapGateway>(port.gateway));
  if (!device) return std::unexpected(device.error());
  return gateway::Patch{.device = std::move(*device)};
}

std::set<std::string> GatewayPlace::own_addresses(
    const std::map<std::string, gateway::Path>& paths) {
  std::set<std::string> own;
  const bool needed = std::ranges::any_of(paths, [](const auto& path) {
    const auto* tunnel = std::get_if<gateway::Tunnel>(&path.second);
    return tunnel != nullptr && gateway::is_wildcard(tunnel->local);
  });
  if (!needed) return own;
  const auto addresses = netem::dump_addresses(*socket_, devices_);
  if (!addresses) {
    log::warning(format(addresses.error()));
    return own;
  }
  for (const auto& address : *addresses)
    own.insert(address.prefix.substr(0, address.prefix.find('/')));
  return own;
}

// Made in two messages, because an alias cannot be given in the first: what has our name and no
// alias was left half-made.
Result<std::string> GatewayPlace::make(const Endpoint& endpoint, const Gateway& gateway,
                                       const netem::Message& create, const std::string& name) {
  const auto alias = alias_of(endpoint, gateway);
  const auto* there = find(name);
  if (there != nullptr && there->alias == alias && there->up) return name;
  if (there != nullptr && there->alias != alias) {
    if (auto removed = socket_->request(netem::delete_device(there->index)); !removed)
      return std::unexpected(removed.error());
    there = nullptr;
  }
  if (there == nullptr)
    if (auto made = socket_->request(create); !made) return std::unexpected(made.error());
  if (auto set = socket_->request(netem::change_device(name, {.up = true, .alias = alias})); !set)
    return std::unexpected(set.error());
  if (auto seen = look(); !seen) return std::unexpected(seen.error());
  return name;
}

Result<std::string> GatewayPlace::prepare_vxlan(const Endpoint& endpoint, const GatewayPort& port,
                                                const VxlanGateway& vxlan) {
  const auto name = gateway_device_name(paths_.instance, endpoint);
  const auto create = netem::create_vxlan({.name = name,
                                           .vni = vxlan.vni,
                                           .remote = vxlan.remote,
                                           .local = vxlan.local,
                                           .port = vxlan.port});
  auto made = make(endpoint, vxlan, create, name);
  if (!made && made.error().code == Errc::exists)
    made.error().cause += "; another device has this vni on this port";
  if (made) warn_of_mtu(endpoint, port, vxlan);
  return made;
}

Result<std::string> GatewayPlace::prepare_nic(const Endpoint& endpoint, const NicGateway& nic) {
  const auto device = find_foreign(nic.device);
  if (!device) return std::unexpected(device.error());
  if (!nic.force && !nic.vlan) {
    const auto needed = carries_default_route(nic.device);
    if (!needed) return std::unexpected(needed.error());
    if (*needed)
      return failure(Errc::refused, "take device " + nic.device,
                     "the host's default route goes through it; with \"force\": true the host is "
                     "cut off from there");
  }
  const auto index = (*device)->index;
  if (auto taken = take_over(**device); !taken) return std::unexpected(taken.error());
  if (!nic.vlan) return nic.device;
  const auto name = gateway_device_name(paths_.instance, endpoint);
  return make(endpoint, nic, netem::create_vlan(name, index, *nic.vlan, 0), name);
}

Result<std::string> GatewayPlace::prepare_tap(const Endpoint& endpoint, const TapGateway& tap) {
  const auto* there = find(tap.device);
  if (there != nullptr && there->kind != "tun")
    return failure(Errc::exists, "use TAP device " + tap.device,
                   "there is a device of that name that is no TAP");
  // One that was there before is its owner's: no alias, so it stays when the gateway goes.
  const bool made = there == nullptr;
  if (made) {
    if (auto created = netem::create_tap(tap.device); !created)
      return std::unexpected(created.error());
  }
  netem::DeviceChange change{.up = true};
  if (made) change.alias = alias_of(endpoint, tap);
  if (made || !there->up)
    if (auto set = socket_->request(netem::change_device(tap.device, change)); !set)
      return std::unexpected(set.error());
  return tap.device;
}

Result<void> GatewayPlace::prepare_bridge(const GatewayPort& port, const BridgeGateway& bridge) {
  const auto master = find_foreign(bridge.device);
  if (!master) return std::unexpected(master.error());
  if ((*master)->kind != "bridge")
    return failure(Errc::invalid, "use bridge " + bridge.device, "it is no Linux bridge");
  const auto* outer = find(port.outer);
  if (outer == nullptr)
    return failure(Errc::not_found, "join bridge " + bridge.device, port.outer + " is gone");
  if (outer->master == (*master)->index) return {};
  return socket_->request(netem::enslave_device(outer->index, (*master)->index));
}

std::string GatewayPlace::record_of(const std::string& device) const {
  return fmt::format("{}/gateways/down-{}-{}", paths_.run_dir, inode_, device);
}

// A device that is down is set up; written down first, so that it is down again afterwards.
Result<void> GatewayPlace::take_over(const Device& device) {
  if (device.up) return {};
  if (auto written = write_file(record_of(device.name), "down\n"); !written) return written;
  return socket_->request(netem::change_device(device.index, {.up = true}));
}

void GatewayPlace::put_back(const std::set<std::string>& in_use) {
  std::error_code none;
  const auto mine = record_of("");
  for (const auto& entry : fs::directory_iterator(paths_.run_dir + "/gateways", none)) {
    const auto file = entry.path().string();
    if (!file.starts_with(mine) || in_use.contains(file.substr(mine.size()))) continue;
    if (const auto* device = find(file.substr(mine.size()))) {
      const auto down = socket_->request(netem::change_device(device->index, {.up = false}));
      if (!down) log::warning(format(down.error()));
    }
    std::error_code ignored;
    fs::remove(entry.path(), ignored);
  }
}

Result<bool> GatewayPlace::carries_default_route(const std::string& device) {
  const auto routes = netem::dump_routes(*socket_, devices_);
  if (!routes) return std::unexpected(routes.error());
  return std::ranges::any_of(*routes, [&](const netem::Route& route) {
    return route.dev == device && (route.destination == "0.0.0.0/0" || route.destination == "::/0");
  });
}

// RFC 7348 §5: outer IP, UDP and VXLAN headers and the inner Ethernet header come on top.
void GatewayPlace::warn_of_mtu(const Endpoint& endpoint, const GatewayPort& port,
                               const VxlanGateway& vxlan) {
  if (vxlan.remote.empty()) return;
  const auto below = netem::route_device(*socket_, vxlan.remote);
  if (!below) {
    warnings_[endpoint] = format(below.error());
    return;
  }
  const auto device = std::ranges::find(devices_, *below, &Device::index);
  if (device == devices_.end()) return;
  const std::uint32_t headers = vxlan.remote.contains(':') ? 70 : 50;
  if (device->mtu >= port.mtu + headers) return;
  warnings_[endpoint] = fmt::format(
      "frames of mtu {} need {} bytes on {}, which carries {}: they will be fragmented; raise its "
      "mtu or set the nodes' to {}",
      port.mtu, port.mtu + headers, device->name, device->mtu, device->mtu - headers);
}

}  // namespace linkfab::fabric
