#include "fabric/desired.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "fabric/lookup.hpp"
#include "fabric/machine.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Uuid;

// A route is all that can be wrong with a node's row: the node goes on with the others.
Row with_sound_routes(Row row) {
  auto routes = get(row, "routes").strings();
  std::erase_if(routes, [](const std::string& route) { return !parse_route(route); });
  row.set("routes", ovsdb::Datum::set({routes.begin(), routes.end()}));
  return row;
}

// What agents write of an interface; those of other hosts are of interest.
bool only_reported(const ovsdb::Change& change) {
  if (change.before.empty() || change.after.empty()) return false;
  return std::ranges::all_of(wanted_interface_columns(), [&](const std::string& column) {
    return get(change.before, column) == get(change.after, column);
  });
}

}  // namespace

void Scope::add(Scope other) {
  nodes.merge(other.nodes);
  links.merge(other.links);
  segments.merge(other.segments);
  interfaces.merge(other.interfaces);
}

void Desired::Index::set(const Uuid& row, const std::string& name) {
  names[row] = name;
  rows[name] = row;
}

void Desired::Index::erase(const Uuid& row) {
  const auto found = names.find(row);
  if (found == names.end()) return;
  // Another row may have taken the name in the same transaction.
  if (const auto named = rows.find(found->second); named != rows.end() && named->second == row) {
    rows.erase(named);
    problems.erase(found->second);
  }
  names.erase(found);
}

const std::string* Desired::Index::problem(const std::string& name) const {
  return lookup(problems, name);
}

std::optional<Uuid> Desired::Index::row(const std::string& name) const {
  return copy_of(rows, name);
}

Scope Desired::apply(const Replica& replica, const ovsdb::Changes& changes) {
  Scope scope;
  read_fabric(replica);
  read_hosts(replica);
  const auto touched = elsewhere_.apply(replica, changes);
  Reread reread = affected(changes);
  for (const auto& row : touched.joints) {
    if (links_.names.contains(row)) reread.links.insert(row);
    if (segments_.names.contains(row)) reread.segments.insert(row);
  }
  if (touched.all) {
    for (const auto& [row, name] : links_.names) reread.links.insert(row);
    for (const auto& [row, name] : segments_.names) reread.segments.insert(row);
  }
  reread_nodes(replica, reread, scope);
  if (!reread.nodes.empty() || !reread.links.empty() || !reread.segments.empty()) {
    // What was wrong may have been put right by a change elsewhere.
    for (const auto& [name, problem] : links_.problems) reread.links.insert(links_.rows.at(name));
    for (const auto& [name, problem] : segments_.problems)
      reread.segments.insert(segments_.rows.at(name));
  }
  // A row that is read again and still names them follows them again: they may come back.
  for (const auto& change : changes) {
    if (!change.after.empty()) continue;
    interface_users_.erase(change.uuid);
    impairment_owners_.erase(change.uuid);
  }
  reread_joints(replica, reread, scope);
  return scope;
}

Desired::Reread Desired::affected(const ovsdb::Changes& changes) const {
  Reread reread;
  const auto add_user = [&](const Uuid& row) {
    if (links_.names.contains(row)) reread.links.insert(row);
    if (segments_.names.contains(row)) reread.segments.insert(row);
  };
  for (const auto& change : changes) {
    if (change.table == "Node") reread.nodes.insert(change.uuid);
    if (change.table == "Link") reread.links.insert(change.uuid);
    if (change.table == "Segment") reread.segments.insert(change.uuid);
    if (change.table == "Interface")
      if (const auto* node = lookup(interface_nodes_, change.uuid);
          node != nullptr &&
          (elsewhere_.is_remote(nodes_.names.at(*node)) || !only_reported(change)))
        reread.nodes.insert(*node);
    if (change.table == "Impairment")
      if (const auto* owners = lookup(impairment_owners_, change.uuid))
        for (const auto& owner : *owners) add_user(owner);
  }
  return reread;
}

void Desired::read_fabric(const Replica& replica) {
  const auto& rows = replica.rows("Fabric");
  if (rows.empty()) {
    fabric_row_.reset();
    return;
  }
  const auto& [uuid, row] = *rows.begin();
  fabric_row_ = uuid;
  next_cfg_ = get(row, "next_cfg").integer();
  next_stats_ = get(row, "next_stats").integer();
  options_ = get(row, "options").string_map();
  topology_.name = get(row, "name").string();
}

