#include "formats/draft.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/topology_file.hpp"

namespace linkfab::formats {
namespace {

using fabric::Endpoint;
using fabric::Link;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string plain_name(std::string_view name, std::size_t longest) {
  std::string plain;
  for (const char c : name.substr(0, longest)) plain += is_plain(c) ? c : '-';
  plain.erase(0, std::min(plain.find_first_not_of("-."), plain.size()));
  return plain.empty() ? "x" : plain;
}

// The name, or with a number behind it the first that is free.
std::string numbered(const std::string& name, std::size_t longest,
                     const std::set<std::string>& taken) {
  if (!taken.contains(name)) return name;
  for (std::size_t i = 2;; ++i) {
    const auto suffix = fmt::format("-{}", i);
    auto other = name.substr(0, longest - suffix.size()) + suffix;
    if (!taken.contains(other)) return other;
  }
}

constexpr std::size_t longest_name = 63;
constexpr std::size_t longest_interface = 15;  // linux/if.h, IFNAMSIZ

// What an end of a cable sees: where it goes, and what frames toward it undergo.
struct Side {
  Endpoint here;
  Endpoint there;
  const fabric::Impairment* toward_here;
  const fabric::Impairment* toward_there;
};
Side side(const Link& link, bool a) {
  return a ? Side{link.a, link.b, &link.b_to_a, &link.a_to_b}
           : Side{link.b, link.a, &link.a_to_b, &link.b_to_a};
}

}  // namespace

std::string interface_name(std::string_view name) {
  auto plain = plain_name(name, longest_interface);
  if (plain == "lo") plain = "lo-0";
  return plain;
}

std::string Draft::free_name(const Item& at, std::string_view name,
                             const std::set<std::string>& taken) {
  auto chosen = numbered(plain_name(name, longest_name), longest_name, taken);
  if (chosen != name)
    at.approximated(fmt::format("it is called {} here", chosen),
                    "names have letters, digits, '.', '_' and '-', and each is there once");
  return chosen;
}

std::string Draft::add_node(const Item& at, std::string_view name, fabric::Node node) {
  auto chosen = free_name(at, name, node_names_);
  node_names_.insert(chosen);
  topology_.nodes.emplace(chosen, std::move(node));
  return chosen;
}

std::string Draft::add_switch(const Item& at, std::string_view name, Switch made) {
  auto taken = node_names_;
  taken.insert(joint_names_.begin(), joint_names_.end());
  auto chosen = free_name(at, name, taken);
  node_names_.insert(chosen);
  joint_names_.insert(chosen);
  switches_.emplace(chosen, Placed{at, std::move(made)});
  return chosen;
}

std::string Draft::add_interface(const Item& at, const std::string& node, std::string_view name,
                                 fabric::Interface interface) {
  auto& interfaces = topology_.nodes.at(node).interfaces;
  std::set<std::string> taken;
  for (const auto& [each, value] : interfaces) taken.insert(each);
  auto chosen = numbered(interface_name(name), longest_interface, taken);
  if (chosen != name)
    at.approximated(fmt::format("the interface is called {} here", chosen),
                    "an interface's name has at most 15 letters, digits, '.', '_' and '-'");
  interfaces.emplace(chosen, std::move(interface));
  return chosen;
}

const std::string& Draft::host() {
  if (host_.empty()) {
    host_ = numbered("host", longest_name, node_names_);
    node_names_.insert(host_);
    topology_.nodes.emplace(host_, fabric::Node{.kind = fabric::NodeKind::host});
  }
  return host_;
}

bool Draft::join(const Item& at, Endpoint& end) {
  if (is_switch(end.node)) {
    auto& ports = switches_.at(end.node).made.ports;
    if (end.interface.empty())
      for (std::size_t i = 1; end.interface.empty() || joined_.contains(end); ++i)
        end.interface = fmt::format("p{}", i);
    ports.try_emplace(end.interface);
  } else {
    node(end.node).interfaces.try_emplace(end.interface);
  }
  if (joined_.insert(end).second) return true;
  at.wrong(fmt::format("{} is joined already: an interface is in one link", format(end)));
  return false;
}

void Draft::add_link(const Item& at, Link link, std::string_view name) {
  if (!join(at, link.a) || !join(at, link.b)) return;
  auto chosen = name.empty() ? fabric::link_name(link.a, link.b) : std::string{name};
  if (!name.empty()) {
    chosen = fabric::check_link_name(name) ? numbered(chosen, longest_name, joint_names_)
                                           : free_name(at, name, joint_names_);
  } else if (!fabric::check_link_name(chosen)) {
    chosen = free_name(at, chosen, joint_names_);
  }
  joint_names_.insert(chosen);
  cables_.push_back({std::move(chosen), std::move(link)});
}

void Draft::add_segment(const Item& at, std::string_view name, fabric::Segment segment) {
  auto chosen = free_name(at, name, joint_names_);
  bool sound = true;
  for (const auto& [member, impairment] : segment.members) {
    auto end = member;
    sound = join(at, end) && sound;
  }
  if (!sound) return;
  joint_names_.insert(chosen);
  topology_.segments.emplace(std::move(chosen), std::move(segment));
}

bool Draft::is_segment(const std::string& name, const Switch& made) const {
  if (made.spanning_tree) return false;
  if (std::ranges::any_of(made.ports, [](const auto& port) { return port.second.tagged; }))
    return false;
  return std::ranges::none_of(cables_, [&](const Cable& cable) {
    for (const bool a : {true, false}) {
      const auto [here, there, toward_here, toward_there] = side(cable.link, a);
      if (here.node == name &&
          (!cable.link.up || is_switch(there.node) || *toward_here != fabric::Impairment{}))
        return true;
    }
    return false;
  });
}

void Draft::make_segments(const std::string& name, const Placed& placed) {
  std::map<std::uint16_t, fabric::Segment> segments;  // by VLAN
  const auto segment = [&](std::uint16_t vlan) -> fabric::Segment& {
    return segments.try_emplace(vlan, fabric::Segment{.kind = placed.made.kind}).first->second;
  };
  for (const auto& [port, what] : placed.made.ports) segment(what.vlan.value_or(0));
  std::erase_if(cables_, [&](const Cable& cable) {
    for (const bool a : {true, false}) {
      const auto [here, there, toward_here, toward_there] = side(cable.link, a);
      if (here.node != name) continue;
      const auto vlan = placed.made.ports.at(here.interface).vlan.value_or(0);
      segment(vlan).members.emplace(there, *toward_there);
      return true;
    }
    return false;
  });
  if (segments.empty()) segment(0);
  for (auto& [vlan, made] : segments)
    topology_.segments.emplace(segments.size() == 1 ? name : fmt::format("{}-vlan{}", name, vlan),
                               std::move(made));
}

// The command is the user's shell's, so it holds only names that interface_name() made.
void Draft::make_bridge(const std::string& name, const Placed& placed) {
  const auto& made = placed.made;
  const bool vlans = std::ranges::any_of(
      made.ports, [](const auto& port) { return port.second.tagged || port.second.vlan; });
  std::set<std::string> taken;
  for (const auto& [port, what] : made.ports) taken.insert(port);
  const auto bridge = numbered("bridge", longest_interface, taken);
  auto script = fmt::format("ip link add {} type bridge", bridge);
  if (made.kind == fabric::SegmentKind::hub) script += " ageing_time 0";
  if (made.spanning_tree) script += " stp_state 1";
  if (vlans) script += " vlan_filtering 1";
  fabric::Node node;
  for (const auto& [port, what] : made.ports) {
    node.interfaces.emplace(port, fabric::Interface{});
    script += fmt::format(" && ip link set {} master {}", port, bridge);
    if (!vlans) continue;
    if (what.tagged) script += fmt::format(" && bridge vlan add dev {} vid 1-4094", port);
    if (what.vlan && *what.vlan != 1) {
      if (!what.tagged) script += fmt::format(" && bridge vlan del dev {} vid 1", port);
      script += fmt::format(" && bridge vlan add dev {} vid {} pvid untagged", port, *what.vlan);
    } else if (what.tagged) {
      script += fmt::format(" && bridge vlan add dev {} vid 1 pvid untagged", port);
    }
  }
  script += fmt::format(" && ip link set {} up && exec sleep infinity", bridge);
  node.command = {"/bin/sh", "-c", std::move(script)};
  topology_.nodes.emplace(name, std::move(node));
}

void Draft::place(const std::string& name, const Placed& placed) {
  if (is_segment(name, placed.made)) {
    make_segments(name, placed);
    return;
  }
  placed.at.approximated(
      "it becomes a node with a Linux bridge in it, made by this host's iproute2",
      "a segment has impairments toward its members only, and no tagged VLANs");
  make_bridge(name, placed);
}

std::optional<fabric::Topology> Draft::finish(const std::string& file) {
  // Interfaces of switches as the kernel and the shell take them.
  for (auto& [name, placed] : switches_) {
    std::map<std::string, SwitchPort> ports;
    std::set<std::string> taken;
    for (const auto& [port, what] : placed.made.ports) {
      const auto chosen = numbered(interface_name(port), longest_interface, taken);
      taken.insert(chosen);
      ports.emplace(chosen, what);
      for (auto& cable : cables_)
        for (auto* const end : {&cable.link.a, &cable.link.b})
          if (chosen != port && *end == Endpoint{name, port}) end->interface = chosen;
    }
    placed.made.ports = std::move(ports);
  }
  for (const auto& [name, placed] : switches_) place(name, placed);
  for (auto& [name, link] : cables_) topology_.links.emplace(std::move(name), std::move(link));
  if (!problems_->empty()) return std::nullopt;
  const auto say = [&](Error error) { problems_->push_back({{file, 0, 0}, {}, std::move(error)}); };
  for (auto& error : fabric::check(topology_)) say(std::move(error));
  if (!problems_->empty()) return std::nullopt;
  auto read = fabric::parse_topology(fabric::write_topology(topology_), file);
  if (read) return *std::move(read);
  for (const auto& finding : read.error())
    say({Errc::invalid, "import " + file,
         fmt::format("{}: {}", finding.path, finding.error.cause)});
  return std::nullopt;
}

}  // namespace linkfab::formats
