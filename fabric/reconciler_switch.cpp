#include <algorithm>

#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"
#include "fabric/switch_settings.hpp"

// The part of a step that is the switch's: ports in its database, flows in its tables.
namespace linkfab::fabric {

namespace asio = boost::asio;
using asio::awaitable;

// What gateways found out about each other after the flows were made.
awaitable<void> Reconciler::change_shortcuts() {
  const auto links = update_shortcuts();
  if (links.empty()) co_return;
  WantedTables wanted;
  for (const auto& name : links) wanted[name] = tables_of_link(name);
  const auto failures = co_await flows_.change(wanted);
  for (const auto& [name, error] : failures) fail_joint(name, error);
}

// The datapath in user space keeps a port's device open, also one that is deleted, and does not see
// that there is another of its name. Its port is taken away, and comes back with the same number;
// one whose number has become another port's comes back with its own.
awaitable<void> Reconciler::detach_remade(Jobs& jobs) {
  std::vector<std::string> devices;
  for (auto& job : jobs) {
    const auto* port = vswitch_.find(job.device);
    if (port == nullptr || !(job.work.attach || job.work.create)) continue;
    if (!job.work.attach && !rules_.userspace_datapath) continue;
    devices.push_back(job.device);
    if (job.work.attach) continue;
    reserved_[job.endpoint] = port->requested;
    job.work.attach = true;
  }
  if (devices.empty()) co_return;
  const auto detached = co_await vswitch_.change({}, devices);
  if (!detached) log::repeated("ports", format(detached.error()));
}

std::string Reconciler::switch_subject(const std::string& node) {
  return "switch " + node;
}

// Those of all switches: each is looked for where its management node is now.
void Reconciler::carry_control_channels() {
  std::vector<ControlChannel> wanted;
  for (const auto& [name, node] : desired_.topology().nodes) {
    if (node.kind != NodeKind::bridge || node.state == NodeState::stopped) continue;
    const auto settings = parse_switch_settings(node.switch_settings);
    const auto management = management_node(settings);
    const auto* presence = management.empty() ? nullptr : nodes_.presence(management);
    if (presence == nullptr) continue;
    if (presence->inode == 0) return;  // cannot be told now: what there is stays
    const auto targets = controller_targets(settings);
    for (std::size_t i = 0; i < targets.size(); ++i)
      wanted.push_back({.socket = control_socket(rules_.instance, name, i),
                        .netns = presence->netns,
                        .target = targets[i]});
  }
  if (auto applied = channels_.apply(wanted); !applied)
    log::repeated("control channels", format(applied.error()));
  else
    log::ended("control channels");
}

awaitable<void> Reconciler::change_switch_nodes(const Jobs& jobs,
                                                const std::set<std::string>& nodes) {
  std::set<Endpoint> reopen;
  if (rules_.userspace_datapath)
    for (const auto& job : jobs)
      if (job.work.create) reopen.insert(job.endpoint);
  co_await switches_.step(desired_, nodes, reopen);
  for (const auto& name : nodes) {
    const auto* error = switches_.error(name);
    if (error == nullptr) {
      backoff_.clear(switch_subject(name));
      continue;
    }
    log::repeated("node=" + name, format(*error));
    if (error->code != Errc::invalid) backoff_.fail(switch_subject(name), Clock::now());
  }
}

awaitable<void> Reconciler::change_switch(Jobs& jobs, const Scope& scope, bool whole_switch) {
  for (const auto& job : jobs) {
    if (!job.work.attach || reserved_.contains(job.endpoint)) continue;
    if (const auto number = vswitch_.reserve_number()) reserved_[job.endpoint] = *number;
  }
  // Afterwards: the numbers that these give up for a moment are theirs, and no new port's.
  co_await detach_remade(jobs);
  // Flows first: they may name ports to come, and while ovs-vswitchd makes or drops thousands of
  // ports it answers nobody for longer than a flow change may take (2,000 in user space: 30 s).
  co_await change_flows(scope, whole_switch);
  co_await change_ports(jobs);
}

awaitable<void> Reconciler::change_ports(const Jobs& jobs) {
  std::vector<Vswitch::Attach> attach;
  std::vector<std::string> detach;
  for (const auto& job : jobs) {
    if (job.work.detach) detach.push_back(job.device);
    const auto number = reserved_.find(job.endpoint);
    if (job.work.attach && number != reserved_.end())
      attach.push_back({.device = job.device, .endpoint = job.endpoint, .number = number->second});
  }
  if (attach.empty() && detach.empty()) co_return;
  const auto changed = co_await vswitch_.change(attach, detach);
  for (const auto& port : attach) {
    const auto* row = vswitch_.find(port.device);
    if (!changed) {
      if (row == nullptr) vswitch_.release_number(port.number);
      fail(port.endpoint, changed.error());
    } else if (row == nullptr || row->ofport != static_cast<std::int64_t>(port.number.value)) {
      fail(port.endpoint,
           {Errc::refused, fmt::format("attach {} as port {}", port.device, port.number.value),
            row == nullptr || row->error.empty() ? "the switch gave it another number"
                                                 : row->error});
    }
  }
}

std::optional<openflow::PortNo> Reconciler::number(const Endpoint& endpoint) const {
  if (const auto reserved = reserved_.find(endpoint); reserved != reserved_.end())
    return reserved->second;
  const auto* port = vswitch_.find(device_name(rules_.instance, endpoint));
  return port == nullptr ? std::nullopt : std::optional(port->requested);
}

Tables Reconciler::tables_of_link(const std::string& name) const {
  const auto link = desired_.topology().links.find(name);
  if (link == desired_.topology().links.end() ||
      !on_switch(desired_, rules_.forwarding, link->second))
    return {};
  const auto a = number(link->second.a);
  const auto b = number(link->second.b);
  if (!a || !b) return {};
  const auto shortcut = shortcuts_.find(name);
  auto tables = link_tables(name, *a, *b);
  if (shortcut) redirect(tables, shortcut->in, shortcut->out);
  return tables;
}

bool Reconciler::claim_number(const std::string& segment) {
  const auto number = segment_number(segment);
  const auto [owner, first] = segment_numbers_.try_emplace(number, segment);
  if (!first && !desired_.topology().segments.contains(owner->second)) owner->second = segment;
  return owner->second == segment;
}

Tables Reconciler::tables_of_segment(const std::string& name) const {
  const auto segment = desired_.topology().segments.find(name);
  if (segment == desired_.topology().segments.end()) return {};
  std::vector<openflow::PortNo> ports;
  for (const auto& [member, toward] : segment->second.members)
    if (const auto port = number(member)) ports.push_back(*port);
  return segment_tables(name, segment_number(name), segment->second.kind, ports);
}

WantedTables Reconciler::tables(const Scope& scope) {
  WantedTables wanted;
  for (const auto& name : scope.links) {
    failed_joints_.erase(name);
    wanted[name] = tables_of_link(name);
  }
  for (const auto& name : scope.segments) {
    failed_joints_.erase(name);
    if (claim_number(name) || !desired_.topology().segments.contains(name)) {
      wanted[name] = tables_of_segment(name);
    } else {
      fail_joint(name, {Errc::conflict, "make segment " + name,
                        "its number is that of segment " +
                            segment_numbers_.at(segment_number(name)) + "; rename one of them"});
    }
  }
  if (scope.segments.empty()) return wanted;
  const bool learning = std::ranges::any_of(desired_.topology().segments, [](const auto& item) {
    return item.second.kind == SegmentKind::learning;
  });
  wanted[pipeline_name] = learning ? pipeline_tables() : Tables{};
  return wanted;
}

awaitable<void> Reconciler::change_flows(Scope scope, bool whole_switch) {
  scope.links.merge(update_shortcuts());
  if (whole_switch) {
    const auto all = tables(desired_.everything());
    const auto replaced = co_await flows_.replace_all(all);
    if (!replaced) log::repeated("flows", format(replaced.error()));
    co_return;
  }
  const auto wanted = tables(scope);
  if (wanted.empty()) co_return;
  const auto failures = co_await flows_.change(wanted);
  // Not the links' fault: all of it is done again, and compared, once the switch is back.
  if (!flows_.connected()) co_return;
  for (const auto& [name, error] : failures) fail_joint(name, error);
  for (const auto& name : scope.segments) {
    std::vector<Endpoint> live;
    if (const auto segment = desired_.topology().segments.find(name);
        segment != desired_.topology().segments.end())
      for (const auto& [member, toward] : segment->second.members)
        if (nodes_.presence(member.node) != nullptr) live.push_back(member);
    if (std::exchange(learned_from_[name], live) == live) continue;
    if (auto unlearned = co_await flows_.unlearn(name); !unlearned)
      fail_joint(name, unlearned.error());
  }
}

}  // namespace linkfab::fabric
