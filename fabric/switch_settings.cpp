#include "fabric/switch_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <fmt/format.h>
#include <json/writer.h>

#include "core/suggest.hpp"
#include "fabric/json_text.hpp"
#include "fabric/names.hpp"
#include "gateway/control_target.hpp"

namespace linkfab::fabric {
namespace {

constexpr std::uint32_t last_port = 0xfeff;  // OFPP_MAX of Open vSwitch

struct Refused {
  std::string_view table;
  std::string_view column;
  std::string_view why;
};
constexpr std::string_view is_the_nodes = "it is the node's own: linkfab sets it";
constexpr std::string_view is_reported = "Open vSwitch reports it, nobody sets it";
constexpr std::array<Refused, 17> refused{{
    {"Bridge", "name", is_the_nodes},
    {"Bridge", "ports", is_the_nodes},
    {"Bridge", "datapath_version", is_reported},
    {"Port", "name", is_the_nodes},
    {"Port", "interfaces", is_the_nodes},
    {"Port", "fake_bridge", "the switch's bridge is no other's"},
    {"Port", "bond_active_slave", is_reported},
    {"Interface", "name", is_the_nodes},
    {"Interface", "type", is_the_nodes},
    {"Interface", "options", is_the_nodes},
    {"Interface", "ofport", is_reported},
    {"Interface", "error", is_reported},
    {"Interface", "cfm_flap_count", is_reported},
    // Written back by ovs-vswitchd, or of devices that ours are not.
    {"Interface", "mac", "give the interface of the node a mac"},
    {"Interface", "mtu_request", "frames of every length must pass"},
    {"Controller", "is_connected", is_reported},
    {"Mirror", "statistics", is_reported},
}};

std::optional<std::uint32_t> number_at_end(std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  std::uint32_t number = 0;
  const auto* const end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + digits, end, number);
  if (error != std::errc{} || rest != end || number == 0 || number > last_port) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> requested(const Json::Value& ports, const std::string& interface) {
  const auto& port = ports[interface];
  if (!port.isObject() || !port["interface"].isObject()) return std::nullopt;
  const auto& number = port["interface"]["ofport_request"];
  return number.isUInt() ? std::optional(number.asUInt()) : std::nullopt;
}

// A number of its own, in the way that names are read as Mininet reads them.
std::optional<std::uint64_t> number_of_name(const std::string& node) {
  if (!node.starts_with('s')) return std::nullopt;
  std::uint64_t number = 0;
  const auto* const end = node.data() + node.size();
  const auto [rest, error] = std::from_chars(node.data() + 1, end, number);
  if (error != std::errc{} || rest != end || number == 0 || node[1] == '0') return std::nullopt;
  return number;
}

}  // namespace

std::string format_json(const Json::Value& value) {
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  writer["emitUTF8"] = true;
  return Json::writeString(writer, value);
}

std::string format_switch_settings(const Json::Value& settings) {
  return settings.empty() ? std::string{} : format_json(settings);
}

Json::Value parse_switch_settings(const std::string& text) {
  if (text.empty()) return Json::objectValue;
  auto parsed = parse_json(text);
  return parsed && parsed->isObject() ? *std::move(parsed) : Json::Value(Json::objectValue);
}

std::optional<std::string_view> refused_column(std::string_view table, std::string_view column) {
  for (const auto& each : refused)
    if (each.table == table && each.column == column) return each.why;
  return std::nullopt;
}

bool is_own_mark(std::string_view key) {
  return key.starts_with("linkfab");
}

std::optional<std::string> canonical_datapath_id(std::string_view text) {
  std::uint64_t number = 0;
  if (text.starts_with("0x")) text.remove_prefix(2);
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, 16);
  if (error != std::errc{} || rest != end || number == 0) return std::nullopt;
  return fmt::format("{:016x}", number);
}

std::string datapath_id(const std::string& node, const Json::Value& settings) {
  const auto& other = settings["other_config"];
  if (other.isObject() && other["datapath-id"].isString())
    return canonical_datapath_id(other["datapath-id"].asString())
        .value_or(other["datapath-id"].asString());
  constexpr std::uint64_t hash_bits = 0xffff'ffff'ffff;
  constexpr std::uint64_t above_numbers = std::uint64_t{1} << 48;
  return fmt::format("{:016x}", number_of_name(node).value_or(
                                    above_numbers | (stable_hash("dpid:" + node) & hash_bits)));
}

