#include "tools/cli/switch_view.hpp"

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/lookup.hpp"
#include "fabric/names.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"
#include "fabric/switch_settings.hpp"
#include "tools/cli/local_host.hpp"

namespace linkfab::cli {

using fabric::Endpoint;

Result<SwitchLab> switch_lab(const Invocation& invocation, const Client& client) {
  SwitchLab lab{.directory = {},
                .instance = invocation.paths.instance,
                .topology = fabric::running_lab(client.replica()).topology,
                .other_ends = {},
                .hosts = fabric::present_placement(client.replica()),
                .local = {}};
  const auto local = local_host(fabric::hosts(client.replica()), invocation);
  // What says which machine it runs on is told from others wherever the database is.
  const bool known = local && (invocation.own_database || local->capabilities.contains("machine"));
  if (known) {
    lab.local = *local;
    lab.directory = fabric::copy_of(local->capabilities, "switch_dir").value_or("");
  }
  if (lab.directory.empty())
    return failure(Errc::unsupported, "speak with the switch",
                   "this needs the agent of this host, of this version");
  for (const auto& [name, link] : lab.topology.links) {
    lab.other_ends.emplace(link.a, link.b);
    lab.other_ends.emplace(link.b, link.a);
  }
  return lab;
}

Result<const fabric::Node*> SwitchLab::find(const std::string& node) const {
  std::vector<std::string_view> switches;
  for (const auto& [name, each] : topology.nodes)
    if (each.kind == fabric::NodeKind::bridge) switches.push_back(name);
  const auto found = topology.nodes.find(node);
  if (found != topology.nodes.end() && found->second.kind == fabric::NodeKind::bridge) {
    if (auto here = check_local(node); !here) return std::unexpected(here.error());
    return &found->second;
  }
  return failure(found == topology.nodes.end() ? Errc::not_found : Errc::invalid,
                 "look up switch " + node,
                 found == topology.nodes.end()
                     ? "the lab has no such node" + did_you_mean(node, switches)
                     : "it is no switch; it has the kind " + fabric::format(found->second.kind));
}

Result<void> SwitchLab::check_local(const std::string& node) const {
  return check_here("speak with switch " + node, node, fabric::copy_of(hosts, node).value_or(""),
                    local);
}

std::string SwitchLab::bridge(const std::string& node) const {
  return fabric::switch_bridge(instance, node);
}

std::string SwitchLab::management_socket(const std::string& node) const {
  return fmt::format("{}/{}.mgmt", directory, bridge(node));
}

openflow::PortName SwitchLab::port_name(const std::string& node) const {
  std::map<std::uint32_t, std::string> names;
  for (const auto& [interface, number] : fabric::port_numbers(topology.nodes.at(node))) {
    const Endpoint own{node, interface};
    const auto other = other_ends.find(own);
    names[number] = format(other == other_ends.end() ? own : other->second);
  }
  return [names = std::move(names)](openflow::PortNo port) {
    const auto found = names.find(port.value);
    return found == names.end() ? std::string{} : found->second;
  };
}

std::optional<std::uint32_t> SwitchLab::port_number(const std::string& node,
                                                    const std::string& end) const {
  for (const auto& [interface, number] : fabric::port_numbers(topology.nodes.at(node))) {
    const Endpoint own{node, interface};
    const auto other = other_ends.find(own);
    if (interface == end || format(own) == end) return number;
    if (other != other_ends.end() && (other->second.node == end || format(other->second) == end))
      return number;
  }
  return std::nullopt;
}

}  // namespace linkfab::cli
