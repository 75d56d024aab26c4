#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"

// The part of a step that is the links' that need no switch.
namespace linkfab::fabric {

std::optional<netem::Forward> Reconciler::wanted_forward(const Endpoint& endpoint) const {
  if (on_switch(desired_, rules_.forwarding, endpoint)) return std::nullopt;
  const auto to = forwarded_to(desired_, endpoint);
  const auto* device = to ? devices_.find(device_name(rules_.instance, *to)) : nullptr;
  return device == nullptr ? netem::Forward{} : netem::Forward{device->device.index};
}

Reconciler::Failed Reconciler::change_forwards(const std::set<Endpoint>& endpoints,
                                               bool forwarding) {
  std::map<std::string, std::optional<netem::Forward>> devices;
  std::map<std::string, Endpoint> owners;
  const auto look = [&](const Endpoint& endpoint) {
    const auto name = device_name(rules_.instance, endpoint);
    const auto* device = devices_.find(name);
    // One that is not wanted any more keeps what it has until it goes: nothing of its node's is to
    // come to the host meanwhile.
    if (device == nullptr || !desired_.has_interface(endpoint)) return;
    const auto wanted = wanted_forward(endpoint);
    if (wanted.has_value() != forwarding || device->forward == wanted) return;
    devices.emplace(name, wanted);
    owners.emplace(name, endpoint);
  };
  for (const auto& endpoint : endpoints) {
    look(endpoint);
    // The device of this end may be another one now.
    if (const auto peer = forwarding ? forwarded_to(desired_, endpoint) : std::nullopt) look(*peer);
  }
  Failed failed;
  if (devices.empty()) return failed;
  const auto failures = devices_.forward(devices);
  for (const auto& [name, wanted] : devices) {
    const auto* device = devices_.find(name);
    if (const auto failure = failures.find(name); failure != failures.end()) {
      failed.emplace(owners.at(name), failure->second);
    } else if (device != nullptr && device->forward != wanted) {
      failed.emplace(owners.at(name),
                     Error{Errc::unsupported, "forward frames of " + name,
                           "the kernel did not take the filter; it needs the modules cls_bpf and "
                           "act_mirred"});
    }
  }
  return failed;
}

}  // namespace linkfab::fabric
