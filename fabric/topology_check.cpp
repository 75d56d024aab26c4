#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/machine.hpp"
#include "fabric/rows.hpp"
#include "fabric/switch_settings.hpp"
#include "fabric/topology.hpp"
#include "netem/impairment.hpp"

namespace linkfab::fabric {
namespace {

bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

// One run over a topology. What it finds is in `findings`, in the order of the objects.
class Check {
 public:
  explicit Check(const Topology& topology) : topology_(topology) {}

  std::vector<Error> run() {
    for (const auto& [name, node] : topology_.nodes) check_node(name, node);
    for (const auto& [name, link] : topology_.links) check_link(name, link);
    for (const auto& [name, segment] : topology_.segments) check_segment(name, segment);
    return std::move(findings_);
  }

 private:
  void add(const std::string& subject, std::string cause) {
    findings_.push_back({Errc::invalid, subject, std::move(cause)});
  }
  void add(const std::string& subject, const Result<void>& result) {
    if (!result) add(subject, result.error().cause);
  }

  // Looks at every known name: after so many findings the suggestions would take longer than all
  // the rest.
  [[nodiscard]] std::string suggest(std::string_view name, const auto& known) const {
    constexpr std::size_t enough = 100;
    if (findings_.size() > enough) return {};
    std::vector<std::string_view> names;
    for (const auto& [each, value] : known) names.push_back(each);
    return did_you_mean(name, names);
  }

  void check_node(const std::string& name, const Node& node);
  void check_switch(const std::string& name, const Node& node);
  void check_kind(const std::string& subject, const Node& node);
  void check_gateway(const std::string& subject, const Node& node, const Interface& interface);
  void check_addresses(const std::string& name, const Node& node);
  void check_routes(const std::string& subject, const Node& node);
  void check_binds(const std::string& subject, const Node& node);
  void check_link(const std::string& name, const Link& link);
  void check_segment(const std::string& name, const Segment& segment);
  void check_end(const std::string& subject, const Endpoint& end);
  void check_impairment(const std::string& subject, std::string_view what,
                        const Impairment& impairment);
  [[nodiscard]] const std::optional<std::string>* find_mac(const Endpoint& end) const;

