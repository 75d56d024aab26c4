#include "fabric/host_devices.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "core/log.hpp"
#include "netem/counters.hpp"
#include "netem/inner_wire.hpp"

namespace linkfab::fabric {
namespace {

using netem::Device;
using netem::IfIndex;
using netem::Message;
using netem::Netem;

}  // namespace

HostDevices::HostDevices(std::string instance, netem::Socket socket, netem::Monitor monitor)
    : instance_(std::move(instance)),
      group_(device_group(instance_)),
      socket_(std::move(socket)),
      monitor_(std::move(monitor)),
      has_ipv6_(std::filesystem::exists("/proc/net/if_inet6")) {}

Result<HostDevices> HostDevices::open(std::string instance) {
  auto monitor = netem::Monitor::open();
  if (!monitor) return std::unexpected(monitor.error());
  auto socket = netem::Socket::route();
  if (!socket) return std::unexpected(socket.error());
  return HostDevices{std::move(instance), std::move(*socket), std::move(*monitor)};
}

bool HostDevices::ours(const Device& device, const std::optional<PortMark>& mark) const {
  return mark ||
         ((device.group == group_ || device.group == group_ + 1) && is_device_name(device.name));
}

void HostDevices::follow(const Device& device) {
  if (watched_.contains(device.name) && watched_there_.emplace(device.index, device.name).second)
    watched_changed_ = true;
  if (const auto former = names_.find(device.index);
      former != names_.end() && former->second != device.name) {
    changed_.insert(former->second);
    forget(former->second);
    names_.erase(former);
  }
  const auto mark = parse_mark(instance_, device.alias);
  if (!ours(device, mark)) return;
  changed_.insert(device.name);
  names_[device.index] = device.name;
  // A mark alone can be on anything; the group is what the kernel made it in.
  if (mark && device.group == group_ && device.name != device_name(instance_, mark->endpoint))
    misnamed_.insert(device.name);
  HostDevice& known = devices_[device.name];
  if (known.device.index != device.index) {
    known.qdisc.reset();
    known.inner.reset();
    known.forward.reset();
  }
  if (known.device.up != device.up || known.device.carrier != device.carrier)
    carrier_changes_.insert(device.name);
  known.device = device;
  known.device.alias = {};
  known.mark = mark;
}

void HostDevices::forget(const std::string& name) {
  devices_.erase(name);
  misnamed_.erase(name);
  carrier_changes_.insert(name);
}

void HostDevices::follow(const netem::Event& event) {
  const auto device_at = [this](IfIndex index) -> HostDevice* {
    const auto name = names_.find(index);
    if (name == names_.end()) return nullptr;
    changed_.insert(name->second);
    return &devices_.at(name->second);
  };
  if (const auto* changed = std::get_if<netem::DeviceChanged>(&event)) {
    follow(changed->device);
  } else if (const auto* gone_device = std::get_if<netem::DeviceGone>(&event)) {
    if (watched_there_.erase(gone_device->index) != 0) watched_changed_ = true;
    if (auto* known = device_at(gone_device->index)) {
      forget(std::string(known->device.name));
      names_.erase(gone_device->index);
    }
  } else if (const auto* qdisc = std::get_if<netem::QdiscChanged>(&event)) {
    if (device_at(qdisc->qdisc.device) != nullptr) follow(qdisc->qdisc);
  } else if (const auto* gone_qdisc = std::get_if<netem::QdiscGone>(&event)) {
    auto* known = device_at(gone_qdisc->device);
    if (known == nullptr) return;
    if (netem::is_clsact(gone_qdisc->handle)) {
      forwards_changed_.insert(gone_qdisc->device);
    } else if (known->qdisc && known->qdisc->handle == gone_qdisc->handle) {
      known->qdisc.reset();
      known->inner.reset();
    } else if (known->inner) {
      (void)netem::follow_gone(*known->inner, gone_qdisc->handle);
    }
  } else if (const auto* inner = std::get_if<netem::InnerChanged>(&event)) {
    if (device_at(inner->device) != nullptr) inner_changed_.insert(inner->device);
  } else if (const auto* forward = std::get_if<netem::ForwardChanged>(&event)) {
    if (device_at(forward->device) != nullptr) forwards_changed_.insert(forward->device);
  }
}

void HostDevices::drain() {
  for (const auto& event : monitor_.read()) {
    if (std::holds_alternative<netem::Overflow>(event)) {
      if (auto dumped = observe(); !dumped) log::repeated("devices", format(dumped.error()));
      return;
    }
    follow(event);
  }
  read_inner();
  read_forwards();
}

std::set<std::string> HostDevices::read_changes() {
  drain();
  return std::exchange(changed_, {});
}

std::optional<bool> HostDevices::node_end_up(const std::string& name) {
  const auto known = devices_.find(name);
  if (known == devices_.end() || !known->second.device.up) return std::nullopt;
  auto& device = known->second.device;
  if (!device.carrier)
    // It may have come up just now: the kernel tells of that a little later.
    if (const auto now = netem::read_device(socket_, device.index)) device.carrier = now->carrier;
  return device.carrier;
}

Result<void> HostDevices::observe() {
  (void)monitor_.read();  // what is queued is older than the dump
  auto devices = netem::dump_devices(socket_);
  if (!devices) return std::unexpected(devices.error());
  auto qdiscs = netem::dump_qdiscs(socket_);
  if (!qdiscs) return std::unexpected(qdiscs.error());
  for (const auto& [name, device] : devices_) changed_.insert(name);
  devices_.clear();
  names_.clear();
  misnamed_.clear();
  for (const auto& device : *devices) follow(device);
  for (const auto& qdisc : *qdiscs) follow(netem::QdiscChanged{qdisc});
  read_inner();
  read_forwards();
  return {};
}

Result<void> HostDevices::look() {
  drain();  // what is queued is older than the dump
  const auto devices = netem::dump_devices(socket_);
  if (!devices) return std::unexpected(devices.error());
  for (const auto& device : *devices) follow(device);
  return {};
}

Result<void> HostDevices::read_counters() {
  const auto known_at = [this](IfIndex index) -> HostDevice* {
    const auto name = names_.find(index);
    return name == names_.end() ? nullptr : &devices_.at(name->second);
  };
  const auto counters = netem::dump_counters(socket_);
  if (!counters) return std::unexpected(counters.error());
  bool queues = false;
  for (const auto& [index, stats] : *counters) {
    auto* known = known_at(index);
    if (known == nullptr) continue;
    known->device.stats = stats;
    queues = queues || known->qdisc;
  }
  if (!queues) return {};
  const auto qdiscs = netem::dump_qdiscs(socket_);
  if (!qdiscs) return std::unexpected(qdiscs.error());
  for (const auto& qdisc : *qdiscs) {
    auto* known = known_at(qdisc.device);
    if (known == nullptr || !known->qdisc) continue;
    if (qdisc.root()) {
      if (known->qdisc->handle == qdisc.handle) known->qdisc->stats = qdisc.stats;
    } else if (known->inner && netem::follow(*known->inner, qdisc) &&
               known->inner->kind == netem::InnerSeen::Kind::classes) {
      inner_changed_.insert(qdisc.device);  // drops are counted by the filters
    }
  }
  read_inner();
  return {};
}

const HostDevice* HostDevices::find(const std::string& name) const {
  const auto found = devices_.find(name);
  return found == devices_.end() ? nullptr : &found->second;
}

Error HostDevices::gone(const std::string& device) {
  return {Errc::not_found, "change device " + device, "it is gone"};
}

HostDevices::Failures HostDevices::request(const std::vector<std::string>& names,
                                           const std::vector<Message>& messages) {
  Failures failures;
  const auto results = socket_.request(messages);
  for (std::size_t i = 0; i < results.size(); ++i) {
    // A device that went away in the meantime is no failure: its notification says what is due.
    if (results[i] || results[i].error().code == Errc::not_found) continue;
    auto error = results[i].error();
    if (error.code == Errc::unsupported)
      error.cause += "; `linkfab doctor` says what this kernel lacks and where to get it";
    failures.emplace(names[i], std::move(error));
  }
  drain();
  return failures;
}

HostDevices::Failures HostDevices::create(const std::vector<Create>& devices) {
  std::vector<std::string> names;
  std::vector<Message> messages;
  for (const auto& [device, end, netns] : devices) {
    names.push_back(device);
    messages.push_back(netem::create_veth({.host_name = device,
                                           .host_mtu = host_mtu,
                                           .group = group_,
                                           .node_name = end.name,
                                           .node_netns = netns,
                                           .node_mac = end.mac,
                                           .node_mtu = device_mtu(end)}));
  }
  return request(names, messages);
}

HostDevices::Failures HostDevices::remove(const std::set<std::string>& devices) {
  // One by one, each would wait for the kernel's grace period; a group is removed after one wait.
  std::vector<std::string> names;
  std::vector<Message> messages;
  const bool together = devices.size() > 2;
  for (const auto& name : devices) {
    const auto* known = find(name);
    if (known == nullptr) continue;
    names.push_back(name);
    messages.push_back(together ? netem::change_device(known->device.index, {.group = group_ + 1})
                                : netem::delete_device(known->device.index));
  }
  auto failures = request(names, messages);
  if (together) {
    // Their namespace may have taken all of them along already.
    if (auto removed = socket_.request(netem::delete_group(group_ + 1));
        !removed && removed.error().code != Errc::not_found)
      for (const auto& name : names) failures.emplace(name, removed.error());
    drain();
  }
  return failures;
}

HostDevices::Failures HostDevices::set_up(const std::map<std::string, bool>& devices) {
  Failures failures;
  std::vector<std::string> names;
  std::vector<Message> messages;
  for (const auto& [name, up] : devices) {
    if (const auto* known = find(name)) {
      names.push_back(name);
      // Once is enough, but a device of an agent before this one may not have it.
      messages.push_back(
          netem::change_device(known->device.index, {.up = up, .no_own_ipv6 = up && has_ipv6_}));
    } else {
      failures.emplace(name, gone(name));
    }
  }
  failures.merge(request(names, messages));
  return failures;
}

HostDevices::Failures HostDevices::set_marks(const std::map<std::string, PortMark>& marks) {
  Failures failures;
  std::vector<std::string> names;
  std::vector<Message> messages;
  for (const auto& [name, mark] : marks) {
    if (const auto* known = find(name)) {
      names.push_back(name);
      messages.push_back(
          netem::change_device(known->device.index, {.alias = format_mark(instance_, mark)}));
    } else {
      failures.emplace(name, gone(name));
    }
  }
  failures.merge(request(names, messages));
  for (const auto& name : names)
    if (const auto known = devices_.find(name); known != devices_.end() && !failures.contains(name))
      known->second.mark = marks.at(name);
  return failures;
}

}  // namespace linkfab::fabric