void Desired::read_hosts(const Replica& replica) {
  host_row_.reset();
  for (const auto& [uuid, row] : replica.rows("Host"))
    if (get(row, "name").string() == elsewhere_.self()) host_row_ = uuid;
}

Desired::FormerNode Desired::forget_node(const Uuid& uuid) {
  FormerNode former;
  if (const auto* name = lookup(nodes_.names, uuid)) {
    former.name = *name;
    former.host = elsewhere_.host_of(former.name);
    if (!elsewhere_.is_remote(former.name)) former.node = copy_of(topology_.nodes, former.name);
  }
  for (const auto& interface : node_interfaces_[uuid]) {
    interface_nodes_.erase(interface);
    const auto endpoint = endpoints_.extract(interface);
    if (endpoint.empty()) continue;
    interface_rows_.erase(endpoint.mapped());
    if (const auto* end = elsewhere_.end(endpoint.mapped()))
      former.ends.emplace(endpoint.mapped(), *end);
    elsewhere_.erase_end(endpoint.mapped());
    former.endpoints.emplace(interface, endpoint.mapped());
  }
  node_interfaces_.erase(uuid);
  nodes_.erase(uuid);
  // Stand-ins belong to their links.
  if (former.node) topology_.nodes.erase(former.name);
  elsewhere_.erase_node(former.name);
  restart_requests_.erase(former.name);
  restarts_done_.erase(former.name);
  return former;
}

// All are forgotten before any is read: a name or an interface may have gone from one to another.
void Desired::reread_nodes(const Replica& replica, Reread& reread, Scope& scope) {
  std::map<Uuid, FormerNode> former;
  for (const auto& row : reread.nodes) former.emplace(row, forget_node(row));
  for (const auto& row : reread.nodes) read_node(replica, row);
  for (const auto& [row, node] : former) add_touched(node, row, reread, scope);
}

void Desired::read_node(const Replica& replica, const Uuid& uuid) {
  const auto* row = replica.find("Node", uuid);
  if (row == nullptr) return;
  const auto name = get(*row, "name").string();
  nodes_.set(uuid, name);
  // Names become paths: the database admits some that must not.
  if (const auto good = check_node_name(name); !good) {
    nodes_.problems[name] = linkfab::format(good.error());
    return;
  }
  const auto host = get(*row, "host").string();
  elsewhere_.set_node(name, host);
  if (!elsewhere_.is_self(host)) {
    read_remote_node(replica, uuid, *row, name);
    return;
  }
  if (const auto number = get(*row, "restart_request").integer(); number != 0)
    restart_requests_[name] = number;
  if (const auto number = get(*row, "restart_done").integer(); number != 0)
    restarts_done_[name] = number;
  auto node = decode_node(*row);
  if (!node) {
    nodes_.problems[name] = linkfab::format(node.error());
    node = decode_node(with_sound_routes(*row));
  }
  read_interfaces(replica, uuid, *row, *node, name);
  add_machine_gateways(*node);
  topology_.nodes[name] = std::move(*node);
}

// Of a node on another host only its interfaces are of interest, to be stood for.
void Desired::read_remote_node(const Replica& replica, const Uuid& uuid, const Row& row,
                               const std::string& name) {
  Node scratch;
  read_interfaces(replica, uuid, row, scratch, name);
}

void Desired::add_remote_touched(const FormerNode& former, const Uuid& uuid, Reread& reread,
                                 Scope& scope) const {
  const auto* name = lookup(nodes_.names, uuid);
  const auto* rows = lookup(node_interfaces_, uuid);
  if (name == nullptr || rows == nullptr) return;
  const bool moved = elsewhere_.host_of(*name) != former.host;
  for (const auto& row : *rows) {
    const auto endpoint = copy_of(endpoints_, row);
    if (!endpoint) continue;
    const auto* now = elsewhere_.end(*endpoint);
    const auto before = copy_of(former.ends, *endpoint);
    if (moved || (now != nullptr && before && now->interface != before->interface)) {
      add_users(row, reread);
    } else if (now != nullptr && has_interface(*endpoint) && before != *now) {
      scope.interfaces.insert(*endpoint);
      for (const auto& peer : peers(*endpoint)) scope.interfaces.insert(peer);
    }
  }
}