  const Topology& topology_;
  std::vector<Error> findings_;
  std::map<Endpoint, std::string> used_;          // by which link or segment
  std::map<std::string, std::string> claimed_;    // by which gateway
  std::map<std::string, std::string> datapaths_;  // of which switch
};

void Check::check_node(const std::string& name, const Node& node) {
  const std::string subject = "node " + name;
  add(subject, check_node_name(name));
  check_kind(subject, node);
  check_routes(subject, node);
  check_binds(subject, node);
  for (const auto& [label, value] : node.place)
    if (value.empty()) add(subject, fmt::format("place: the label {} needs a value", label));
  check_addresses(name, node);
  if (node.kind == NodeKind::bridge) check_switch(name, node);
}

// Two switches that a controller, or the host, could not tell apart.
void Check::check_switch(const std::string& name, const Node& node) {
  const auto settings = parse_switch_settings(node.switch_settings);
  const auto id = datapath_id(name, settings);
  const auto [other, is_new] = datapaths_.emplace(id, name);
  if (!is_new)
    add("node " + name, fmt::format("datapath id {} is that of {} already; give one of them "
                                    "another \"datapath_id\"",
                                    id, other->second));
  const auto management = management_node(settings);
  if (management.empty()) return;
  const auto found = topology_.nodes.find(management);
  if (found == topology_.nodes.end())
    add("node " + name, fmt::format("management: there is no node '{}'", management));
  else if (is_machine(found->second.kind) || found->second.kind == NodeKind::bridge ||
           found->second.kind == NodeKind::host)
    add("node " + name, fmt::format("management: no connection can be made from {}, a {}",
                                    management, format(found->second.kind)));
}

void Check::check_kind(const std::string& subject, const Node& node) {
  if (node.kind == NodeKind::docker && node.image.empty())
    add(subject, "a docker node needs an image, for example \"image\": \"debian\"");
  if (node.kind != NodeKind::docker && !is_machine(node.kind) && !node.image.empty())
    add(subject, "only a docker node has an image; make its kind docker or take the image out");
  for (auto& problem : machine_problems(node)) add(subject, std::move(problem));
  for (auto& problem : switch_problems(node)) add(subject, std::move(problem));
  const bool host = node.kind == NodeKind::host;
  if (host && !node.options.empty()) add(subject, "a host node has no options");
  if (host && !node.sysctls.empty())
    add(subject, "the host's sysctls are not changed: take sysctls out");
  if (node.kind != NodeKind::external && !host) return;
  const std::string what = host ? "a host node" : "an external node";
  if (!node.command.empty() || !node.environment.empty() || !node.binds.empty())
    add(subject, what + " is not ours to start: take command, environment and binds out");
  if (node.state != NodeState::running)
    add(subject, what + " is not ours to pause or stop: take state out");
  if (host) return;
  if (node.options.contains("container") == node.options.contains("pid")) {
    add(subject,
        "an external node needs one of the options container (its name) and pid, for example "
        "\"options\": {\"container\": \"web\"}");
  }
}

void Check::check_gateway(const std::string& subject, const Node& node,
                          const Interface& interface) {
  if (!interface.gateway) return;
  if (node.kind != NodeKind::host && !node.options.contains("pid"))
    add(subject, fmt::format("only an interface of a host node, or of an external one with a pid, "
                             "can be a {} gateway; give the node \"kind\": \"host\"",
                             type_of(*interface.gateway)));
  if (!interface.addresses.empty() || interface.mac)
    add(subject, "a gateway has neither addresses nor a mac: nothing on the host uses it");
  const auto claimed = claim(*interface.gateway);
  if (claimed.empty()) return;
  const auto [other, is_new] = claimed_.emplace(claimed, subject);
  if (!is_new) add(subject, fmt::format("{} is that of {} already", claimed, other->second));
}

void Check::check_routes(const std::string& subject, const Node& node) {
  for (const Route& route : node.routes) {
    const std::string what = "route to " + route.destination + ": ";
    if (route.via.empty() && route.dev.empty()) add(subject, what + "it needs via, dev or both");
    if (!route.dev.empty() && !node.interfaces.contains(route.dev)) {
      add(subject, what + fmt::format("the node has no interface '{}'{}", route.dev,
                                      suggest(route.dev, node.interfaces)));
    }
    if (!route.via.empty() && is_ipv6(route.via) != is_ipv6(route.destination))
      add(subject, what + fmt::format("the gateway {} is of the other IP version", route.via));
  }
  const auto same = std::ranges::adjacent_find(node.routes);
  if (same != node.routes.end())
    add(subject, fmt::format("the route to {} is given twice", same->destination));
}

void Check::check_binds(const std::string& subject, const Node& node) {
  std::set<std::string> targets;
  for (const std::string& bind : node.binds) {
    const auto first = bind.find(':');
    const auto target = first == std::string::npos ? std::string{} : bind.substr(first + 1);
    const auto path = target.substr(0, target.find(':'));
    if (!targets.insert(path).second)
      add(subject, fmt::format("two binds have the same place in the node, {}", path));
  }
}

void Check::check_addresses(const std::string& name, const Node& node) {
  std::map<std::string_view, std::string_view> places;
  for (const auto& [interface_name, interface] : node.interfaces) {
    const std::string subject = "interface " + format(Endpoint{name, interface_name});
    add(subject, check_interface_name(interface_name));
    check_gateway(subject, node, interface);
    for (const std::string& address : interface.addresses) {
      const auto [place, is_new] = places.emplace(address, interface_name);
      if (!is_new) add(subject, fmt::format("{} is on {} already", address, place->second));
    }
    if (interface.mtu.value_or(1500) < 1280 && std::ranges::any_of(interface.addresses, is_ipv6))
      add(subject, fmt::format("mtu {} is too small for IPv6, which needs 1280", *interface.mtu));
  }
}

void Check::check_impairment(const std::string& subject, std::string_view what,
                             const Impairment& impairment) {
  if (const auto good = netem::validate(impairment); !good)
    add(subject, fmt::format("{}: {}", what, format(good.error())));
}

void Check::check_end(const std::string& subject, const Endpoint& end) {
  const auto node = topology_.nodes.find(end.node);
  if (node == topology_.nodes.end()) {
    add(subject,
        fmt::format("there is no node '{}'{}", end.node, suggest(end.node, topology_.nodes)));
  } else if (!node->second.interfaces.contains(end.interface)) {
    add(subject, fmt::format("node {} has no interface '{}'{}", end.node, end.interface,
                             suggest(end.interface, node->second.interfaces)));
  }
  const auto [user, is_new] = used_.emplace(end, subject);
  if (!is_new) {
    add(subject, fmt::format("{} is in {} already; an interface is in one link or segment",
                             format(end), user->second));
  }
}

const std::optional<std::string>* Check::find_mac(const Endpoint& end) const {
  const auto node = topology_.nodes.find(end.node);
  if (node == topology_.nodes.end()) return nullptr;
  const auto interface = node->second.interfaces.find(end.interface);
  return interface == node->second.interfaces.end() ? nullptr : &interface->second.mac;
}

void Check::check_link(const std::string& name, const Link& link) {
  const std::string subject = "link " + name;
  if (const auto good = check_link_name(name); !good) {
    add(subject,
        good.error().cause + (name == link_name(link.a, link.b)
                                  ? "; the name is made of both ends, give the link a shorter one"
                                  : ""));
  }
  if (link.a == link.b) {
    add(subject,
        fmt::format("{} is linked to itself; a link joins two interfaces", format(link.a)));
    return;
  }
  check_end(subject, link.a);
  check_end(subject, link.b);
  const auto* const mac_a = find_mac(link.a);
  const auto* const mac_b = find_mac(link.b);
  if (mac_a != nullptr && mac_b != nullptr && *mac_a && *mac_a == *mac_b)
    add(subject,
        fmt::format("{} and {} have the same mac {}", format(link.a), format(link.b), **mac_a));
  check_impairment(subject, "a_to_b", link.a_to_b);
  check_impairment(subject, "b_to_a", link.b_to_a);
}

void Check::check_segment(const std::string& name, const Segment& segment) {
  const std::string subject = "segment " + name;
  add(subject, check_node_name(name));
  if (topology_.links.contains(name))
    add(subject, "a link has that name; links and segments share their names");
  std::map<std::string_view, Endpoint> macs;
  for (const auto& [end, impairment] : segment.members) {
    check_end(subject, end);
    check_impairment(subject, format(end), impairment);
    const auto* const mac = find_mac(end);
    if (mac == nullptr || !*mac) continue;
    const auto [other, is_new] = macs.emplace(**mac, end);
    if (!is_new) {
      add(subject,
          fmt::format("{} and {} have the same mac {}", format(other->second), format(end), **mac));
    }
  }
}

}  // namespace

std::vector<Error> check(const Topology& topology) {
  return Check{topology}.run();
}

}  // namespace linkfab::fabric
