#include "fabric/node_ends.hpp"

#include <net/if.h>

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "netem/address.hpp"
#include "netem/netns.hpp"
#include "netem/offload.hpp"
#include "netem/socket.hpp"
#include "netem/sysctl.hpp"

namespace linkfab::fabric {
namespace {

using netem::IfIndex;
using netem::Message;

IfIndex index_of(const std::string& name) {
  return {static_cast<int>(::if_nametoindex(name.c_str()))};
}

// What stands in the namespace already; not read in one that was just made.
struct Inside {
  std::vector<netem::Device> devices;
  std::vector<netem::Address> addresses;
  std::vector<netem::Route> routes;
};

Result<Inside> look_inside(netem::Socket& socket) {
  Inside inside;
  auto devices = netem::dump_devices(socket);
  if (!devices) return std::unexpected(devices.error());
  auto addresses = netem::dump_addresses(socket, *devices);
  if (!addresses) return std::unexpected(addresses.error());
  auto routes = netem::dump_routes(socket, *devices);
  if (!routes) return std::unexpected(routes.error());
  return Inside{std::move(*devices), std::move(*addresses), std::move(*routes)};
}

// Outer ends are in the host's namespace, among thousands of others perhaps, of which none is the
// node's; nor has the node addresses or routes there.
Inside look_at_outer_ends(netem::Socket& socket, const std::vector<NodeEndWork>& ends) {
  Inside inside;
  for (const auto& [end, created] : ends) {
    if (created) continue;
    if (auto device = netem::read_device(socket, index_of(end.name)))
      inside.devices.push_back(std::move(*device));
  }
  return inside;
}

// The messages for one namespace, each with the interface that it is for; routes are for none.
struct Batch {
  std::vector<Message> messages;
  std::vector<std::string> interfaces;
  void add(const std::string& interface, Message message) {
    interfaces.push_back(interface);
    messages.push_back(std::move(message));
  }
};

void add_end(Batch& batch, const NodeEndWork& work, IfIndex index, const Inside& inside) {
  const NodeEnd& end = work.end;
  const auto there = std::ranges::find(inside.devices, index, &netem::Device::index);
  if (!work.created && there != inside.devices.end() &&
      (there->mtu != device_mtu(end) || there->mac != end.mac)) {
    batch.add(end.name, netem::change_device(index, {.mac = end.mac, .mtu = device_mtu(end)}));
  }
  for (const auto& address : inside.addresses)
    if (address.ours && address.device == end.name &&
        !std::ranges::count(end.addresses, address.prefix))
      batch.add(end.name, netem::delete_address(index, address.prefix));
  for (const auto& prefix : end.addresses) batch.add(end.name, netem::add_address(index, prefix));
  if (work.created) batch.add(end.name, netem::change_device(index, {.up = true}));
}

// What is up has IPv6 addresses of its own accord and answers ARP for all of the host's: on a
// gateway both would speak into the lab.
void silence(const std::string& device) {
  (void)netem::write_sysctl(fmt::format("net.ipv6.conf.{}.disable_ipv6", device), "1");
  (void)netem::write_sysctl(fmt::format("net.ipv4.conf.{}.arp_ignore", device), "8");
}

void add_routes(Batch& batch, const std::vector<Route>& routes, const Inside& inside) {
  const auto wanted = [&](const netem::Route& there) {
    return std::ranges::any_of(routes, [&](const Route& route) {
      return route.destination == there.destination && route.via == there.via &&
             (route.dev.empty() || route.dev == there.dev);
    });
  };
  for (const auto& there : inside.routes)
    if (there.ours && !wanted(there))
      batch.add({}, netem::delete_route(there, index_of(there.dev)));
  for (const auto& route : routes) {
    const IfIndex device = route.dev.empty() ? IfIndex{} : index_of(route.dev);
    batch.add(
        {}, netem::add_route({.destination = route.destination, .via = route.via, .dev = route.dev},
                             device));
  }
}

void set_offloads(const std::vector<NodeEndWork>& ends, NodeEndsResult& result) {
  std::optional<netem::Socket> generic;
  for (const auto& [end, created] : ends) {
    // A new device has every offload on; an old one may have been changed by us or by the node.
    if (created && !end.single_frames && !end.checksums) continue;
    if (!generic) {
      auto opened = netem::Socket::generic();
      if (!opened) {
        result.interfaces.emplace(end.name, opened.error());
        return;
      }
      generic = std::move(*opened);
    }
    if (auto set = netem::set_segmentation_offload(*generic, end.name, !end.single_frames); !set)
      result.interfaces.emplace(end.name, set.error());
    if (!end.checksums) continue;
    if (auto set = netem::set_checksum_offload(*generic, end.name, false); !set)
      result.interfaces.emplace(end.name, set.error());
  }
}

}  // namespace

Result<NodeEndsResult> configure_node_ends(const Presence& node,
                                           const std::vector<NodeEndWork>& ends,
                                           const std::vector<Route>& routes) {
  auto netns = netem::open_netns(node.netns);
  if (!netns) return std::unexpected(netns.error());
  const auto entered = netem::EnteredNetns::enter(*netns);
  if (!entered) return std::unexpected(entered.error());
  auto socket = netem::Socket::route();
  if (!socket) return std::unexpected(socket.error());
  const bool outer =
      std::ranges::all_of(ends, [](const NodeEndWork& work) { return work.end.outer; });
  Inside inside;
  if (outer) {
    inside = look_at_outer_ends(*socket, ends);
  } else if (!node.fresh) {
    auto seen = look_inside(*socket);
    if (!seen) return std::unexpected(seen.error());
    inside = std::move(*seen);
  }

  NodeEndsResult result;
  Batch batch;
  for (const auto& work : ends) {
    const IfIndex index = index_of(work.end.name);
    if (index.value == 0) {
      result.interfaces.emplace(work.end.name, Error{Errc::not_found, "set up " + work.end.name,
                                                     "it is gone from the node"});
    } else {
      if (work.end.outer) silence(work.end.name);
      add_end(batch, work, index, inside);
    }
  }
  add_routes(batch, routes, inside);
  const auto done = socket->request(batch.messages);
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i]) continue;
    if (batch.interfaces[i].empty()) {
      result.routes.push_back(done[i].error());
    } else {
      result.interfaces.emplace(batch.interfaces[i], done[i].error());
    }
  }
  set_offloads(ends, result);
  return result;
}

}  // namespace linkfab::fabric