void Desired::add_touched(const FormerNode& former, const Uuid& uuid, Reread& reread,
                          Scope& scope) const {
  const auto* name = lookup(nodes_.names, uuid);
  if (former.node) scope.nodes.insert(former.name);
  if (name != nullptr) scope.nodes.insert(*name);

  const auto interface_at = [](const Node* node, const std::string& interface) {
    return node == nullptr ? std::nullopt : copy_of(node->interfaces, interface);
  };
  const Node* before = former.node ? &*former.node : nullptr;
  const Node* after = name == nullptr ? nullptr : lookup(topology_.nodes, *name);
  if (name != nullptr && elsewhere_.is_remote(*name)) after = nullptr;
  const bool renamed = name != nullptr && former.node && *name != former.name;
  const auto compare = [&](const Node* node, const std::string& node_name) {
    if (node == nullptr) return;
    for (const auto& [interface, value] : node->interfaces)
      if (renamed || interface_at(before, interface) != interface_at(after, interface))
        scope.interfaces.insert({node_name, interface});
  };
  compare(before, former.name);
  if (name != nullptr) compare(after, *name);

  // Links and segments whose ends have another name now, or none.
  for (const auto& [row, endpoint] : former.endpoints)
    if (copy_of(endpoints_, row) != endpoint) add_users(row, reread);
  if (const auto* rows = lookup(node_interfaces_, uuid))
    for (const auto& row : *rows)
      if (!former.endpoints.contains(row)) add_users(row, reread);
  if (elsewhere_.shared()) add_remote_touched(former, uuid, reread, scope);
}

void Desired::add_users(const Uuid& interface, Reread& reread) const {
  const auto* users = lookup(interface_users_, interface);
  if (users == nullptr) return;
  for (const auto& user : *users) {
    if (links_.names.contains(user)) reread.links.insert(user);
    if (segments_.names.contains(user)) reread.segments.insert(user);
  }
}

void Desired::read_interfaces(const Replica& replica, const Uuid& uuid, const Row& row, Node& node,
                              const std::string& name) {
  for (const auto& interface : get(row, "interfaces").uuids()) {
    // One that is left out is followed too: its change may put it right. Of a node on another host
    // not all are here, and one may come.
    interface_nodes_[interface] = uuid;
    node_interfaces_[uuid].insert(interface);
    const auto* columns = replica.find("Interface", interface);
    if (columns == nullptr) continue;
    const Endpoint endpoint{name, get(*columns, "name").string()};
    if (const auto good = check_interface_name(endpoint.interface); !good) {
      nodes_.problems[name] = linkfab::format(good.error());
      continue;
    }
    auto decoded = decode_interface(*columns);
    if (!decoded) {
      nodes_.problems[name] =
          fmt::format("interface {}: {}", endpoint.interface, linkfab::format(decoded.error()));
      continue;
    }
    if (!node.interfaces.emplace(endpoint.interface, *std::move(decoded)).second) {
      nodes_.problems[name] = fmt::format("interface {} is there twice", endpoint.interface);
      continue;
    }
    endpoints_[interface] = endpoint;
    interface_rows_[endpoint] = interface;
    if (elsewhere_.is_remote(name)) {
      const auto state = get(*columns, "state").string();
      const auto& carrier = get(*columns, "carrier");
      elsewhere_.set_end(
          endpoint, {.interface = node.interfaces.at(endpoint.interface),
                     .present = state == "up" || state == "down",
                     .up = state == "up",
                     .carrier = carrier.empty() ? std::nullopt : std::optional(carrier.boolean()),
                     .error = get(*columns, "error").string()});
    }
  }
}

const Attachment* Desired::attachment(const Endpoint& endpoint) const {
  return lookup(attachments_, endpoint);
}

const Impairment* Desired::toward(const Endpoint& endpoint) const {
  const auto* joint = attachment(endpoint);
  if (joint == nullptr || is_stand_in(endpoint)) return nullptr;
  if (joint->kind == Attachment::Kind::segment)
    return &topology_.segments.at(joint->name).members.at(endpoint);
  const auto& link = topology_.links.at(joint->name);
  return link.a == endpoint ? &link.b_to_a : &link.a_to_b;
}