std::string fail_mode(const Json::Value& settings) {
  if (settings["fail_mode"].isString()) return settings["fail_mode"].asString();
  return settings["controller"].empty() ? "standalone" : "secure";
}

std::string management_node(const Json::Value& settings) {
  return settings["management"].isString() ? settings["management"].asString() : std::string{};
}

std::vector<std::string> controller_targets(const Json::Value& settings) {
  std::vector<std::string> targets;
  const auto add = [&](const Json::Value& controller) {
    const auto& target = controller.isObject() ? controller["target"] : controller;
    targets.push_back(target.isString() ? target.asString() : "");
  };
  const auto& given = settings["controller"];
  if (given.isArray())
    for (const auto& each : given) add(each);
  else if (!given.isNull())
    add(given);
  return targets;
}

void set_controller_targets(Json::Value& settings, const std::vector<std::string>& targets) {
  const Json::Value given = settings["controller"];
  Json::Value changed(Json::arrayValue);
  for (Json::ArrayIndex i = 0; i < targets.size(); ++i) {
    const auto& each = given.isArray() ? given[i] : given;
    Json::Value controller = each.isObject() ? each : Json::Value(Json::objectValue);
    controller["target"] = targets[i];
    changed.append(controller);
  }
  settings["controller"] = changed;
}

std::map<std::string, std::uint32_t> port_numbers(const Node& node) {
  const auto settings = parse_switch_settings(node.switch_settings);
  const auto& ports = settings["ports"];
  std::map<std::string, std::uint32_t> numbers;
  std::set<std::uint32_t> taken;
  const auto take = [&](const std::string& name, std::optional<std::uint32_t> number) {
    if (number && !numbers.contains(name) && taken.insert(*number).second)
      numbers.emplace(name, *number);
  };
  for (const auto& [name, interface] : node.interfaces)
    if (ports.isObject()) take(name, requested(ports, name));
  for (const auto& [name, interface] : node.interfaces) take(name, number_at_end(name));
  std::uint32_t next = 1;
  for (const auto& [name, interface] : node.interfaces) {
    while (!numbers.contains(name)) take(name, next++);
  }
  return numbers;
}

std::vector<std::string> switch_problems(const Node& node) {
  std::vector<std::string> problems;
  if (node.kind != NodeKind::bridge) return problems;
  if (!node.command.empty() || !node.environment.empty() || !node.binds.empty() ||
      !node.sysctls.empty() || !node.options.empty() || !node.routes.empty())
    problems.emplace_back(
        "a switch node runs nothing and routes nothing: take command, environment, binds, sysctls, "
        "options and routes out");
  if (node.state == NodeState::paused)
    problems.emplace_back("a switch node is running or stopped, it cannot be paused");
  for (const auto& [name, interface] : node.interfaces)
    if (!interface.addresses.empty())
      problems.push_back(
          fmt::format("{} has addresses, and nothing in a switch speaks IP: take them out", name));
  const auto settings = parse_switch_settings(node.switch_settings);
  if (settings.isMember("management")) {
    if (management_node(settings).empty())
      problems.emplace_back("management is the name of a node");
    for (const auto& target : controller_targets(settings))
      if (!gateway::parse_control_target(target))
        problems.push_back(fmt::format(
            "controller '{}' cannot be reached from a management node; tcp:ADDRESS[:PORT] can, as "
            "tcp:10.9.0.1:6653",
            target));
  }
  std::vector<std::string_view> known;
  for (const auto& [name, interface] : node.interfaces) known.push_back(name);
  if (settings["ports"].isObject())
    for (const auto& name : settings["ports"].getMemberNames())
      if (!node.interfaces.contains(name))
        problems.push_back(fmt::format("ports.{}: the switch has no interface '{}'{}", name, name,
                                       did_you_mean(name, known)));
  return problems;
}

}  // namespace linkfab::fabric
