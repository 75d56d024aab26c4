#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/json_text.hpp"
#include "fabric/rows.hpp"
#include "fabric/topology_file.hpp"
#include "formats/containerlab_labels.hpp"
#include "formats/export.hpp"
#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;
using fabric::Link;
using fabric::Node;
using fabric::NodeKind;
using fabric::quote;

// What containerlab cannot know of a link, as the topology file has it. Empty: nothing.
std::string ours(const std::string& name, const Link& link) {
  auto file = parse_json_source(
      fabric::write_topology({.name = "x", .nodes = {}, .links = {{name, link}}, .segments = {}}));
  auto& written = std::ranges::find(file->children, "links", &Element::key)->children.front();
  if (written.kind == Element::Kind::list) return "";  // just the two ends
  std::erase_if(written.children, [](const Element& member) { return member.key == "ends"; });
  return json(written);
}

std::string shell_quoted(const std::string& word) {
  const bool plain = !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"-_./:=,@%+"}.contains(c);
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word)
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  return quoted + "'";
}

// A key of more than 1,024 characters is one only behind a question mark (YAML 1.2, 7.4).
std::string flow_map(const std::map<std::string, std::string>& values) {
  constexpr std::size_t longest = 1000;
  std::vector<std::string> parts;
  for (const auto& [key, value] : values) {
    const auto written = quote(key);
    const auto* mark = written.size() > longest ? "? " : "";
    parts.push_back(fmt::format("{}{}: {}", mark, written, quote(value)));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

class ContainerlabWriter {
 public:
  explicit ContainerlabWriter(const fabric::Topology& topology) : topology_(topology) {}

  Exported write() {
    for (const auto& [name, node] : topology_.nodes) write_node(name, node);
    for (const auto& [name, link] : topology_.links) write_link(name, link);
    std::size_t index = 0;
    for (const auto& [name, segment] : topology_.segments) write_segment(name, segment, ++index);
    for (const auto& [name, node] : topology_.nodes) write_free_interfaces(name, node);
    result_.text = fmt::format("name: {}\ntopology:\n", quote(topology_.name)) +
                   (nodes_.empty() ? "  nodes: {}\n" : "  nodes:\n" + nodes_) +
                   (links_.empty() ? "" : "  links:\n" + links_);
    return std::move(result_);
  }

 private:
  void left_out(std::string what) { result_.left_out.push_back(std::move(what)); }

  void write_node(const std::string& name, const Node& node) {
    if (node.kind == NodeKind::host) return;
    if (name == "host" || name == "macvlan" || name == "mgmt-net")
      return left_out(fmt::format("node {}: its name is a word of containerlab's", name));
    if (node.kind == NodeKind::bridge) return write_switch(name, node);
    if (node.kind == NodeKind::external) {
      const auto container = node.options.find("container");
      if (container == node.options.end())
        return left_out(fmt::format("node {}: containerlab names containers, not processes", name));
      names_[name] = container->second;
      nodes_ += fmt::format("    {}:\n      kind: ext-container\n", quote(container->second));
    } else if (node.kind == NodeKind::netns || node.kind == NodeKind::docker) {
      names_[name] = name;
      nodes_ += fmt::format("    {}:\n      kind: linux\n", quote(name));
      write_container(name, node);
    } else {
      return left_out(
          fmt::format("node {}: containerlab has no {} nodes", name, format(node.kind)));
    }
    write_exec(name, node);
  }

  // containerlab takes a bridge of the host, and has the cables' ends beside the host's own
  // devices. What Open vSwitch is told and what the ends are called here is in labels, which are of
  // no effect there.
  void write_switch(const std::string& name, const Node& node) {
    constexpr std::size_t longest = 15;  // of a device's name
    if (name.size() > longest)
      return left_out(
          fmt::format("node {}: containerlab names it after a bridge, whose name has {} "
                      "characters at most",
                      name, longest));
    names_[name] = name;
    std::vector<std::string> called;
    for (const auto& [interface, what] : node.interfaces) {
      const Endpoint end{name, interface};
      auto device = fmt::format("{}-{}", name, interface);
      if (device.size() > longest || !devices_.insert(device).second)
        device = fmt::format("lfs{}", ports_.size());
      called.push_back(fmt::format("{}: {}", quote(device), quote(interface)));
      ports_[end] = std::move(device);
      if (!what.addresses.empty() || what.mac)
        left_out(fmt::format("interface {}: its addresses", format(end)));
      if (!joined(end)) left_out(fmt::format("interface {}: nothing is plugged in", format(end)));
    }
    std::map<std::string, std::string> labels{
        {switch_label, node.switch_settings.empty() ? "{}" : node.switch_settings}};
    if (!called.empty())
      labels.emplace(interfaces_label, fmt::format("{{{}}}", fmt::join(called, ", ")));
    nodes_ += fmt::format("    {}:\n      kind: ovs-bridge\n      labels: {}\n", quote(name),
                          flow_map(labels));
    write_state(name, node);
  }

  void write_state(const std::string& name, const Node& node) {
    if (node.state != fabric::NodeState::running)
      left_out(fmt::format("node {}: that it is {}", name,
                           node.state == fabric::NodeState::paused ? "paused" : "stopped"));
  }

  void write_container(const std::string& name, const Node& node) {
    if (node.kind == NodeKind::netns) {
      nodes_ += "      image: \"alpine:3\"\n      labels: {\"linkfab-kind\": \"netns\"}\n";
    } else {
      nodes_ += fmt::format("      image: {}\n", quote(node.image));
    }
    if (!node.command.empty()) {
      std::vector<std::string> words;
      for (const auto& word : node.command) words.push_back(shell_quoted(word));
      nodes_ += fmt::format("      cmd: {}\n", quote(fmt::format("{}", fmt::join(words, " "))));
    }
    if (!node.environment.empty())
      nodes_ += fmt::format("      env: {}\n", flow_map(node.environment));
    if (!node.sysctls.empty()) nodes_ += fmt::format("      sysctls: {}\n", flow_map(node.sysctls));
    if (!node.binds.empty()) nodes_ += "      binds:\n";
    for (const auto& bind : node.binds) nodes_ += fmt::format("        - {}\n", quote(bind));
    for (const auto& [key, value] : node.options) {
      if (key == "cpus" || key == "memory" || key == "user") {
        nodes_ += fmt::format("      {}: {}\n", key == "cpus" ? "cpu" : key,
                              key == "cpus" ? value : quote(value));
      } else if (key != "privileged") {
        left_out(fmt::format("node {}: option {}", name, key));
      }
    }
    write_state(name, node);
  }

  void write_exec(const std::string& name, const Node& node) {
    std::vector<std::string> lines;
    for (const auto& [interface, what] : node.interfaces) {
      for (const auto& address : what.addresses)
        lines.push_back(fmt::format("ip addr add {} dev {}", address, interface));
      if (what.mac) lines.push_back(fmt::format("ip link set {} address {}", interface, *what.mac));
      if (what.carrier_always && joined({name, interface}))
        left_out(fmt::format("interface {}:{}: carrier", name, interface));
    }
    for (const auto& route : node.routes)
      lines.push_back(fmt::format("ip {}route add {}{}{}{}{}",
                                  route.destination.contains(':') ? "-6 " : "", route.destination,
                                  route.via.empty() ? "" : " via ", route.via,
                                  route.dev.empty() ? "" : " dev ", route.dev));
    if (!lines.empty()) nodes_ += "      exec:\n";
    for (const auto& line : lines) nodes_ += fmt::format("        - {}\n", quote(line));
  }

  [[nodiscard]] bool joined(const Endpoint& end) const {
    const auto is = [&](const auto& link) { return link.second.a == end || link.second.b == end; };
    return std::ranges::any_of(topology_.links, is) ||
           std::ranges::any_of(topology_.segments, [&](const auto& segment) {
             return segment.second.members.contains(end);
           });
  }

  [[nodiscard]] const fabric::Interface& interface(const Endpoint& end) const {
    return topology_.nodes.at(end.node).interfaces.at(end.interface);
  }
  [[nodiscard]] bool is_host(const Endpoint& end) const {
    return topology_.nodes.at(end.node).kind == NodeKind::host;
  }

  // "r1:eth0", "host:lab0", "macvlan:eth1"; nullopt: containerlab has nothing like it.
  [[nodiscard]] std::optional<std::string> brief(const Endpoint& end) const {
    if (is_host(end)) {
      const auto& gateway = interface(end).gateway;
      if (!gateway) return "host:" + end.interface;
      const auto* const nic = std::get_if<fabric::NicGateway>(&*gateway);
      if (nic != nullptr && !nic->vlan) return "macvlan:" + nic->device;
      return std::nullopt;
    }
    const auto name = names_.find(end.node);
    if (name == names_.end()) return std::nullopt;
    return name->second + ":" + device(end);
  }

  // What containerlab calls an interface.
  [[nodiscard]] const std::string& device(const Endpoint& end) const {
    const auto port = ports_.find(end);
    return port == ports_.end() ? end.interface : port->second;
  }

  static std::string vars(const std::string& keys) {
    return keys.empty() ? "" : fmt::format("      vars: {{linkfab: {}}}\n", keys);
  }

  void write_vxlan(const std::string& name, Link link, const fabric::VxlanGateway& to) {
    const auto end = names_.find(link.a.node);
    if (end == names_.end() || to.remote.empty())
      return left_out(fmt::format("link {}: {} has nothing like it in containerlab", name,
                                  format(fabric::Gateway{to})));
    links_ += fmt::format(
        "    - type: vxlan-stitch\n      endpoint: {{node: {}, interface: {}}}\n      remote: "
        "{}\n      vni: {}\n      dst-port: {}\n      mtu: {}\n",
        quote(end->second), quote(device(link.a)), quote(to.remote), to.vni, to.port,
        interface(link.a).mtu.value_or(1500));
    links_ += vars(ours(name, link));
  }

  void write_link(const std::string& name, const Link& link) {
    for (const bool a : {true, false}) {
      const auto& end = a ? link.a : link.b;
      if (!is_host(end) || !interface(end).gateway) continue;
      if (const auto* const to = std::get_if<fabric::VxlanGateway>(&*interface(end).gateway)) {
        const auto& turned = a ? Link{.a = link.b,
                                      .b = link.a,
                                      .a_to_b = link.b_to_a,
                                      .b_to_a = link.a_to_b,
                                      .up = link.up,
                                      .subtract_underlay = link.subtract_underlay}
                               : link;
        return write_vxlan(name, turned, *to);
      }
    }
    const auto a = brief(link.a);
    const auto b = brief(link.b);
    if (!a || !b) {
      const auto& end = a ? link.b : link.a;
      return left_out(
          fmt::format("link {}: containerlab has nothing like its end {}", name, format(end)));
    }
    add_brief(*a, *b, mtu(link.a, link.b));
    links_ += vars(ours(name, link));
  }

  // Of both ends; containerlab has one for a link.
  std::uint32_t mtu(const Endpoint& a, const Endpoint& b) {
    const auto first = interface(a).mtu.value_or(1500);
    const auto second = interface(b).mtu.value_or(1500);
    if (first != second)
      left_out(
          fmt::format("interface {}: its MTU of {}; the link has {}", format(b), second, first));
    return first;
  }

  void add_brief(const std::string& a, const std::string& b, std::uint32_t mtu) {
    links_ += fmt::format("    - endpoints: [{}, {}]\n      mtu: {}\n", quote(a), quote(b), mtu);
  }

  // A segment may be called like a node. There both are nodes.
  std::string name_of_segment(const std::string& name, const std::string& kind) {
    const auto taken = [&](const std::string& other) {
      return std::ranges::any_of(names_, [&](const auto& node) { return node.second == other; });
    };
    auto there = name;
    for (int number = 1; taken(there) || (there != name && topology_.segments.contains(there));
         ++number)
      there = fmt::format("{}-{}{}", name, kind, number == 1 ? "" : std::to_string(number));
    if (there != name)
      left_out(
          fmt::format("segment {}: that it is called like a node; here it is {}", name, there));
    return there;
  }

  void write_segment(const std::string& name, const fabric::Segment& segment, std::size_t index) {
    const std::string kind = segment.kind == fabric::SegmentKind::hub ? "hub" : "switch";
    const auto known_as = name_of_segment(name, kind);
    nodes_ +=
        fmt::format("    {}:\n      kind: bridge\n      labels: {{\"linkfab-kind\": \"{}\"}}\n",
                    quote(known_as), kind);
    if (!segment.up) left_out(fmt::format("segment {}: that it is cut", name));
    std::size_t port = 0;
    for (const auto& [end, toward] : segment.members) {
      ++port;
      const auto here = brief(end);
      if (!here) {
        left_out(fmt::format("segment {}: containerlab has nothing like its member {}", name,
                             format(end)));
        continue;
      }
      // The host's device, of all segments.
      const Endpoint there{known_as, fmt::format("lf{}p{}", index, port)};
      add_brief(*here, format(there), interface(end).mtu.value_or(1500));
      links_ +=
          vars(ours(link_name(end, there), {.a = end, .b = there, .a_to_b = {}, .b_to_a = toward}));
    }
  }

  void write_free_interfaces(const std::string& name, const Node& node) {
    const auto found = names_.find(name);
    if (found == names_.end() || node.kind == NodeKind::bridge) return;
    for (const auto& [interface, what] : node.interfaces)
      if (!joined({name, interface}))
        links_ += fmt::format(
            "    - type: dummy\n      endpoint: {{node: {}, interface: {}}}\n      mtu: {}\n",
            quote(found->second), quote(interface), what.mtu.value_or(1500));
  }

  const fabric::Topology& topology_;
  std::map<std::string, std::string> names_;  // here → there
  std::map<Endpoint, std::string> ports_;     // of switches, here → there
  std::set<std::string> devices_;             // the same, there
  std::string nodes_;
  std::string links_;
  Exported result_;
};

}  // namespace

Exported export_containerlab(const fabric::Topology& topology) {
  return ContainerlabWriter{topology}.write();
}

}  // namespace linkfab::formats
