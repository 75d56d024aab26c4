// fabric::converge(): the transaction from what the database holds to a wanted topology.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Atom;
using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

using RowIds = std::map<std::string, Uuid>;

RowIds rows_by_name(const Replica& replica, const std::string& table) {
  RowIds ids;
  for (const auto& [uuid, row] : replica.rows(table)) ids.emplace(get(row, "name").string(), uuid);
  return ids;
}

std::string wanted_column(bool up) {
  return up ? "up" : "cut";
}

class Convergence {
 public:
  Convergence(const Replica& replica, const Topology& wanted)
      : replica_(replica), wanted_(wanted), segments_(rows_by_name(replica, "Segment")) {
    for (const auto& [uuid, row] : replica.rows("Link"))
      for (const char* column : {"a_to_b", "b_to_a"})
        if (const auto used = get(row, column).uuid()) ++impairment_uses_[*used];
    for (const auto& [uuid, row] : replica.rows("Segment"))
      for (const auto& [interface, used] : get(row, "impairments").as_map())
        if (const auto* impairment = std::get_if<Uuid>(&used)) ++impairment_uses_[*impairment];
  }

  Result<Transaction> transaction() {
    if (auto placed = place_nodes(); !placed) return std::unexpected(placed.error());
    change_fabric();
    for_each("Node", wanted_.nodes, [&](auto&&... node) { change_node(node...); });
    for_each("Link", wanted_.links, [&](auto&&... link) { change_link(link...); });
    for_each("Segment", wanted_.segments, [&](auto&&... segment) { change_segment(segment...); });
    if (change_.size() == guards_) return Transaction{database};
    change_.comment("linkfab: up " + wanted_.name);
    close_change(change_, true);
    return std::move(change_);
  }

 private:
  // Calls change(name, object, row id or nullptr) for each wanted object; erases the other rows.
  template <class Objects, class Change>
  void for_each(const std::string& table, const Objects& objects, Change change) {
    const RowIds ids = rows_by_name(replica_, table);
    for (const auto& [name, object] : objects) {
      const auto found = ids.find(name);
      change(name, object, found == ids.end() ? nullptr : &found->second);
    }
    for (const auto& [uuid, row] : replica_.rows(table))
      if (!objects.contains(get(row, "name").string()) && !is_owned(row))
        change_.erase(table, ovsdb::by_uuid(uuid));
  }

  Result<void> place_nodes();
  void find_needs();
  void change_fabric();
  void update(const std::string& table, const Uuid& uuid, const Columns& columns);
  void change_node(const std::string& name, const Node& node, const Uuid* uuid);
  void change_interfaces(const std::string& name, const Node& node, const Uuid& uuid);
  Uuid insert_interface(const Endpoint& endpoint, const Interface& interface);
  void change_link(const std::string& name, const Link& link, const Uuid* uuid);
  void change_segment(const std::string& name, const Segment& segment, const Uuid* uuid);
  void change_members(const Segment& segment, const Uuid& uuid, const Row& row);
  void change_direction(Direction direction, const Impairment& impairment, const HostNames& hosts);
  Datum reference(const Impairment& impairment, const HostNames& hosts);
  // Of a node that is wanted; empty where the lab is not shared.
  [[nodiscard]] std::string host_of(const std::string& node) const {
    return copy_of(placement_, node).value_or("");
  }
  [[nodiscard]] std::string host_of_segment(const std::string& name) const;
  [[nodiscard]] Columns interface_row(const Endpoint& endpoint, const Interface& interface) const;
  // Of a row that is there.
  [[nodiscard]] static Columns with_needs(Columns columns, const HostNames& hosts);

  const Replica& replica_;
  const Topology& wanted_;
  Hosts hosts_;
  Placement placement_;
  Needs needs_;
  RowIds segments_;
  Transaction change_{database};
  std::size_t guards_ = 0;  // operations that only look
  std::map<Endpoint, Uuid> interfaces_;
  std::map<Uuid, int> impairment_uses_;
};

Result<void> Convergence::place_nodes() {
  if (!is_shared(replica_)) return {};
  hosts_ = hosts(replica_);
  auto placed = place(wanted_, hosts_, present_placement(replica_));
  if (!placed) return std::unexpected(placed.error());
  placement_ = *std::move(placed);
  find_needs();
  return {};
}

// Processes' rows stay as they are, and join what they join.
void Convergence::find_needs() {
  for (const auto& [name, host] : placement_) needs_.add_node(name, host);
  for (const auto& [uuid, row] : replica_.rows("Node"))
    if (is_owned(row)) needs_.add_node(get(row, "name").string(), get(row, "host").string());
  for (const auto& [name, link] : wanted_.links)
    needs_.add_link(name, link.a, link.b, host_of(link.a.node));
  for (const auto& [name, segment] : wanted_.segments) {
    std::vector<Endpoint> members;
    for (const auto& [endpoint, toward] : segment.members) members.push_back(endpoint);
    needs_.add_segment(name, members, host_of_segment(name));
  }
  std::map<Uuid, Endpoint> ends;
  for (const auto& [uuid, row] : replica_.rows("Link")) {
    if (!is_owned(row)) continue;
    if (ends.empty()) ends = endpoints(replica_);
    const auto end = [&](const char* column) {
      return copy_of(ends, get(row, column).uuid().value_or(Uuid{})).value_or(Endpoint{});
    };
    needs_.add_link(get(row, "name").string(), end("a"), end("b"), get(row, "host").string());
  }
}

