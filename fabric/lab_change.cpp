#include "fabric/lab_change.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

using Found = std::pair<Uuid, const Row*>;

Result<Found> find_row(const Replica& replica, const char* table, const char* what,
                       const std::string& name) {
  for (const auto& [uuid, row] : replica.rows(table))
    if (get(row, "name").string() == name) return Found{uuid, &row};
  return failure(Errc::not_found, fmt::format("find {} '{}'", what, name), "there is none");
}

Endpoint endpoint_of(const Replica& replica, const std::optional<Uuid>& interface) {
  const auto* columns = interface ? replica.find("Interface", *interface) : nullptr;
  if (columns == nullptr) return {};
  for (const auto& [uuid, node] : replica.rows("Node"))
    for (const auto& its : get(node, "interfaces").uuids())
      if (its == *interface) return {get(node, "name").string(), get(*columns, "name").string()};
  return {};
}

// What cannot be read is replaced by what is wanted next.
Impairment impairment_of(const Replica& replica, const std::optional<Uuid>& row) {
  const auto* columns = row ? replica.find("Impairment", *row) : nullptr;
  return columns == nullptr ? Impairment{} : decode_impairment(*columns).value_or(Impairment{});
}

std::string attached_to(const Replica& replica, const Uuid& interface) {
  for (const auto& [uuid, row] : replica.rows("Link"))
    if (get(row, "a").uuid() == interface || get(row, "b").uuid() == interface)
      return "link " + get(row, "name").string();
  for (const auto& [uuid, row] : replica.rows("Segment"))
    for (const auto& member : get(row, "interfaces").uuids())
      if (member == interface) return "segment " + get(row, "name").string();
  return {};
}

// Nobody else may have attached anything since the replica.
Transaction guarded(const Replica& replica) {
  Transaction change{database};
  for (const auto& [uuid, row] : replica.rows("Fabric"))
    change.require("Fabric", {}, {{"next_cfg", get(row, "next_cfg")}});
  return change;
}

Transaction begin(const Replica& replica, bool alone) {
  return alone ? guarded(replica) : Transaction{database};
}

void close(Transaction& change, const Replica& replica, const Author& author,
           const ChangeWords& words, const Touched& touched) {
  change.comment(fmt::format("linkfab: {} {}", words.verb, words.about));
  record(change, replica, author, words, touched);
  close_change(change, !replica.rows("Fabric").empty());
}

// The Interface row of a free place for a plug, made where there is none.
Result<Uuid> plug(Transaction& change, Touched& touched, const Replica& replica,
                  const Endpoint& endpoint) {
  const auto node = find_row(replica, "Node", "node", endpoint.node);
  if (!node) return std::unexpected(node.error());
  for (const auto& uuid : get(*node->second, "interfaces").uuids()) {
    const auto* columns = replica.find("Interface", uuid);
    if (columns == nullptr || get(*columns, "name").string() != endpoint.interface) continue;
    if (const auto taken = attached_to(replica, uuid); !taken.empty())
      return failure(Errc::exists, "plug a cable into " + format(endpoint),
                     "it is attached to " + taken);
    return uuid;
  }
  if (auto good = check_interface_name(endpoint.interface); !good)
    return std::unexpected(good.error());
  touched.before.nodes[endpoint.node];
  touched.after.nodes[endpoint.node].interfaces[endpoint.interface];
  const auto row = change.insert("Interface", interface_columns(endpoint.interface, {}));
  change.mutate("Node", ovsdb::by_uuid(node->first), "interfaces", "insert", Datum(row));
  return row;
}

// "cable to r1:eth0, r3:eth0"
std::string ends_text(const std::string& name, const Link& link) {
  return fmt::format("{} to {}, {}", name, format(link.a), format(link.b));
}

bool change_direction(Transaction& change, const Replica& replica, const Direction& direction,
                      bool shared, const Impairment& wanted) {
  const Row* row =
      direction.impairment && !shared ? replica.find("Impairment", *direction.impairment) : nullptr;
  return change_impairment(change, direction, row, wanted);
}

