#include "gateway/programs.hpp"

#include <net/if.h>

#include <memory>
#include <set>
#include <utility>

#include "gateway/netns.hpp"

namespace linkfab::gateway {
namespace {

using Places = std::set<std::pair<std::uint32_t, Role>>;

// Without route_localnet the kernel takes no IPv4 datagram from 127.0.0.0/8 that did not come by
// its own output, without accept_local none from any of its addresses.
constexpr const char* settings_of_lo[] = {"route_localnet", "accept_local"};

Places places(const KernelPlan& plan) {
  Places wanted;
  for (const auto& [device, path] : plan.paths) wanted.emplace(device, Role::frames);
  for (const std::uint32_t device : plan.uplinks) wanted.emplace(device, Role::datagrams);
  return wanted;
}

std::map<std::string, Error> of_namespace(Error error) {
  return {{"", std::move(error)}};
}

}  // namespace

Result<Programs> Programs::load(std::string instance, std::string state_directory) {
  if (const auto probe = KernelObject::load(); !probe) return std::unexpected(probe.error());
  if (const auto cookie = netns_cookie(); !cookie) return std::unexpected(cookie.error());
  return Programs{std::move(instance), std::move(state_directory)};
}

// What an earlier process left is found by looking at every device, once.
Result<Programs::Namespace> Programs::adopt(std::uint64_t netns) const {
  auto former = Former::open(state_directory_, instance_, netns);
  if (!former) return std::unexpected(former.error());
  Places found;
  std::uint32_t program = 0;
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> devices{
      ::if_nameindex(), &::if_freenameindex};
  for (auto* device = devices.get(); device != nullptr && device->if_index != 0; ++device) {
    for (const Role role : {Role::datagrams, Role::frames}) {
      const std::uint32_t there = filters_.find(device->if_index, role);
      if (there == 0) continue;
      found.emplace(device->if_index, role);
      program = there;
    }
  }
  auto object = KernelObject::load(program);
  if (!object) return std::unexpected(object.error());
  return Namespace{.object = *std::move(object),
                   .former = *std::move(former),
                   .attached = std::move(found),
                   .plan = {}};
}

std::map<std::string, Error> Programs::apply(const std::map<std::string, Path>& wanted) {
  const auto netns = netns_cookie();
  if (!netns) return of_namespace(netns.error());
  auto entry = namespaces_.find(*netns);
  if (entry == namespaces_.end()) {
    auto adopted = adopt(*netns);
    if (!adopted) return of_namespace(adopted.error());
    entry = namespaces_.emplace(*netns, *std::move(adopted)).first;
  }
  Namespace& space = entry->second;
  KernelPlan plan = plan_kernel(wanted);
  if (const auto prepared = prepare(space, plan); !prepared) return of_namespace(prepared.error());

  auto errors = attach(space, plan);
  errors.merge(std::map<std::string, Error>{plan.errors});
  if (const auto detached = detach(space, plan); !detached) errors.emplace("", detached.error());
  space.plan = std::move(plan);
  if (wanted.empty() && !errors.contains("")) namespaces_.erase(entry);
  return errors;
}

Result<void> Programs::prepare(Namespace& space, const KernelPlan& plan) {
  if (plan.has_local_ipv4) {
    for (const char* setting : settings_of_lo) {
      if (auto set = space.former.set_lo(setting, "1"); !set) return set;
    }
  }
  for (const std::uint32_t device : plan.patched) {
    if (auto set = space.former.set_promiscuous(device); !set) return set;
  }
  return space.object.fill(plan);
}

std::map<std::string, Error> Programs::attach(Namespace& space, const KernelPlan& plan) {
  std::map<std::string, Error> errors;
  std::map<std::uint32_t, std::string> names;
  for (const auto& [name, index] : plan.outers) names[index] = name;
  for (const auto& [device, role] : places(plan)) {
    if (filters_.find(device, role) == space.object.program_id(role)) continue;
    const auto attached = filters_.attach(device, role, space.object.program(role), space.former);
    if (attached) {
      space.attached.emplace(device, role);
      continue;
    }
    // Of a patched device the outer end is the one to tell; of an uplink all are.
    const auto path = plan.paths.find(device);
    const std::uint32_t told =
        path != plan.paths.end() && path->second.kind == LF_DELIVER ? path->second.device : device;
    errors.emplace(names.contains(told) ? names.at(told) : "", attached.error());
  }
  if (const auto saved = space.former.save(); !saved) errors.emplace("", saved.error());
  return errors;
}

Result<void> Programs::detach(Namespace& space, const KernelPlan& plan) {
  Result<void> result;
  const auto note = [&](const Result<void>& done) {
    if (!done && result) result = done;
  };
  const Places wanted = places(plan);
  std::erase_if(space.attached, [&](const auto& place) {
    if (wanted.contains(place)) return false;
    const auto detached = filters_.detach(place.first, place.second, space.former);
    note(detached);
    return detached.has_value();
  });
  // What an earlier process remembered, and this one wants no more, is put back as well.
  std::set<std::uint32_t> keep = plan.patched;
  for (const auto& [what, value] : space.former.entries()) {
    constexpr std::string_view promiscuous = "promiscuous ";
    if (!what.starts_with(promiscuous)) continue;
    const auto device = static_cast<std::uint32_t>(std::stoul(what.substr(promiscuous.size())));
    if (!keep.contains(device)) note(space.former.put_back_promiscuous(device));
  }
  if (!plan.has_local_ipv4) {
    for (const char* setting : settings_of_lo) note(space.former.put_back_lo(setting));
  }
  space.object.forget(plan);
  note(space.former.save());
  return result;
}

const Programs::Namespace* Programs::here() const {
  const auto netns = netns_cookie();
  if (!netns) return nullptr;
  const auto entry = namespaces_.find(*netns);
  return entry == namespaces_.end() ? nullptr : &entry->second;
}

std::map<std::string, std::uint32_t> Programs::longest() const {
  const Namespace* space = here();
  return space == nullptr ? std::map<std::string, std::uint32_t>{} : space->plan.longest;
}

std::map<std::string, Counters> Programs::counters() const {
  std::map<std::string, Counters> result;
  const Namespace* space = here();
  if (space == nullptr) return result;
  for (const auto& [name, index] : space->plan.outers) result[name] = space->object.counters(index);
  return result;
}

}  // namespace linkfab::gateway
