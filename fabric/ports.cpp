#include "fabric/ports.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/lookup.hpp"
#include "fabric/machine.hpp"
#include "fabric/names.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

struct PortDirection {
  Impairment toward;           // what frames toward the interface undergo
  bool joined = false;         // a link or segment carries frames to it now
  bool cut = false;            // though it is attached
  bool single_frames = false;  // what it sends must come frame by frame
};

// With what a scenario says now.
Result<Impairment> effective(const Impairment& row, const Overlay& overlay, const std::string& link,
                             const Endpoint& toward) {
  const auto* over = overlay.direction(link, toward);
  return over == nullptr ? row : overlaid(row, over->settings);
}

// Must what is sent toward the interface come frame by frame?
Result<bool> single_frames(const Impairment& row, const Overlay& overlay, const std::string& link,
                           const Endpoint& toward) {
  const auto* over = overlay.direction(link, toward);
  if (over == nullptr) return needs_single_frames(row);
  if (over->single_frames) return true;
  const auto now = overlaid(row, over->settings);
  if (!now) return std::unexpected(now.error());
  return needs_single_frames(*now);
}

// Has the node at the other end set its interface down, as with a cable whose other end is dark?
//
// An end that is set down for that tells no more whether its own node's interface is up, so two
// that did so for each other would never come back. Where both interfaces are down neither end is
// set down, which nobody can see; so at most one ever is.
bool dark(const Desired& desired, const Endpoint& endpoint, const Endpoint& peer,
          const CarrierOf& carrier) {
  const auto& topology = desired.topology();
  const auto follows = [&](const Endpoint& end) {
    if (const auto* remote = desired.remote(end))
      return !remote->interface.gateway && !remote->interface.carrier_always;
    const auto* node = lookup(topology.nodes, end.node);
    const auto* interface = node == nullptr ? nullptr : lookup(node->interfaces, end.interface);
    return interface != nullptr && !interface->gateway && !interface->carrier_always;
  };
  if (desired.is_stand_in(endpoint)) return false;
  const auto* remote = desired.remote(peer);
  const auto at_peer = remote == nullptr ? carrier(peer) : remote->carrier;
  return follows(endpoint) && follows(peer) && at_peer == false && carrier(endpoint) != false;
}

bool is_there(const Desired& desired, const Endpoint& end, const PresenceOf& presence) {
  const auto* remote = desired.remote(end);
  return remote == nullptr ? presence(end.node) != nullptr : remote->present;
}

Result<PortDirection> link_direction(const Desired& desired, const std::string& name,
                                     const Overlay& overlay, const Endpoint& endpoint,
                                     const PresenceOf& presence, const CarrierOf& carrier) {
  const Link& link = desired.topology().links.at(name);
  const bool is_a = link.a == endpoint;
  const Endpoint& peer = is_a ? link.b : link.a;
  auto toward = effective(is_a ? link.b_to_a : link.a_to_b, overlay, name, endpoint);
  if (!toward) return std::unexpected(toward.error());
  const auto single = single_frames(is_a ? link.a_to_b : link.b_to_a, overlay, name, peer);
  if (!single) return std::unexpected(single.error());
  const bool up = overlay.up(name).value_or(link.up);
  return PortDirection{
      .toward = std::move(*toward),
      .joined = up && is_there(desired, peer, presence) && !dark(desired, endpoint, peer, carrier),
      .cut = !up,
      .single_frames = *single};
}

Result<PortDirection> segment_direction(const std::string& name, const Segment& segment,
                                        const Overlay& overlay, const Endpoint& endpoint) {
  auto toward = effective(segment.members.at(endpoint), overlay, name, endpoint);
  if (!toward) return std::unexpected(toward.error());
  const bool up = overlay.up(name).value_or(segment.up);
  PortDirection direction{.toward = std::move(*toward), .joined = up, .cut = !up};
  for (const auto& [member, row] : segment.members) {
    if (member == endpoint) continue;
    const auto single = single_frames(row, overlay, name, member);
    if (!single) return std::unexpected(single.error());
    if (*single) direction.single_frames = true;
  }
  return direction;
}

