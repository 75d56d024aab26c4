#include "fabric/rows.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "fabric/column_values.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/scenario_rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Row;

constexpr const char* subtract_text = "subtract";

Datum string_set(const std::vector<std::string>& strings) {
  return Datum::set({strings.begin(), strings.end()});
}

// Gateways have options of their own; "carrier" is of them all.
GatewayOptions options_of(const Interface& interface) {
  auto all = interface.gateway ? options(*interface.gateway) : GatewayOptions{};
  if (interface.carrier_always) all.emplace("carrier", "always");
  return all;
}

}  // namespace

const std::vector<std::string>& wanted_interface_columns() {
  static const std::vector<std::string> columns{"name",      "mac",  "mtu",
                                                "addresses", "type", "options"};
  return columns;
}

ovsdb::Monitor wanted_columns(bool shared) {
  ovsdb::Monitor monitor{
      .database = database,
      .tables = {{"Fabric", {"name", "options", "next_cfg", "next_stats"}},
                 {"Host", {"name"}},
                 {"Node",
                  {"name", "host", "kind", "image", "command", "environment", "binds", "sysctls",
                   "options", "routes", "switch", "wanted", "restart_request", "restart_done",
                   "interfaces", "owner"}},
                 {"Interface", wanted_interface_columns()},
                 {"Link", {"name", "a", "b", "a_to_b", "b_to_a", "underlay", "wanted", "owner"}},
                 {"Segment", {"name", "kind", "interfaces", "impairments", "wanted"}},
                 {"Impairment", {}}}};
  if (!shared) return monitor;
  const auto add = [&](const char* table, const std::vector<std::string>& columns) {
    auto& all = monitor.tables[table];
    all.insert(all.end(), columns.begin(), columns.end());
  };
  add("Host", {"address", "wanted", "version", "beat", "silent", "underlay"});
  add("Interface", {"state", "carrier", "error"});
  add("Link", {"host"});
  add("Segment", {"host"});
  monitor.tables["Tunnel"] = {};
  return monitor;
}

ovsdb::Monitor columns_of_host(const std::string& host) {
  auto monitor = wanted_columns(true);
  const std::vector<ovsdb::Clause> needed{
      {.column = needed_by, .function = "includes", .value = Datum::set({host})},
      {.column = needed_by, .function = "==", .value = Datum::set({})}};
  for (const char* table : {"Node", "Interface", "Link", "Segment", "Impairment"})
    monitor.where[table] = needed;
  monitor.where["Interface"].push_back(
      {.column = "type", .function = "==", .value = Datum("vxlan")});
  return monitor;
}

ovsdb::Monitor topology_columns() {
  auto monitor = wanted_columns();
  monitor.tables["Node"].emplace_back("place");
  return monitor;
}

ovsdb::Monitor all_columns() {
  return {.database = database,
          .tables = {{"Fabric", {}},
                     {"Host", {}},
                     {"Node", {}},
                     {"Interface", {}},
                     {"Link", {}},
                     {"Segment", {}},
                     {"Impairment", {}},
                     {"Scenario", shown_scenario_columns()}}};
}

ovsdb::Monitor state_columns() {
  auto monitor = all_columns();
  monitor.tables["Interface"] = {"name",    "mac",   "mtu",       "addresses", "type",
                                 "options", "host",  "needed_by", "device",    "ofport",
                                 "state",   "error", "warning"};
  return monitor;
}

Columns interface_columns(const std::string& name, const Interface& interface) {
  Datum mtu;
  if (interface.mtu) mtu = Datum(static_cast<std::int64_t>(*interface.mtu));
  return {{"name", name},
          {"mac", Datum::optional(interface.mac)},
          {"mtu", mtu},
          {"addresses", string_set(interface.addresses)},
          {"type", interface.gateway ? Datum(std::string(type_of(*interface.gateway))) : Datum()},
          {"options", string_map(options_of(interface))}};
}

Result<Interface> decode_interface(const Row& row) {
  Interface interface;
  if (const auto& mac = get(row, "mac"); !mac.empty()) interface.mac = mac.string();
  if (const auto& mtu = get(row, "mtu"); !mtu.empty())
    interface.mtu = static_cast<std::uint32_t>(mtu.integer());
  interface.addresses = get(row, "addresses").strings();
  auto options = get(row, "options").string_map();
  if (const auto carrier = options.extract("carrier"))
    interface.carrier_always = carrier.mapped() == "always";
  if (const auto type = get(row, "type").string(); !type.empty()) {
    auto gateway = parse_gateway(type, options);
    if (!gateway) return std::unexpected(gateway.error());
    interface.gateway = *std::move(gateway);
  }
  return interface;
}

