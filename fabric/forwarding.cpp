#include "fabric/forwarding.hpp"

#include "fabric/lookup.hpp"

namespace linkfab::fabric {
namespace {

// An interface of a node of this host that is the node's own, and no way to something else.
bool plain(const Desired& desired, const Endpoint& endpoint) {
  if (desired.is_stand_in(endpoint)) return false;
  const auto* node = lookup(desired.topology().nodes, endpoint.node);
  const auto* interface = node == nullptr ? nullptr : lookup(node->interfaces, endpoint.interface);
  return interface != nullptr && !interface->gateway;
}

}  // namespace

bool on_switch(const Desired& desired, Forwarding forwarding, const Link& link) {
  return forwarding == Forwarding::openflow || !plain(desired, link.a) || !plain(desired, link.b);
}

bool on_switch(const Desired& desired, Forwarding forwarding, const Endpoint& endpoint) {
  if (forwarding == Forwarding::openflow) return true;
  const auto* joint = desired.attachment(endpoint);
  if (joint == nullptr) return !plain(desired, endpoint);
  return joint->kind == Attachment::Kind::segment ||
         on_switch(desired, forwarding, desired.topology().links.at(joint->name));
}

std::optional<Endpoint> forwarded_to(const Desired& desired, const Endpoint& endpoint) {
  const auto* joint = desired.attachment(endpoint);
  if (joint == nullptr || joint->kind != Attachment::Kind::link) return std::nullopt;
  return desired.peers(endpoint).front();
}

}  // namespace linkfab::fabric