// Empty where the lab is not shared.
std::string Convergence::host_of_segment(const std::string& name) const {
  if (hosts_.empty()) return {};
  std::vector<std::string> members;
  for (const auto& [endpoint, toward] : wanted_.segments.at(name).members)
    members.push_back(host_of(endpoint.node));
  const auto* row = lookup(segments_, name);
  const auto former = row == nullptr ? "" : get(*replica_.find("Segment", *row), "host").string();
  return segment_host(former, members, hosts_);
}

Columns Convergence::interface_row(const Endpoint& endpoint, const Interface& interface) const {
  auto columns = interface_columns(endpoint.interface, interface);
  put_host(columns, host_of(endpoint.node));
  return columns;
}

// Without a host it says so, too: an earlier lab's is not to stand there.
Columns Convergence::with_needs(Columns columns, const HostNames& hosts) {
  columns.emplace_back(needed_by, needed_by_value(hosts));
  return columns;
}

// Nobody else has changed anything since the replica was read, or it all fails.
void Convergence::change_fabric() {
  const auto& rows = replica_.rows("Fabric");
  if (rows.empty()) {
    change_.insert("Fabric", {{"name", wanted_.name}});
    return;
  }
  const auto& [uuid, row] = *rows.begin();
  change_.require("Fabric", {}, {{"next_cfg", get(row, "next_cfg").integer()}});
  guards_ = change_.size();
  update("Fabric", uuid, changed_columns(row, {{"name", wanted_.name}}));
  if (get(row, "options").string_map().contains(down_option))
    change_.mutate("Fabric", ovsdb::by_uuid(uuid), "options", "delete",
                   Datum::set({std::string(down_option)}));
}

void Convergence::update(const std::string& table, const Uuid& uuid, const Columns& columns) {
  if (!columns.empty()) change_.update(table, ovsdb::by_uuid(uuid), columns);
}

void Convergence::change_node(const std::string& name, const Node& node, const Uuid* uuid) {
  auto columns = node_columns(name, node);
  put_host(columns, host_of(name));
  const auto hosts = needs_.of_node(name);
  if (uuid != nullptr) {
    const Row& row = *replica_.find("Node", *uuid);
    update("Node", *uuid, changed_columns(row, with_needs(columns, hosts)));
    if (starts(row, format(node.state)))
      change_.mutate("Node", ovsdb::by_uuid(*uuid), "restart_request", "+=", 1);
    change_interfaces(name, node, *uuid);
    return;
  }
  std::vector<Atom> references;
  for (const auto& [interface, value] : node.interfaces)
    references.emplace_back(insert_interface({name, interface}, value));
  put_needed_by(columns, hosts);
  columns.emplace_back("interfaces", Datum::set(std::move(references)));
  change_.insert("Node", columns);
}

Uuid Convergence::insert_interface(const Endpoint& endpoint, const Interface& interface) {
  auto columns = interface_row(endpoint, interface);
  put_needed_by(columns, needs_.of_interface(endpoint));
  const auto row = change_.insert("Interface", columns);
  interfaces_.emplace(endpoint, row);
  return row;
}

void Convergence::change_interfaces(const std::string& name, const Node& node, const Uuid& uuid) {
  std::vector<Atom> gone;
  std::vector<Atom> come;
  for (const auto& interface : get(*replica_.find("Node", uuid), "interfaces").uuids()) {
    const auto* row = replica_.find("Interface", interface);
    const Endpoint endpoint{name, row == nullptr ? "" : get(*row, "name").string()};
    const auto wanted = node.interfaces.find(endpoint.interface);
    if (wanted == node.interfaces.end() || !interfaces_.emplace(endpoint, interface).second) {
      gone.emplace_back(interface);
      continue;
    }
    const auto columns =
        with_needs(interface_row(endpoint, wanted->second), needs_.of_interface(endpoint));
    update("Interface", interface, changed_columns(*row, columns));
  }
  for (const auto& [interface, value] : node.interfaces)
    if (!interfaces_.contains({name, interface}))
      come.emplace_back(insert_interface({name, interface}, value));
  const auto where = ovsdb::by_uuid(uuid);
  if (!gone.empty()) change_.mutate("Node", where, "interfaces", "delete", Datum::set(gone));
  if (!come.empty()) change_.mutate("Node", where, "interfaces", "insert", Datum::set(come));
}

