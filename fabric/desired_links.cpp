#include <algorithm>

#include <fmt/format.h>

#include "fabric/desired.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Uuid;

bool wanted_up(const Row& row) {
  return get(row, "wanted").string() != "cut";
}

std::vector<Endpoint> ends(const Link& link) {
  return {link.a, link.b};
}

std::vector<Endpoint> ends(const Segment& segment) {
  std::vector<Endpoint> endpoints;
  for (const auto& [member, toward] : segment.members) endpoints.push_back(member);
  return endpoints;
}

// What the rows of links, or of segments, said before they are read again.
template <class Joint>
struct Former {
  struct One {
    std::optional<Joint> joint;
    std::optional<std::string> problem;
  };
  std::map<std::string, One> by_name;
  std::set<Uuid> in_force;
};

template <class Joint, class Rows, class Index>
Former<Joint> forget(const Rows& rows, Index& index, std::map<std::string, Joint>& joints,
                     std::map<Endpoint, Attachment>& attachments) {
  Former<Joint> former;
  for (const auto& row : rows) {
    const auto name = copy_of(index.names, row);
    if (!name) continue;
    auto& before = former.by_name[*name];
    before = {copy_of(joints, *name), copy_of(index.problems, *name)};
    if (before.joint) {
      former.in_force.insert(row);
      for (const auto& endpoint : ends(*before.joint)) attachments.erase(endpoint);
      joints.erase(*name);
    }
    index.erase(row);
  }
  return former;
}

template <class Joint, class Rows, class Index>
void compare(Former<Joint> former, const Rows& rows, const Index& index,
             const std::map<std::string, Joint>& joints, std::set<std::string>& changed,
             std::set<Endpoint>& interfaces) {
  for (const auto& row : rows)
    if (const auto name = copy_of(index.names, row)) former.by_name.try_emplace(*name);
  for (const auto& [name, before] : former.by_name) {
    const auto after = copy_of(joints, name);
    if (before.joint == after && before.problem == copy_of(index.problems, name)) continue;
    changed.insert(name);
    for (const auto& joint : {before.joint, after})
      if (joint)
        for (const auto& endpoint : ends(*joint)) interfaces.insert(endpoint);
  }
}

}  // namespace

Result<Impairment> Desired::impairment(const Replica& replica, const std::optional<Uuid>& row,
                                       const Uuid& owner) {
  if (!row) return Impairment{};
  impairment_owners_[*row].insert(owner);
  const auto* columns = replica.find("Impairment", *row);
  return columns == nullptr ? Result<Impairment>{} : decode_impairment(*columns);
}

Result<void> Desired::check_free(const Endpoint& endpoint, const Attachment& wanted) const {
  const auto there = attachments_.find(endpoint);
  if (there == attachments_.end() || there->second == wanted) return {};
  const bool link = there->second.kind == Attachment::Kind::link;
  return failure(Errc::conflict, "attach " + format(endpoint),
                 fmt::format("it is already in {} {}; disconnect it there first",
                             link ? "link" : "segment", there->second.name));
}

// Flows are told apart by the name alone.
Result<void> Desired::check_name(const Attachment& joint) const {
  if (auto good = check_link_name(joint.name); !good) return good;
  const bool link = joint.kind == Attachment::Kind::link;
  const bool taken =
      link ? topology_.segments.contains(joint.name) : topology_.links.contains(joint.name);
  if (!taken) return {};
  return failure(Errc::conflict, fmt::format("name {} {}", link ? "link" : "segment", joint.name),
                 fmt::format("a {} has that name; rename one of them", link ? "segment" : "link"));
}

Result<std::optional<Link>> Desired::decode_link(const Replica& replica, const Uuid& uuid,
                                                 const Row& row) {
  Link link;
  const auto end = [&](const char* column, Endpoint& endpoint) -> Result<void> {
    const auto interface = get(row, column).uuid();
    if (interface) interface_users_[*interface].insert(uuid);
    const auto known = interface ? copy_of(endpoints_, *interface) : std::nullopt;
    if (!known)
      return failure(Errc::not_found, fmt::format("find end {}", column),
                     "its interface is gone; connect the link again or disconnect it");
    endpoint = *known;
    return {};
  };
  if (auto found = end("a", link.a); !found) return std::unexpected(found.error());
  if (auto found = end("b", link.b); !found) return std::unexpected(found.error());
  homes_[uuid] = home_of(row, elsewhere_.host_of(link.a.node));
  const Attachment self{Attachment::Kind::link, get(row, "name").string()};
  if (auto good = check_name(self); !good) return std::unexpected(good.error());
  if (link.a == link.b)
    return failure(Errc::invalid, "join " + format(link.a), "both ends are the same interface");
  for (const auto& endpoint : {link.a, link.b})
    if (auto free = check_free(endpoint, self); !free) return std::unexpected(free.error());
  auto a_to_b = impairment(replica, get(row, "a_to_b").uuid(), uuid);
  if (!a_to_b) return std::unexpected(a_to_b.error());
  auto b_to_a = impairment(replica, get(row, "b_to_a").uuid(), uuid);
  if (!b_to_a) return std::unexpected(b_to_a.error());
  link.a_to_b = std::move(*a_to_b);
  link.b_to_a = std::move(*b_to_a);
  link.up = wanted_up(row);
  link.subtract_underlay = subtracts_underlay(row);
  const bool here = !elsewhere_.is_remote(link.a.node);
  if (here == elsewhere_.is_remote(link.b.node))
    if (auto crossed = cross(uuid, here ? link.b : link.a); !crossed)
      return std::unexpected(crossed.error());
  if (!here && elsewhere_.is_remote(link.b.node)) return std::nullopt;
  return link;
}

