#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"
#include "netem/timers.hpp"

// The end of a step: what is seen now of everything that was looked at.
namespace linkfab::fabric {

void Reconciler::report(const Scope& scope) {
  for (const auto& name : scope.nodes)
    if (const auto row = desired_.node_row(name))
      status_.set("Node", *row, status_columns(node_status(name)));
  for (const auto& endpoint : scope.interfaces) report_interface(endpoint);
  for (const auto& name : scope.links) report_link(name);
  for (const auto& name : scope.segments) report_segment(name);
}

NodeStatus Reconciler::node_status(const std::string& name) const {
  auto status = nodes_.status(name);
  if (const auto* error = switches_.error(name)) {
    status.state = NodeStatus::State::error;
    status.error = format(*error);
  }
  if (const auto* problem = desired_.node_problem(name)) {
    status.state = NodeStatus::State::error;
    status.error = *problem;
  }
  return status;
}

InterfaceStatus Reconciler::interface_status(const Endpoint& endpoint) const {
  InterfaceStatus status{.device = device_name(rules_.instance, endpoint)};
  if (const auto* port = vswitch_.find(status.device)) status.ofport = port->requested.value;
  const auto* device = devices_.find(status.device);
  if (const auto failed = failed_.find(endpoint); failed != failed_.end()) {
    status.state = InterfaceStatus::State::error;
    status.error = failed->second;
  } else if (device == nullptr) {
    status.state = InterfaceStatus::State::absent;
  } else {
    status.state = device->device.up ? InterfaceStatus::State::up : InterfaceStatus::State::down;
  }
  const auto warn = [&](const Endpoint& gateway) {
    if (const auto warning = gateways_.warnings().find(gateway);
        warning != gateways_.warnings().end())
      status.warning = warning->second;
  };
  warn(endpoint);
  if (const auto* remote = desired_.remote(endpoint)) {
    if (status.error.empty() && !remote->error.empty()) {
      status.state = InterfaceStatus::State::error;
      status.error = remote->error;
    } else if (status.state == InterfaceStatus::State::up && !remote->up) {
      status.state = InterfaceStatus::State::down;
    }
  } else if (desired_.elsewhere().shared()) {
    status.carrier = devices_.node_end_up(status.device);
    // The tunnel's troubles are those of the interface that it leads to.
    for (const auto& peer : desired_.peers(endpoint))
      if (desired_.is_stand_in(peer)) warn(peer);
  }
  if (status.warning.empty())
    status.warning = underlay_warning(desired_, overlay_, underlay_, endpoint);
  if (const auto* toward = desired_.toward(endpoint); toward != nullptr && status.warning.empty())
    status.warning = netem::timer_warning(*toward, rules_.timer_resolution);
  return status;
}

void Reconciler::report_interface(const Endpoint& endpoint) {
  if (const auto row = desired_.interface_row(endpoint))
    status_.set("Interface", *row, status_columns(interface_status(endpoint)));
}

void Reconciler::report_link(const std::string& name) {
  if (const auto row = desired_.link_row(name))
    status_.set("Link", *row, status_columns(link_status(name)));
}

void Reconciler::report_segment(const std::string& name) {
  if (const auto row = desired_.segment_row(name))
    status_.set("Segment", *row, status_columns(segment_status(name)));
}

JointStatus Reconciler::link_status(const std::string& name) const {
  JointStatus status;
  const auto link = desired_.topology().links.find(name);
  if (link == desired_.topology().links.end()) {
    const auto* problem = desired_.link_problem(name);
    status.state = JointStatus::State::dangling;
    status.error = problem == nullptr ? "" : *problem;
  } else if (const auto failed = failed_joints_.find(name); failed != failed_joints_.end()) {
    status.state = JointStatus::State::error;
    status.error = failed->second;
  } else {
    const auto a = interface_status(link->second.a);
    const auto b = interface_status(link->second.b);
    const auto* broken = !a.error.empty() ? &a : !b.error.empty() ? &b : nullptr;
    if (broken != nullptr) {
      status.state = JointStatus::State::error;
      status.error = format(broken == &a ? link->second.a : link->second.b) + ": " + broken->error;
    } else if (!overlay_.up(name).value_or(link->second.up)) {
      status.state = JointStatus::State::cut;
    } else if (a.state == InterfaceStatus::State::up && b.state == InterfaceStatus::State::up) {
      status.state = JointStatus::State::up;
    }
  }
  return status;
}

JointStatus Reconciler::segment_status(const std::string& name) const {
  JointStatus status;
  const auto segment = desired_.topology().segments.find(name);
  if (segment == desired_.topology().segments.end()) {
    const auto* problem = desired_.segment_problem(name);
    status = {.state = JointStatus::State::error, .error = problem == nullptr ? "" : *problem};
  } else if (const auto failed = failed_joints_.find(name); failed != failed_joints_.end()) {
    status = {.state = JointStatus::State::error, .error = failed->second};
  } else if (const auto* problem = desired_.segment_problem(name)) {
    status = {.state = JointStatus::State::error, .error = *problem};
  } else if (!overlay_.up(name).value_or(segment->second.up)) {
    status.state = JointStatus::State::cut;
  } else {
    // Unlike a link it is of use without some of its members.
    for (const auto& [member, toward] : segment->second.members) {
      const auto its = interface_status(member);
      if (!its.error.empty()) {
        status = {.state = JointStatus::State::error, .error = format(member) + ": " + its.error};
        break;
      }
      if (its.state == InterfaceStatus::State::up) status.state = JointStatus::State::up;
    }
  }
  return status;
}

Measurements Reconciler::measure() const {
  Measurements measured;
  const auto everything = desired_.everything();
  for (const auto& name : everything.nodes) {
    if (desired_.is_stand_in({name, {}})) continue;
    const auto node = desired_.topology().nodes.find(name);
    const bool known = node != desired_.topology().nodes.end();
    measured.nodes.push_back({.name = name,
                              .kind = known ? format(node->second.kind) : "",
                              .state = format(node_status(name).state)});
    if (!known) continue;
    for (const auto& [interface, wanted] : node->second.interfaces)
      measured.interfaces.push_back(measure_interface({name, interface}));
  }
  for (const auto& name : everything.links)
    measured.links.push_back(
        {.name = name, .kind = "link", .state = format(link_status(name).state)});
  for (const auto& name : everything.segments) {
    const auto segment = desired_.topology().segments.find(name);
    const auto kind =
        segment == desired_.topology().segments.end() ? SegmentKind::hub : segment->second.kind;
    measured.links.push_back(
        {.name = name, .kind = format(kind), .state = format(segment_status(name).state)});
  }
  return measured;
}

InterfaceCounters Reconciler::counters(const Endpoint& endpoint, const HostDevice& device) const {
  auto counted = counters_of(device, passed_by(endpoint));
  const auto* toward = device.inner ? desired_.toward(endpoint) : nullptr;
  if (toward == nullptr) return counted;
  for (const auto& traffic : toward->classes) {
    const auto program = netem::compile_filter(traffic.match);
    const auto stats = program ? netem::class_stats(*device.inner, *program) : std::nullopt;
    if (stats)
      counted.classes.push_back({.match = traffic.match,
                                 .packets = stats->packets,
                                 .bytes = stats->bytes,
                                 .dropped = stats->dropped});
  }
  return counted;
}

Measurements::Interface Reconciler::measure_interface(const Endpoint& endpoint) const {
  Measurements::Interface measured{
      .endpoint = endpoint, .attached = "", .up = false, .counters = std::nullopt};
  if (const auto* joint = desired_.attachment(endpoint)) measured.attached = joint->name;
  if (const auto* device = devices_.find(device_name(rules_.instance, endpoint))) {
    measured.up = device->device.up && device->device.carrier;
    measured.counters = counters(endpoint, *device);
  }
  return measured;
}

}  // namespace linkfab::fabric