bool change_state(Transaction& change, const char* table, const Found& found, bool up) {
  const char* wanted = up ? "up" : "cut";
  if (get(*found.second, "wanted").string() == wanted) return false;
  change.update(table, ovsdb::by_uuid(found.first), {{"wanted", wanted}});
  return true;
}

}  // namespace

Result<Link> find_link(const Replica& replica, const std::string& name) {
  const auto found = find_row(replica, "Link", "link", name);
  if (!found) return std::unexpected(found.error());
  const auto& row = *found->second;
  return Link{.a = endpoint_of(replica, get(row, "a").uuid()),
              .b = endpoint_of(replica, get(row, "b").uuid()),
              .a_to_b = impairment_of(replica, get(row, "a_to_b").uuid()),
              .b_to_a = impairment_of(replica, get(row, "b_to_a").uuid()),
              .up = get(row, "wanted").string() == "up"};
}

Result<Segment> find_segment(const Replica& replica, const std::string& name) {
  const auto found = find_row(replica, "Segment", "segment", name);
  if (!found) return std::unexpected(found.error());
  const auto& row = *found->second;
  Segment segment{
      .kind = get(row, "kind").string() == "hub" ? SegmentKind::hub : SegmentKind::learning,
      .members = {},
      .up = get(row, "wanted").string() == "up"};
  const auto& impairments = get(row, "impairments").as_map();
  for (const auto& interface : get(row, "interfaces").uuids()) {
    const auto endpoint = endpoint_of(replica, interface);
    const auto toward = impairments.find(interface);
    segment.members[endpoint] = impairment_of(
        replica, toward == impairments.end() ? std::nullopt : Datum(toward->second).uuid());
  }
  return segment;
}

Result<Transaction> add_link(const Replica& replica, const std::string& name, const Link& link,
                             const Author& author) {
  if (auto good = check_link_name(name); !good) return std::unexpected(good.error());
  for (const char* table : {"Link", "Segment"})
    if (find_row(replica, table, "link", name))
      return failure(Errc::exists, "connect " + name, "the name is taken; choose another");
  auto change = guarded(replica);
  Touched touched;
  touched.after.links[name] = link;
  const auto a = plug(change, touched, replica, link.a);
  if (!a) return std::unexpected(a.error());
  const auto b = plug(change, touched, replica, link.b);
  if (!b) return std::unexpected(b.error());
  ovsdb::Columns columns{{"name", name}, {"wanted", link.up ? "up" : "cut"}, {"a", *a}, {"b", *b}};
  for (const auto& [column, impairment] :
       {std::pair{"a_to_b", &link.a_to_b}, std::pair{"b_to_a", &link.b_to_a}})
    if (*impairment != Impairment{})
      columns.emplace_back(column, change.insert("Impairment", impairment_columns(*impairment)));
  change.insert("Link", columns);
  close(change, replica, author, {.verb = "connect", .about = name}, touched);
  return change;
}

std::string name_after(const std::string& name, const Link& before, const Link& after) {
  return name == link_name(before.a, before.b) ? link_name(after.a, after.b) : name;
}