void Desired::read_link(const Replica& replica, const Uuid& uuid) {
  const auto* row = replica.find("Link", uuid);
  if (row == nullptr) return;
  const auto name = get(*row, "name").string();
  links_.set(uuid, name);
  links_.problems.erase(name);
  // Also where its ends are gone somebody has to say so.
  if (const auto home = get(*row, "host").string(); !home.empty()) homes_[uuid] = home;
  auto link = decode_link(replica, uuid, *row);
  if (!link) {
    links_.problems[name] = linkfab::format(link.error());
    return;
  }
  if (!*link) return;
  attachments_[(*link)->a] = attachments_[(*link)->b] = {Attachment::Kind::link, name};
  topology_.links[name] = std::move(**link);
}

Result<std::optional<Segment>> Desired::decode_segment(const Replica& replica, const Uuid& uuid,
                                                       const Row& row) {
  Segment segment;
  segment.kind = get(row, "kind").string() == "hub" ? SegmentKind::hub : SegmentKind::learning;
  segment.up = wanted_up(row);
  const Attachment self{Attachment::Kind::segment, get(row, "name").string()};
  if (auto good = check_name(self); !good) return std::unexpected(good.error());
  const auto& impairments = get(row, "impairments").as_map();
  std::map<Endpoint, std::string> hosts;  // of all its members
  for (const auto& interface : get(row, "interfaces").uuids()) {
    interface_users_[interface].insert(uuid);
    const auto endpoint = copy_of(endpoints_, interface);
    if (!endpoint) continue;
    if (auto free = check_free(*endpoint, self); !free) return std::unexpected(free.error());
    hosts.emplace(*endpoint, elsewhere_.host_of(endpoint->node));
    if (elsewhere_.is_remote(endpoint->node)) continue;
    const auto pair = impairments.find(interface);
    std::optional<Uuid> reference;
    if (pair != impairments.end()) reference = ovsdb::Datum(pair->second).uuid();
    auto toward = impairment(replica, reference, uuid);
    if (!toward) return std::unexpected(toward.error());
    segment.members.emplace(*endpoint, std::move(*toward));
  }
  homes_[uuid] = home_of(row, hosts.empty() ? elsewhere_.self() : hosts.begin()->second);
  if (!elsewhere_.is_self(homes_[uuid]) && segment.members.empty()) return std::nullopt;
  return segment;
}

void Desired::read_segment(const Replica& replica, const Uuid& uuid) {
  const auto* row = replica.find("Segment", uuid);
  if (row == nullptr) return;
  const auto name = get(*row, "name").string();
  segments_.set(uuid, name);
  segments_.problems.erase(name);
  auto segment = decode_segment(replica, uuid, *row);
  if (!segment) {
    segments_.problems[name] = linkfab::format(segment.error());
    return;
  }
  if (!*segment) return;
  cross(replica, uuid, *row, **segment);
  for (const auto& [member, toward] : (*segment)->members)
    attachments_[member] = {Attachment::Kind::segment, name};
  topology_.segments[name] = std::move(**segment);
}

std::string Desired::home_of(const Row& row, const std::string& fallback) const {
  return get(row, "host").string(fallback.empty() ? elsewhere_.self() : fallback);
}

// A link from here to another host.
Result<void> Desired::cross(const Uuid& uuid, const Endpoint& there) {
  const auto* end = elsewhere_.end(there);
  const TunnelKey tunnel{uuid, {}};
  if (elsewhere_.is_self(homes_[uuid])) elsewhere_.want(tunnel);
  auto interface = elsewhere_.stand_in(tunnel, elsewhere_.host_of(there.node), end->interface);
  if (!interface) return std::unexpected(interface.error());
  add_stand_in(uuid, there, *std::move(interface));
  return {};
}