// Do its frames get into a datapath in user space, which takes them as a wire would?
bool into_userspace(const Desired& desired, const PortRules& rules, const Endpoint& endpoint,
                    bool on_switch) {
  if (!rules.userspace_datapath || on_switch) return rules.userspace_datapath;
  const auto is_bridge = [&](const Endpoint& end) {
    const auto* node = lookup(desired.topology().nodes, end.node);
    return node != nullptr && node->kind == NodeKind::bridge;
  };
  const auto peer = forwarded_to(desired, endpoint);
  return is_bridge(endpoint) || (peer && is_bridge(*peer));
}

std::uint64_t config_of(const NodeEnd& end, const std::vector<Route>& routes) {
  std::string text = fmt::format("{} {} {} {} {} {}", end.name, end.mac, end.mtu,
                                 fmt::join(end.addresses, ","), end.single_frames, end.checksums);
  if (end.outer) text += " outer";
  for (const auto& route : routes) text += '\n' + format(route);
  return stable_hash(text);
}

}  // namespace

Result<std::optional<WantedPort>> wanted_port(const Desired& desired, const Overlay& overlay,
                                              const Underlay& underlay, const PortRules& rules,
                                              const Endpoint& endpoint, const PresenceOf& presence,
                                              const CarrierOf& carrier) {
  const auto& topology = desired.topology();
  const auto node = topology.nodes.find(endpoint.node);
  if (node == topology.nodes.end()) return std::nullopt;
  const auto interface = node->second.interfaces.find(endpoint.interface);
  if (interface == node->second.interfaces.end()) return std::nullopt;

  WantedPort port;
  port.device = device_name(rules.instance, endpoint);
  if (const auto* there = presence(endpoint.node)) port.node = *there;

  Result<PortDirection> direction{};
  if (const auto* attachment = desired.attachment(endpoint)) {
    const auto& name = attachment->name;
    direction = attachment->kind == Attachment::Kind::link
                    ? link_direction(desired, name, overlay, endpoint, presence, carrier)
                    : segment_direction(name, topology.segments.at(name), overlay, endpoint);
    if (!direction) return std::unexpected(direction.error());
    if (desired.is_stand_in(endpoint)) direction->toward = {};  // that is done where it arrives
  }
  port.on_switch = on_switch(desired, rules.forwarding, endpoint);
  const bool as_on_a_wire = into_userspace(desired, rules, endpoint, port.on_switch);
  port.end = {.name = endpoint.interface,
              .mac = interface->second.mac.value_or(derived_mac(rules.instance, endpoint)),
              .mtu = interface->second.mtu.value_or(1500),
              .addresses = interface->second.addresses,
              .single_frames = direction->single_frames || as_on_a_wire,
              .checksums = as_on_a_wire};
  if (interface->second.gateway) {
    port.end.name = outer_name(rules.instance, endpoint);
    port.end.mac = derived_mac(rules.instance, endpoint);  // what was given is a machine's own
    port.end.addresses.clear();
    port.end.outer = true;
  }
  if (node->second.kind == NodeKind::bridge) {
    port.end.name = switch_device(rules.instance, endpoint);
    port.end.outer = true;
  }
  port.config = config_of(port.end, namespace_routes(node->second));
  port.carrier =
      port.node && (direction->joined || (interface->second.carrier_always && !direction->cut));
  if (!direction->toward.idle()) {
    auto netem = netem::to_netem(direction->toward, frame_size(port.end.mtu));
    if (!netem) return std::unexpected(netem.error());
    // The limit stays that of the whole delay, and the qdisc there: only the delay follows.
    if (const auto host = desired.subtracted(endpoint))
      netem->delay_ns = remaining_delay(nanoseconds{netem->delay_ns}, underlay.way(*host)).count();
    port.netem = std::move(*netem);
    port.automatic_limit = !direction->toward.limit;
    auto inner = netem::to_inner(direction->toward, frame_size(port.end.mtu));
    if (!inner) return std::unexpected(inner.error());
    port.inner = std::move(*inner);
  }
  return port;
}

