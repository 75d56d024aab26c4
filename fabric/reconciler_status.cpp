#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"

// The end of a step: what is seen now of everything that was looked at.
namespace linkfab::fabric {

void Reconciler::report(const Scope& scope) {
  for (const auto& name : scope.nodes) {
    const auto row = desired_.node_row(name);
    if (!row) continue;
    auto status = nodes_.status(name);
    if (const auto* problem = desired_.node_problem(name)) {
      status.state = NodeStatus::State::error;
      status.error = *problem;
    }
    status_.set("Node", *row, status_columns(status));
  }
  for (const auto& endpoint : scope.interfaces) report_interface(endpoint);
  for (const auto& name : scope.links) report_link(name);
  for (const auto& name : scope.segments) report_segment(name);
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
  if (const auto warning = gateways_.warnings().find(endpoint);
      warning != gateways_.warnings().end())
    status.warning = warning->second;
  return status;
}

void Reconciler::report_interface(const Endpoint& endpoint) {
  if (const auto row = desired_.interface_row(endpoint))
    status_.set("Interface", *row, status_columns(interface_status(endpoint)));
}

void Reconciler::report_link(const std::string& name) {
  const auto row = desired_.link_row(name);
  if (!row) return;
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
    } else if (!link->second.up) {
      status.state = JointStatus::State::cut;
    } else if (a.state == InterfaceStatus::State::up && b.state == InterfaceStatus::State::up) {
      status.state = JointStatus::State::up;
    }
  }
  status_.set("Link", *row, status_columns(status));
}

void Reconciler::report_segment(const std::string& name) {
  const auto row = desired_.segment_row(name);
  if (!row) return;
  JointStatus status;
  const auto segment = desired_.topology().segments.find(name);
  if (segment == desired_.topology().segments.end()) {
    const auto* problem = desired_.segment_problem(name);
    status = {.state = JointStatus::State::error, .error = problem == nullptr ? "" : *problem};
  } else if (const auto failed = failed_joints_.find(name); failed != failed_joints_.end()) {
    status = {.state = JointStatus::State::error, .error = failed->second};
  } else if (!segment->second.up) {
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
  status_.set("Segment", *row, status_columns(status));
}

}  // namespace linkfab::fabric