Result<Transaction> change_link(const Replica& replica, const std::string& name, const Link& wanted,
                                const Author& author, bool alone) {
  const auto found = find_row(replica, "Link", "link", name);
  if (!found) return std::unexpected(found.error());
  const auto& [uuid, row] = *found;
  const auto before = find_link(replica, name);
  if (!before) return std::unexpected(before.error());
  const auto where = ovsdb::by_uuid(uuid);
  const bool moves = before->a != wanted.a || before->b != wanted.b;
  auto change = begin(replica, alone || moves);
  change.require_exists("Link", where);
  const auto a_to_b = get(*row, "a_to_b").uuid();
  const auto b_to_a = get(*row, "b_to_a").uuid();
  const bool shared = a_to_b && a_to_b == b_to_a;
  bool changed = change_direction(change, replica, {"Link", uuid, "a_to_b", std::nullopt, a_to_b},
                                  shared, wanted.a_to_b);
  changed = change_direction(change, replica, {"Link", uuid, "b_to_a", std::nullopt, b_to_a},
                             shared, wanted.b_to_a) ||
            changed;
  changed = change_state(change, "Link", *found, wanted.up) || changed;
  Touched touched;
  touched.before.links[name] = *before;
  touched.after.links[name_after(name, *before, wanted)] = wanted;
  if (moves) {
    ovsdb::Columns columns;
    for (const auto& [column, was, is] :
         {std::tuple{"a", &before->a, &wanted.a}, std::tuple{"b", &before->b, &wanted.b}}) {
      if (*was == *is) continue;
      const auto place = plug(change, touched, replica, *is);
      if (!place) return std::unexpected(place.error());
      columns.emplace_back(column, *place);
    }
    if (const auto after = name_after(name, *before, wanted); after != name)
      columns.emplace_back("name", after);
    change.update("Link", where, columns);
    changed = true;
  }
  if (!changed) return Transaction{database};
  const bool cable = before->up != wanted.up && before->a_to_b == wanted.a_to_b &&
                     before->b_to_a == wanted.b_to_a && !moves;
  close(change, replica, author,
        moves   ? ChangeWords{.verb = "move", .about = ends_text(name, wanted)}
        : cable ? ChangeWords{.verb = wanted.up ? "restore" : "cut", .about = name}
                : ChangeWords{.verb = "set"},
        touched);
  return change;
}

Result<Transaction> remove_link(const Replica& replica, const std::string& name,
                                const Author& author, bool alone) {
  const auto found = find_row(replica, "Link", "link", name);
  if (!found) return std::unexpected(found.error());
  const auto where = ovsdb::by_uuid(found->first);
  auto change = begin(replica, alone);
  change.require_exists("Link", where);
  change.erase("Link", where);
  Touched touched;
  touched.before.links[name] = find_link(replica, name).value_or(Link{});
  close(change, replica, author, {.verb = "disconnect", .about = name}, touched);
  return change;
}

Result<Transaction> change_segment(const Replica& replica, const std::string& name,
                                   const Segment& wanted, const Author& author, bool alone) {
  const auto found = find_row(replica, "Segment", "segment", name);
  if (!found) return std::unexpected(found.error());
  const auto& [uuid, row] = *found;
  auto change = begin(replica, alone);
  change.require_exists("Segment", ovsdb::by_uuid(uuid));
  bool changed = change_state(change, "Segment", *found, wanted.up);
  const auto& impairments = get(*row, "impairments").as_map();
  for (const auto& interface : get(*row, "interfaces").uuids()) {
    const auto* impairment = lookup(wanted.members, endpoint_of(replica, interface));
    if (impairment == nullptr) continue;
    const auto toward = impairments.find(interface);
    const auto reference =
        toward == impairments.end() ? std::nullopt : Datum(toward->second).uuid();
    changed =
        change_direction(change, replica, {"Segment", uuid, "impairments", interface, reference},
                         false, *impairment) ||
        changed;
  }
  if (!changed) return Transaction{database};
  Touched touched;
  touched.before.segments[name] = find_segment(replica, name).value_or(Segment{});
  touched.after.segments[name] = wanted;
  const bool cable = touched.before.segments[name].members == wanted.members;
  close(change, replica, author,
        cable ? ChangeWords{.verb = wanted.up ? "restore" : "cut", .about = name}
              : ChangeWords{.verb = "set"},
        touched);
  return change;
}