void Convergence::change_link(const std::string& name, const Link& link, const Uuid* uuid) {
  Columns columns{{"name", name},
                  {"a", interfaces_.at(link.a)},
                  {"b", interfaces_.at(link.b)},
                  {"wanted", wanted_column(link.up)},
                  {"underlay", underlay_column(link.subtract_underlay)}};
  put_host(columns, host_of(link.a.node));
  const auto hosts = needs_.of_link(name);
  if (uuid == nullptr) {
    put_needed_by(columns, hosts);
    columns.emplace_back("a_to_b", reference(link.a_to_b, hosts));
    columns.emplace_back("b_to_a", reference(link.b_to_a, hosts));
    change_.insert("Link", columns);
    return;
  }
  const Row& row = *replica_.find("Link", *uuid);
  update("Link", *uuid, changed_columns(row, with_needs(columns, hosts)));
  const auto change = [&](const char* column, const Impairment& impairment) {
    change_direction({"Link", *uuid, column, std::nullopt, get(row, column).uuid()}, impairment,
                     hosts);
  };
  change("a_to_b", link.a_to_b);
  change("b_to_a", link.b_to_a);
}

void Convergence::change_segment(const std::string& name, const Segment& segment,
                                 const Uuid* uuid) {
  Columns columns{
      {"name", name}, {"kind", format(segment.kind)}, {"wanted", wanted_column(segment.up)}};
  put_host(columns, host_of_segment(name));
  const auto hosts = needs_.of_segment(name);
  if (uuid != nullptr) {
    const Row& row = *replica_.find("Segment", *uuid);
    update("Segment", *uuid, changed_columns(row, with_needs(columns, hosts)));
    change_members(segment, *uuid, row);
    return;
  }
  std::vector<Atom> members;
  Datum::Map impairments;
  for (const auto& [endpoint, toward] : segment.members) {
    members.emplace_back(interfaces_.at(endpoint));
    if (toward != Impairment{})
      impairments.emplace(members.back(), *reference(toward, needs_.of_member(endpoint)).uuid());
  }
  put_needed_by(columns, hosts);
  columns.emplace_back("interfaces", Datum::set(std::move(members)));
  columns.emplace_back("impairments", Datum::map(std::move(impairments)));
  change_.insert("Segment", columns);
}

void Convergence::change_members(const Segment& segment, const Uuid& uuid, const Row& row) {
  std::set<Atom> former;
  for (const auto& member : get(row, "interfaces").uuids()) former.emplace(member);
  const auto& impairments = get(row, "impairments").as_map();
  std::vector<Atom> come;
  std::set<Atom> stay;
  for (const auto& [endpoint, toward] : segment.members) {
    const Uuid member = interfaces_.at(endpoint);
    stay.emplace(member);
    if (!former.contains(member)) come.emplace_back(member);
    const auto now = impairments.find(member);
    const auto reference = now == impairments.end() ? std::nullopt : Datum(now->second).uuid();
    change_direction({"Segment", uuid, "impairments", member, reference}, toward,
                     needs_.of_member(endpoint));
  }
  std::vector<Atom> gone;
  for (const auto& member : former)
    if (!stay.contains(member)) gone.push_back(member);
  std::vector<Atom> stale;  // of interfaces that are no members
  for (const auto& [member, impairment] : impairments)
    if (!stay.contains(member)) stale.push_back(member);
  const auto where = ovsdb::by_uuid(uuid);
  if (!gone.empty()) change_.mutate("Segment", where, "interfaces", "delete", Datum::set(gone));
  if (!stale.empty()) change_.mutate("Segment", where, "impairments", "delete", Datum::set(stale));
  if (!come.empty()) change_.mutate("Segment", where, "interfaces", "insert", Datum::set(come));
}

// A row that two directions refer to is not ours to change: this one gets its own.
void Convergence::change_direction(Direction direction, const Impairment& impairment,
                                   const HostNames& hosts) {
  const Row* row = nullptr;
  if (direction.impairment && impairment_uses_[*direction.impairment] == 1)
    row = replica_.find("Impairment", *direction.impairment);
  change_impairment(change_, direction, row, impairment, &hosts);
}

Datum Convergence::reference(const Impairment& impairment, const HostNames& hosts) {
  if (impairment == Impairment{}) return {};
  auto columns = impairment_columns(impairment);
  put_needed_by(columns, hosts);
  return change_.insert("Impairment", columns);
}

}  // namespace

Result<Transaction> converge(const Replica& replica, const Topology& wanted) {
  return Convergence(replica, wanted).transaction();
}

bool has_lab(const Replica& replica) {
  for (const char* table : {"Node", "Link", "Segment"})
    for (const auto& [uuid, row] : replica.rows(table))
      if (!is_owned(row)) return true;
  return false;
}

bool has_owned(const Replica& replica) {
  return std::ranges::any_of(replica.rows("Node"),
                             [](const auto& node) { return is_owned(node.second); });
}

}  // namespace linkfab::fabric
