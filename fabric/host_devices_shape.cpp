#include "core/log.hpp"
#include "fabric/host_devices.hpp"
#include "netem/inner_wire.hpp"

// Qdiscs of our devices: what they are, and what they become.
namespace linkfab::fabric {

using netem::IfIndex;
using netem::Message;
using netem::Netem;

void HostDevices::follow(const netem::Qdisc& qdisc) {
  auto& known = devices_.at(names_.at(qdisc.device));
  if (qdisc.root()) {
    known.qdisc = qdisc.netem ? std::make_unique<netem::Qdisc>(qdisc) : nullptr;
    known.tables.reset();
    if (!known.qdisc) known.inner.reset();
    return;
  }
  if (netem::is_clsact(qdisc.handle)) {
    forwards_changed_.insert(qdisc.device);
    return;
  }
  if (!known.inner) known.inner = std::make_unique<netem::InnerSeen>();
  if (netem::follow(*known.inner, qdisc)) inner_changed_.insert(qdisc.device);
}

void HostDevices::read_inner() {
  for (const auto index : std::exchange(inner_changed_, {})) {
    const auto name = names_.find(index);
    if (name == names_.end()) continue;
    const auto& inner = devices_.at(name->second).inner;
    if (!inner) continue;
    if (auto read = netem::read_inner(socket_, index, *inner); !read)
      log::repeated("devices", format(read.error()));
  }
}

void HostDevices::read_forwards() {
  for (const auto index : std::exchange(forwards_changed_, {})) {
    const auto name = names_.find(index);
    if (name == names_.end()) continue;
    if (const auto read = netem::read_forward(socket_, index))
      devices_.at(name->second).forward = *read;
    else
      log::repeated("devices", format(read.error()));
  }
}

HostDevices::Failures HostDevices::forward(
    const std::map<std::string, std::optional<netem::Forward>>& devices) {
  Failures failures;
  std::vector<std::string> names;
  std::vector<Message> messages;
  for (const auto& [name, forward] : devices) {
    const auto* known = find(name);
    if (known == nullptr) {
      failures.emplace(name, gone(name));
      continue;
    }
    const auto add = [&](Message message) {
      names.push_back(name);
      messages.push_back(std::move(message));
    };
    const auto index = known->device.index;
    if (forward) {
      add(netem::add_clsact(index));
      add(netem::set_forward(index, *forward));
    }
    if (!forward && known->forward) add(netem::delete_forward(index));
  }
  failures.merge(request(names, messages));
  return failures;
}

HostDevices::Failures HostDevices::shape(const std::map<std::string, Shaping>& devices) {
  Failures failures;
  std::vector<std::string> names;
  std::vector<Message> messages;
  for (const auto& [name, shaping] : devices) {
    const auto* known = find(name);
    if (known == nullptr) {
      failures.emplace(name, gone(name));
      continue;
    }
    const auto index = known->device.index;
    const auto add = [&](Message message) {
      names.push_back(name);
      messages.push_back(std::move(message));
    };
    // A root comes before what is below it; a root that is there changes last: what it gives up is
    // then done below already.
    if (shaping.netem && !known->qdisc) add(netem::replace_netem(index, *shaping.netem));
    for (const auto& step : shaping.inner) add(netem::message_of(index, step));
    if (shaping.netem && known->qdisc) add(netem::replace_netem(index, *shaping.netem));
  }
  failures.merge(request(names, messages));
  for (const auto& [name, shaping] : devices) {
    const auto known = devices_.find(name);
    if (known == devices_.end() || failures.contains(name)) continue;
    if (shaping.netem) known->second.tables = tables_id(*shaping.netem);
    if (known->second.inner)
      for (const auto& step : shaping.inner) netem::follow_tables(*known->second.inner, step);
  }
  return failures;
}

HostDevices::Failures HostDevices::play_netem(const std::map<std::string, Netem>& netems) {
  std::map<std::string, std::pair<IfIndex, bool>> before;
  for (const auto& [name, netem] : netems)
    if (const auto* known = find(name); known != nullptr && !changed_.contains(name))
      before.emplace(name, std::pair{known->device.index, known->device.up});
  std::map<std::string, Shaping> shapings;
  for (const auto& [name, netem] : netems) shapings.emplace(name, Shaping{netem, {}});
  auto failures = shape(shapings);
  for (const auto& [name, state] : before) {
    const auto* known = find(name);
    const bool as_asked = known != nullptr && known->qdisc &&
                          matches(netems.at(name), *known->qdisc->netem) &&
                          state == std::pair{known->device.index, known->device.up};
    if (as_asked) changed_.erase(name);
  }
  return failures;
}

}  // namespace linkfab::fabric