Columns node_columns(const std::string& name, const Node& node) {
  Datum::Map command;
  for (std::size_t i = 0; i < node.command.size(); ++i)
    command.emplace(static_cast<std::int64_t>(i), node.command[i]);
  std::vector<std::string> routes;
  for (const auto& route : node.routes) routes.push_back(format(route));
  return {{"name", name},
          {"kind", format(node.kind)},
          {"image", node.image},
          {"command", Datum::map(std::move(command))},
          {"environment", string_map(node.environment)},
          {"binds", string_set(node.binds)},
          {"sysctls", string_map(node.sysctls)},
          {"options", string_map(node.options)},
          {"routes", string_set(routes)},
          {"switch", node.switch_settings},
          {"place", string_map(node.place)},
          {"wanted", format(node.state)}};
}

NodeState node_state(std::string_view wanted) {
  return wanted == "stopped"  ? NodeState::stopped
         : wanted == "paused" ? NodeState::paused
                              : NodeState::running;
}

Result<Node> decode_node(const Row& row) {
  Node node;
  const auto kind = get(row, "kind").string();
  node.kind = kind == "docker"     ? NodeKind::docker
              : kind == "external" ? NodeKind::external
              : kind == "host"     ? NodeKind::host
              : kind == "vpcs"     ? NodeKind::vpcs
              : kind == "qemu"     ? NodeKind::qemu
              : kind == "switch"   ? NodeKind::bridge
                                   : NodeKind::netns;
  node.image = get(row, "image").string();
  for (const auto& [position, word] : get(row, "command").as_map())
    if (const auto* text = std::get_if<std::string>(&word)) node.command.push_back(*text);
  node.environment = get(row, "environment").string_map();
  node.binds = get(row, "binds").strings();
  node.sysctls = get(row, "sysctls").string_map();
  node.options = get(row, "options").string_map();
  for (const auto& text : get(row, "routes").strings()) {
    auto route = parse_route(text);
    if (!route) return std::unexpected(route.error());
    node.routes.push_back(std::move(*route));
  }
  std::ranges::sort(node.routes);
  node.switch_settings = get(row, "switch").string();
  node.place = get(row, "place").string_map();
  node.state = node_state(get(row, "wanted").string());
  return node;
}

bool starts(const Row& node, std::string_view wanted) {
  const auto stopped = format(NodeState::stopped);
  return get(node, "wanted").string() == stopped && wanted != stopped;
}

bool is_owned(const Row& row) {
  return !get(row, "owner").string().empty();
}

std::string format(NodeKind kind) {
  switch (kind) {
    case NodeKind::netns:
      return "netns";
    case NodeKind::docker:
      return "docker";
    case NodeKind::external:
      return "external";
    case NodeKind::host:
      return "host";
    case NodeKind::vpcs:
      return "vpcs";
    case NodeKind::qemu:
      return "qemu";
    case NodeKind::bridge:
      return "switch";
  }
  return {};
}

std::string format(NodeState state) {
  switch (state) {
    case NodeState::running:
      return "running";
    case NodeState::paused:
      return "paused";
    case NodeState::stopped:
      return "stopped";
  }
  return {};
}

Datum underlay_column(bool subtract) {
  return subtract ? Datum(subtract_text) : Datum();
}

bool subtracts_underlay(const Row& link) {
  return get(link, "underlay").string() == subtract_text;
}

std::string format(SegmentKind kind) {
  return kind == SegmentKind::hub ? "hub" : "switch";
}

std::string format(const Route& route) {
  std::string text = route.destination;
  if (!route.via.empty()) text += " via " + route.via;
  if (!route.dev.empty()) text += " dev " + route.dev;
  return text;
}

Result<Route> parse_route(std::string_view text) {
  std::istringstream words{std::string(text)};
  const auto wrong = [&] {
    return failure(
        Errc::invalid, fmt::format("read route '{}'", text),
        "write DESTINATION [via ADDRESS] [dev INTERFACE], for example '10.0.0.0/8 via 10.0.1.1'");
  };
  Route route;
  std::string keyword;
  if (!(words >> route.destination)) return wrong();
  while (words >> keyword) {
    auto& value = keyword == "via" ? route.via : route.dev;
    if ((keyword != "via" && keyword != "dev") || !value.empty() || !(words >> value))
      return wrong();
  }
  if (route.via.empty() && route.dev.empty()) return wrong();
  return route;
}

}  // namespace linkfab::fabric