std::string underlay_warning(const Desired& desired, const Overlay& overlay,
                             const Underlay& underlay, const Endpoint& endpoint) {
  const auto host = desired.subtracted(endpoint);
  if (!host) return {};
  const auto toward =
      effective(*desired.toward(endpoint), overlay, desired.attachment(endpoint)->name, endpoint);
  return toward ? underlay_warning(*host, toward->delay, underlay.way(*host)) : std::string();
}

namespace {

bool limit_waits(const WantedPort& wanted, const ObservedPort& observed) {
  return wanted.automatic_limit && wanted.netem && observed.netem &&
         observed.netem->limit > wanted.netem->limit;
}

// As netem_change(); distribution tables, which the kernel does not report, are sent again where
// others were sent last or nobody knows.
std::optional<netem::Netem> planned_netem(const WantedPort& wanted, const ObservedPort& observed) {
  auto target = wanted.netem;
  if (limit_waits(wanted, observed) && observed.queued.value_or(target->limit) >= target->limit)
    target->limit = observed.netem->limit;
  auto change = netem_change(target, observed.netem);
  if (change || !target || !observed.netem) return change;
  const auto tables = tables_id(*target);
  return tables == 0 || observed.tables == tables ? std::nullopt : target;
}

}  // namespace

std::optional<netem::Netem> netem_change(const std::optional<netem::Netem>& wanted,
                                         const std::optional<netem::Netem>& observed) {
  if (wanted) return observed && matches(*wanted, *observed) ? std::nullopt : wanted;
  if (!observed) return std::nullopt;
  auto idle = *netem::to_netem({}, frame_size(1500));
  // Frames that wait still count: a short queue full of them would refuse those of the perfect
  // cable.
  idle.limit = std::max(idle.limit, observed->limit);
  if (matches(idle, *observed)) return std::nullopt;
  return idle;
}

bool lingers(const WantedPort& wanted, const ObservedPort& observed) {
  return limit_waits(wanted, observed) || lingers(wanted.inner, observed.inner);
}

bool PortWork::empty() const {
  return !remove && !create && !attach && !detach && !configure && !netem && inner.empty() && !up;
}

PortWork plan_port(const std::optional<WantedPort>& wanted, const ObservedPort& observed) {
  PortWork work;
  if (!wanted) {
    work.remove = observed.index.has_value();
    work.detach = observed.attached;
    return work;
  }
  if (!wanted->node) {
    // The row stays: the port gets its number back when the node returns.
    work.remove = observed.index.has_value();
    work.detach = observed.attached && !wanted->on_switch;
    return work;
  }
  const bool current = observed.index && observed.netns == wanted->node->inode;
  work.remove = observed.index && !current;
  work.create = !current;
  work.attach = wanted->on_switch && !observed.attached;
  work.detach = observed.attached && !wanted->on_switch;
  work.configure = work.create || observed.config != wanted->config;
  work.netem = planned_netem(*wanted, current ? observed : ObservedPort{});
  work.inner = plan_inner(wanted->inner, current ? observed.inner : netem::InnerSeen{});
  if (wanted->carrier != (current && observed.up)) work.up = wanted->carrier;
  return work;
}

std::string format(const PortWork& work) {
  std::vector<std::string> parts;
  if (work.remove) parts.emplace_back("remove device");
  if (work.detach) parts.emplace_back("detach");
  if (work.create) parts.emplace_back("create");
  if (work.attach) parts.emplace_back("attach");
  if (work.netem) parts.emplace_back("set netem");
  if (!work.inner.empty()) parts.emplace_back("set classes or queue");
  if (work.up) parts.emplace_back(*work.up ? "up" : "down");
  if (work.configure && !work.create) parts.emplace_back("configure node end");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace linkfab::fabric