Result<Transaction> put_member(const Replica& replica, const std::string& segment,
                               const Endpoint& member, const std::optional<Impairment>& toward,
                               const Author& author, bool alone) {
  auto wanted = find_segment(replica, segment);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->members.contains(member)) {
    if (toward) wanted->members[member] = *toward;
    return change_segment(replica, segment, *wanted, author, alone);
  }
  const auto found = find_row(replica, "Segment", "segment", segment);
  if (!found) return std::unexpected(found.error());
  auto change = guarded(replica);
  Touched touched;
  touched.before.segments[segment] = *wanted;
  wanted->members[member] = toward.value_or(Impairment{});
  touched.after.segments[segment] = *wanted;
  const auto interface = plug(change, touched, replica, member);
  if (!interface) return std::unexpected(interface.error());
  std::optional<Uuid> row;
  if (wanted->members[member] != Impairment{})
    row = change.insert("Impairment", impairment_columns(*toward));
  join_segment(change, found->first, *interface, row);
  close(change, replica, author,
        {.verb = "connect", .about = fmt::format("{} to {}", format(member), segment)}, touched);
  return change;
}

Result<Transaction> remove_member(const Replica& replica, const std::string& segment,
                                  const Endpoint& member, const Author& author) {
  auto wanted = find_segment(replica, segment);
  if (!wanted) return std::unexpected(wanted.error());
  const auto found = find_row(replica, "Segment", "segment", segment);
  if (!found) return std::unexpected(found.error());
  Touched touched;
  touched.before.segments[segment] = *wanted;
  if (wanted->members.erase(member) == 0)
    return failure(Errc::not_found,
                   fmt::format("take {} out of segment {}", format(member), segment),
                   "it is no member of it");
  touched.after.segments[segment] = *wanted;
  auto change = guarded(replica);
  for (const auto& interface : get(*found->second, "interfaces").uuids())
    if (endpoint_of(replica, interface) == member) leave_segment(change, found->first, interface);
  close(change, replica, author,
        {.verb = "disconnect", .about = fmt::format("{} from {}", format(member), segment)},
        touched);
  return change;
}

Result<Transaction> change_node(const Replica& replica, const std::string& name, NodeAction action,
                                const Author& author, bool alone) {
  const auto found = find_row(replica, "Node", "node", name);
  if (!found) return std::unexpected(found.error());
  const auto kind = get(*found->second, "kind").string();
  if (kind == "host" || kind == "external")
    return failure(Errc::refused, "change the state of node " + name,
                   fmt::format("its kind is {}: linkfab neither starts nor stops it", kind));
  if (kind == "switch" && action == NodeAction::suspend)
    return failure(Errc::refused, "pause node " + name, "a switch cannot be paused; stop it");
  const char* wanted = action == NodeAction::stop      ? "stopped"
                       : action == NodeAction::suspend ? "paused"
                                                       : "running";
  const auto where = ovsdb::by_uuid(found->first);
  auto change = begin(replica, alone);
  change.require_exists("Node", where);
  if (action == NodeAction::restart || starts(*found->second, wanted))
    change.mutate("Node", where, "restart_request", "+=", 1);
  change.update("Node", where, {{"wanted", wanted}});
  Touched touched;
  touched.before.nodes[name].state = decode_node(*found->second).value_or(Node{}).state;
  touched.after.nodes[name].state = action == NodeAction::stop      ? NodeState::stopped
                                    : action == NodeAction::suspend ? NodeState::paused
                                                                    : NodeState::running;
  if (action == NodeAction::restart) touched.restarted.insert(name);
  constexpr std::array verbs{"start", "stop", "pause", "unpause", "restart"};  // of NodeAction
  close(change, replica, author,
        {.verb = verbs.at(static_cast<std::size_t>(action)), .about = name}, touched);
  return change;
}

Result<Transaction> remove_scenario(const Replica& replica, const std::string& name,
                                    const Author& author, bool alone) {
  const auto found = find_row(replica, "Scenario", "scenario", name);
  if (!found) return std::unexpected(found.error());
  auto change = begin(replica, alone);
  change.erase("Scenario", ovsdb::by_uuid(found->first));
  Touched touched;
  touched.stopped.insert(name);
  close(change, replica, author, {.verb = "play --stop", .about = name}, touched);
  return change;
}

}  // namespace linkfab::fabric