// A segment that has members on other hosts, or its home there. Unlike a link it is of use without
// some of them.
void Desired::cross(const Replica& replica, const Uuid& uuid, const Row& row, Segment& segment) {
  const auto& home = homes_[uuid];
  const bool is_home = elsewhere_.is_self(home);
  const auto name = get(row, "name").string();
  std::set<std::string> others;
  Interface like;
  for (const auto& interface : get(row, "interfaces").uuids()) {
    const auto endpoint = copy_of(endpoints_, interface);
    if (!endpoint) continue;
    // Away from home the other hosts' members are not known, or by chance.
    if (!is_home && elsewhere_.is_remote(endpoint->node)) continue;
    others.insert(elsewhere_.host_of(endpoint->node));
    if (const auto* columns = replica.find("Interface", interface))
      if (const auto mtu = get(*columns, "mtu").integer(); mtu > like.mtu.value_or(1500))
        like.mtu = static_cast<std::uint32_t>(mtu);
  }
  if (!is_home) others = {home};
  others.erase(elsewhere_.self());
  for (const auto& host : others) {
    const TunnelKey tunnel{uuid, is_home ? host : elsewhere_.self()};
    if (is_home) elsewhere_.want(tunnel);
    auto interface = elsewhere_.stand_in(tunnel, host, like);
    if (!interface) {
      segments_.problems[name] = linkfab::format(interface.error());
      continue;
    }
    const auto endpoint = segment_stand_in(host, name);
    add_stand_in(uuid, endpoint, *std::move(interface));
    segment.members.emplace(endpoint, Impairment{});
  }
}

void Desired::add_stand_in(const Uuid& joint, const Endpoint& endpoint, Interface interface) {
  auto& node = topology_.nodes[endpoint.node];
  node.kind = NodeKind::host;
  node.interfaces[endpoint.interface] = std::move(interface);
  stand_ins_[joint].push_back(endpoint);
}

std::map<Endpoint, Interface> Desired::remove_stand_ins(const Uuid& joint) {
  std::map<Endpoint, Interface> removed;
  elsewhere_.unwant(joint);
  homes_.erase(joint);
  const auto known = stand_ins_.extract(joint);
  if (known.empty()) return removed;
  for (const auto& endpoint : known.mapped()) {
    const auto node = topology_.nodes.find(endpoint.node);
    // What it stood for may have come here.
    const bool own = nodes_.rows.contains(endpoint.node) && !is_stand_in(endpoint);
    if (node == topology_.nodes.end() || own) continue;
    if (auto interface = node->second.interfaces.extract(endpoint.interface))
      removed.emplace(endpoint, std::move(interface.mapped()));
    if (node->second.interfaces.empty()) topology_.nodes.erase(node);
  }
  return removed;
}

// Who was in force goes first and keeps its interfaces and its name.
void Desired::reread_joints(const Replica& replica, const Reread& reread, Scope& scope) {
  std::map<Endpoint, Interface> stood;
  for (const auto* rows : {&reread.links, &reread.segments})
    for (const auto& row : *rows) stood.merge(remove_stand_ins(row));
  auto links = forget(reread.links, links_, topology_.links, attachments_);
  auto segments = forget(reread.segments, segments_, topology_.segments, attachments_);
  for (const bool in_force : {true, false}) {
    for (const auto& row : reread.links)
      if (links.in_force.contains(row) == in_force) read_link(replica, row);
    for (const auto& row : reread.segments)
      if (segments.in_force.contains(row) == in_force) read_segment(replica, row);
  }
  compare(std::move(links), reread.links, links_, topology_.links, scope.links, scope.interfaces);
  compare(std::move(segments), reread.segments, segments_, topology_.segments, scope.segments,
          scope.interfaces);
  compare_stand_ins(std::move(stood), reread, scope);
}

void Desired::compare_stand_ins(std::map<Endpoint, Interface> before, const Reread& reread,
                                Scope& scope) const {
  const auto touch = [&](const Endpoint& endpoint) {
    scope.interfaces.insert(endpoint);
    scope.nodes.insert(endpoint.node);
  };
  for (const auto* rows : {&reread.links, &reread.segments})
    for (const auto& row : *rows)
      if (const auto* endpoints = lookup(stand_ins_, row))
        for (const auto& endpoint : *endpoints) {
          const auto former = before.extract(endpoint);
          const auto& now = topology_.nodes.at(endpoint.node).interfaces.at(endpoint.interface);
          if (former.empty() || former.mapped() != now) touch(endpoint);
        }
  for (const auto& [endpoint, interface] : before) touch(endpoint);
}

}  // namespace linkfab::fabric
