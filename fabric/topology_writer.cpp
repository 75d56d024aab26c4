#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/json_text.hpp"
#include "fabric/rows.hpp"
#include "fabric/switch_settings.hpp"
#include "fabric/topology_file.hpp"

namespace linkfab::fabric {
namespace {

std::string list(const std::vector<std::string>& items) {  // of JSON
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(quote(text));
  return list(items);
}

// Members of an object, collected as "key": JSON.
class Object {
 public:
  void add(std::string_view key, std::string_view json) {
    members_.push_back(fmt::format("{}: {}", quote(key), json));
  }
  [[nodiscard]] std::string line() const {
    return fmt::format("{{{}}}", fmt::join(members_, ", "));
  }
  [[nodiscard]] std::string lines(int indent) const {
    if (members_.empty()) return "{}";
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    return fmt::format("{{\n{}  {}\n{}}}", margin, fmt::join(members_, ",\n" + margin + "  "),
                       margin);
  }
  [[nodiscard]] bool empty() const { return members_.empty(); }

 private:
  std::vector<std::string> members_;
};

void add_strings(Object& object, std::string_view key,
                 const std::map<std::string, std::string>& values) {
  if (values.empty()) return;
  Object members;
  for (const auto& [name, value] : values) members.add(name, quote(value));
  object.add(key, members.line());
}

void add_impairment(Object& object, const Impairment& impairment) {
  for (const auto& [key, value] : netem::options(impairment)) {
    if (key == "distribution-table") {
      object.add(key, fmt::format("[{}]", fmt::join(impairment.table, ", ")));
    } else if (key == "ecn") {
      object.add(key, "true");
    } else {
      object.add(key, quote(value));
    }
  }
  if (impairment.classes.empty()) return;
  std::vector<std::string> classes;
  for (const auto& traffic : impairment.classes) {
    Object each;
    each.add("match", quote(traffic.match));
    if (traffic.priority != 0) each.add("priority", std::to_string(traffic.priority));
    add_impairment(each, traffic.impairment);
    classes.push_back(each.line());
  }
  object.add("classes", list(classes));
}

std::string write_interface(const Interface& interface) {
  auto addresses = interface.addresses.size() == 1 ? quote(interface.addresses.front())
                                                   : quoted_list(interface.addresses);
  if (interface == Interface{.addresses = interface.addresses}) return addresses;
  Object object;
  if (!interface.addresses.empty()) object.add("addresses", addresses);
  if (interface.mac) object.add("mac", quote(*interface.mac));
  if (interface.mtu) object.add("mtu", std::to_string(*interface.mtu));
  if (interface.carrier_always) object.add("carrier", quote("always"));
  if (interface.gateway) {
    Object gateway;
    for (const auto& [key, value] : options(*interface.gateway)) gateway.add(key, quote(value));
    object.add(type_of(*interface.gateway), gateway.line());
  }
  return object.line();
}

std::string write_route(const Route& route) {
  return quote(route.destination + (route.via.empty() ? "" : " via " + route.via) +
               (route.dev.empty() ? "" : " dev " + route.dev));
}

std::string write_command(const std::vector<std::string>& command) {
  if (command.size() == 3 && command[0] == "/bin/sh" && command[1] == "-c")
    return quote(command[2]);
  return quoted_list(command);
}

void add_kind(Object& object, const Node& node) {
  const auto implied = node.image.empty() ? NodeKind::netns : NodeKind::docker;
  if (node.kind == implied) return;
  object.add("kind", quote(format(node.kind)));
}

// `joined` are the interfaces that links and segments name: those need no mention here.
std::string write_node(const std::string& name, const Node& node,
                       const std::set<Endpoint>& joined) {
  Object object;
  add_kind(object, node);
  if (!node.image.empty()) object.add("image", quote(node.image));
  if (!node.command.empty()) object.add("command", write_command(node.command));
  add_strings(object, "environment", node.environment);
  if (!node.binds.empty()) object.add("binds", quoted_list(node.binds));
  add_strings(object, "sysctls", node.sysctls);
  add_strings(object, "options", node.options);
  Object interfaces;
  for (const auto& [key, interface] : node.interfaces)
    if (interface != Interface{} || !joined.contains({name, key}))
      interfaces.add(key, write_interface(interface));
  add_strings(object, "place", node.place);
  const auto settings = parse_switch_settings(node.switch_settings);
  for (const auto& key : settings.getMemberNames()) object.add(key, format_json(settings[key]));
  if (!interfaces.empty()) object.add("interfaces", interfaces.lines(6));
  if (!node.routes.empty()) {
    std::vector<std::string> routes;
    for (const Route& route : node.routes) routes.push_back(write_route(route));
    object.add("routes", list(routes));
  }
  if (node.state != NodeState::running)
    object.add("state", node.state == NodeState::paused ? "\"paused\"" : "\"stopped\"");
  return object.lines(4);
}

std::string write_link(const std::string& name, const Link& link) {
  const auto ends = quoted_list({format(link.a), format(link.b)});
  Object object;
  object.add("ends", ends);
  if (name != link_name(link.a, link.b)) object.add("name", quote(name));
  if (link.a_to_b == link.b_to_a) {
    add_impairment(object, link.a_to_b);
  } else {
    for (const auto& [key, impairment] :
         {std::pair{"a_to_b", link.a_to_b}, {"b_to_a", link.b_to_a}}) {
      Object direction;
      add_impairment(direction, impairment);
      if (!direction.empty()) object.add(key, direction.line());
    }
  }
  if (link.subtract_underlay) object.add("underlay", "\"subtract\"");
  if (!link.up) object.add("up", "false");
  const auto line = object.line();
  return line == fmt::format("{{\"ends\": {}}}", ends) ? ends : line;
}

std::string write_segment(const Segment& segment) {
  Object object;
  object.add("kind", segment.kind == SegmentKind::hub ? "\"hub\"" : "\"switch\"");
  std::vector<std::string> members;
  for (const auto& [end, impairment] : segment.members) {
    Object member;
    member.add("interface", quote(format(end)));
    add_impairment(member, impairment);
    members.push_back(impairment == Impairment{} ? quote(format(end)) : member.line());
  }
  object.add("interfaces", list(members));
  if (!segment.up) object.add("up", "false");
  return object.lines(4);
}

}  // namespace

std::string write_topology(const Topology& topology) {
  std::set<Endpoint> joined;
  for (const auto& [name, link] : topology.links) joined.insert({link.a, link.b});
  for (const auto& [name, segment] : topology.segments)
    for (const auto& [end, impairment] : segment.members) joined.insert(end);

  Object document;
  document.add("name", quote(topology.name));
  Object nodes;
  for (const auto& [name, node] : topology.nodes) nodes.add(name, write_node(name, node, joined));
  document.add("nodes", nodes.lines(2));
  if (!topology.links.empty()) {
    std::vector<std::string> links;
    for (const auto& [name, link] : topology.links) links.push_back(write_link(name, link));
    document.add("links", fmt::format("[\n    {}\n  ]", fmt::join(links, ",\n    ")));
  }
  if (!topology.segments.empty()) {
    Object segments;
    for (const auto& [name, segment] : topology.segments)
      segments.add(name, write_segment(segment));
    document.add("segments", segments.lines(2));
  }
  return document.lines(0) + "\n";
}

}  // namespace linkfab::fabric