std::vector<Endpoint> Desired::peers(const Endpoint& endpoint) const {
  const auto* attachment = lookup(attachments_, endpoint);
  if (attachment == nullptr) return {};
  if (attachment->kind == Attachment::Kind::link) {
    const auto& link = topology_.links.at(attachment->name);
    return {link.a == endpoint ? link.b : link.a};
  }
  std::vector<Endpoint> others;
  for (const auto& [member, impairment] : topology_.segments.at(attachment->name).members)
    if (member != endpoint) others.push_back(member);
  return others;
}

Scope Desired::everything() const {
  Scope scope;
  for (const auto& [name, row] : nodes_.rows)
    if (!elsewhere_.is_remote(name)) scope.nodes.insert(name);
  for (const auto& [name, node] : topology_.nodes) scope.nodes.insert(name);
  for (const auto& [name, row] : links_.rows) scope.links.insert(name);
  for (const auto& [name, row] : segments_.rows) scope.segments.insert(name);
  for (const auto& [endpoint, row] : interface_rows_)
    if (!elsewhere_.is_remote(endpoint.node)) scope.interfaces.insert(endpoint);
  for (const auto& [joint, endpoints] : stand_ins_)
    scope.interfaces.insert(endpoints.begin(), endpoints.end());
  return scope;
}

const std::string* Desired::link_problem(const std::string& name) const {
  return links_.problem(name);
}
const std::string* Desired::segment_problem(const std::string& name) const {
  return segments_.problem(name);
}
const std::string* Desired::node_problem(const std::string& name) const {
  return nodes_.problem(name);
}
std::optional<Uuid> Desired::node_row(const std::string& name) const {
  return elsewhere_.is_remote(name) ? std::nullopt : nodes_.row(name);
}
std::optional<Uuid> Desired::link_row(const std::string& name) const {
  const auto row = links_.row(name);
  return row && elsewhere_.is_self(copy_of(homes_, *row).value_or("")) ? row : std::nullopt;
}
std::optional<Uuid> Desired::segment_row(const std::string& name) const {
  const auto row = segments_.row(name);
  return row && elsewhere_.is_self(copy_of(homes_, *row).value_or("")) ? row : std::nullopt;
}
std::optional<Uuid> Desired::interface_row(const Endpoint& endpoint) const {
  return elsewhere_.is_remote(endpoint.node) ? std::nullopt : copy_of(interface_rows_, endpoint);
}
bool Desired::has_interface(const Endpoint& endpoint) const {
  const auto* node = lookup(topology_.nodes, endpoint.node);
  return node != nullptr && node->interfaces.contains(endpoint.interface);
}
bool Desired::is_stand_in(const Endpoint& endpoint) const {
  return endpoint.node.starts_with('@') || elsewhere_.is_remote(endpoint.node);
}
std::string Desired::host_behind(const Endpoint& stand_in) const {
  return stand_in.node.starts_with('@') ? stand_in.node.substr(1)
                                        : elsewhere_.host_of(stand_in.node);
}
std::optional<std::string> Desired::subtracted(const Endpoint& endpoint) const {
  const auto* joint = attachment(endpoint);
  if (joint == nullptr || joint->kind != Attachment::Kind::link || is_stand_in(endpoint))
    return std::nullopt;
  const auto& link = topology_.links.at(joint->name);
  const auto& peer = link.a == endpoint ? link.b : link.a;
  if (!link.subtract_underlay || !is_stand_in(peer)) return std::nullopt;
  return host_behind(peer);
}
Scope Desired::shortened(const std::set<std::string>& hosts) const {
  Scope scope;
  for (const auto& [name, link] : topology_.links) {
    if (!link.subtract_underlay) continue;
    for (const auto& endpoint : {link.a, link.b}) {
      const auto host = subtracted(endpoint);
      if (!host || !hosts.contains(*host)) continue;
      scope.links.insert(name);
      scope.interfaces.insert(endpoint);
    }
  }
  return scope;
}
std::set<std::string> Desired::crossed_hosts() const {
  std::set<std::string> hosts;
  for (const auto& [joint, endpoints] : stand_ins_)
    for (const auto& endpoint : endpoints) hosts.insert(host_behind(endpoint));
  return hosts;
}
std::int64_t Desired::restart_request(const std::string& node) const {
  return copy_of(restart_requests_, node).value_or(0);
}
std::int64_t Desired::restart_done(const std::string& node) const {
  return copy_of(restarts_done_, node).value_or(0);
}

}  // namespace linkfab::fabric
