#include "tools/cli/hosts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/ports.hpp"
#include "tools/cli/local_host.hpp"

namespace linkfab::cli {
namespace {

std::vector<netem::Prefix> wanted_addresses(const fabric::NodeView& node) {
  std::vector<netem::Prefix> found;
  for (const auto& interface : node.interfaces)
    for (const auto& text : interface.wanted.addresses)
      if (const auto address = netem::parse_prefix(text)) found.push_back(*address);
  return found;
}

Result<measure::Host> host_of(const fabric::NodeView& node, const fabric::Paths& paths) {
  if (!why_closed(node).empty())
    return measure::Host{.name = node.name, .netns = {}, .addresses = wanted_addresses(node)};
  std::vector<std::string> interfaces;
  for (const auto& interface : node.interfaces) interfaces.push_back(interface.name);
  measure::Host host{.name = node.name, .netns = node_netns(node, paths), .addresses = {}};
  auto addresses = measure::observe_addresses(host.netns, interfaces);
  if (!addresses) return std::unexpected(addresses.error());
  host.addresses = std::move(*addresses);
  return host;
}

Error no_node(const fabric::LabView& lab, const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& node : lab.nodes) known.push_back(node.name);
  auto hint = did_you_mean(name, known);
  if (hint.empty()) hint = "; `linkfab ps` lists the nodes";
  return {Errc::not_found, fmt::format("find node '{}'", name), "there is none" + hint};
}

}  // namespace

std::string why_closed(const fabric::NodeView& node) {
  if (node.kind == "vpcs" || node.kind == "qemu" || node.kind == "switch")
    return fmt::format("node {} is a {}", node.name, node.kind);
  if (node.state != "running" && node.state != "paused")
    return fmt::format("node {} is {}", node.name, node.state.empty() ? "pending" : node.state);
  return {};
}

std::string node_netns(const fabric::NodeView& node, const fabric::Paths& paths) {
  if (node.kind == "netns") return paths.netns(node.name);
  return node.kind == "host" || !node.pid ? fabric::host_netns
                                          : fmt::format("/proc/{}/ns/net", *node.pid);
}

Result<std::vector<measure::Host>> find_hosts(const fabric::LabView& lab,
                                              const std::vector<std::string>& names,
                                              const fabric::Paths& paths) {
  std::vector<const fabric::NodeView*> nodes;
  for (const auto& name : names) {
    const auto found = std::ranges::find(lab.nodes, name, &fabric::NodeView::name);
    if (found == lab.nodes.end()) return std::unexpected(no_node(lab, name));
    nodes.push_back(&*found);
  }
  if (names.empty())
    for (const auto& node : lab.nodes)
      if (node.wanted != "stopped") nodes.push_back(&node);
  std::vector<measure::Host> hosts;
  for (const auto* node : nodes) {
    auto host = host_of(*node, paths);
    if (!host) return std::unexpected(host.error());
    if (!host->addresses.empty()) {
      hosts.push_back(*std::move(host));
    } else if (!names.empty()) {
      return failure(Errc::not_found, "reach node " + node->name,
                     "none of its interfaces has an address");
    }
  }
  return hosts;
}

fabric::LabView seen_from_here(fabric::LabView lab, const Invocation& invocation) {
  fabric::Hosts hosts;
  for (const auto& host : lab.hosts) hosts.emplace(host.name, host);
  const auto local = local_host(hosts, invocation);
  for (auto& node : lab.nodes) {
    if (node.host.empty() || (local && local->name == node.host)) continue;
    node.state = "on host " + node.host;
    for (auto& interface : node.interfaces) interface.device.clear();
  }
  return lab;
}

}  // namespace linkfab::cli
