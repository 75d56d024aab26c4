#include "fabric/lab_change.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "fabric/change_parts.hpp"
#include "fabric/edit.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {

using namespace change_parts;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Transaction;

namespace {

// "cable to r1:eth0, r3:eth0"
std::string ends_text(const std::string& name, const Link& link) {
  return fmt::format("{} to {}, {}", name, format(link.a), format(link.b));
}

HostNames hosts_of(const Replica& replica, const Link& link) {
  return host_names({host_of_node(replica, link.a.node), host_of_node(replica, link.b.node)});
}

// The interface that an end is plugged into, and its node.
std::vector<RowOf> place_rows(const Replica& replica, const std::optional<ovsdb::Uuid>& interface) {
  if (!interface) return {};
  std::vector<RowOf> rows{{"Interface", *interface}};
  if (const auto node = find_row(replica, "Node", "node", endpoint_of(replica, interface).node))
    rows.emplace_back("Node", node->first);
  return rows;
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
              .up = get(row, "wanted").string() == "up",
              .subtract_underlay = subtracts_underlay(row)};
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
  const auto hosts = hosts_of(replica, link);
  const auto a = plug(change, touched, replica, link.a, hosts);
  if (!a) return std::unexpected(a.error());
  const auto b = plug(change, touched, replica, link.b, hosts);
  if (!b) return std::unexpected(b.error());
  ovsdb::Columns columns{{"name", name},
                         {"wanted", link.up ? "up" : "cut"},
                         {"a", *a},
                         {"b", *b},
                         {"underlay", underlay_column(link.subtract_underlay)}};
  for (const auto& [column, impairment] :
       {std::pair{"a_to_b", &link.a_to_b}, std::pair{"b_to_a", &link.b_to_a}}) {
    if (*impairment == Impairment{}) continue;
    auto its = impairment_columns(*impairment);
    put_needed_by(its, hosts);
    columns.emplace_back(column, change.insert("Impairment", its));
  }
  put_host(columns, host_of_node(replica, link.a.node));
  put_needed_by(columns, hosts);
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
  if (before->subtract_underlay != wanted.subtract_underlay) {
    change.update("Link", where, {{"underlay", underlay_column(wanted.subtract_underlay)}});
    changed = true;
  }
  Touched touched;
  touched.before.links[name] = *before;
  touched.after.links[name_after(name, *before, wanted)] = wanted;
  if (moves) {
    const auto hosts = hosts_of(replica, wanted);
    ovsdb::Columns columns;
    for (const auto& [column, was, is] :
         {std::tuple{"a", &before->a, &wanted.a}, std::tuple{"b", &before->b, &wanted.b}}) {
      if (*was == *is) {
        widen(change, place_rows(replica, get(*row, column).uuid()), hosts);
        continue;
      }
      const auto place = plug(change, touched, replica, *is, hosts);
      if (!place) return std::unexpected(place.error());
      columns.emplace_back(column, *place);
    }
    if (const auto after = name_after(name, *before, wanted); after != name)
      columns.emplace_back("name", after);
    if (before->a != wanted.a) put_host(columns, host_of_node(replica, wanted.a.node));
    change.update("Link", where, columns);
    std::vector<RowOf> rows{{"Link", uuid}};
    for (const auto& impairment : {a_to_b, b_to_a})
      if (impairment) rows.emplace_back("Impairment", *impairment);
    widen(change, rows, hosts);
    changed = true;
  }
  if (!changed) return Transaction{database};
  const bool cable = before->up != wanted.up && before->a_to_b == wanted.a_to_b &&
                     before->b_to_a == wanted.b_to_a &&
                     before->subtract_underlay == wanted.subtract_underlay && !moves;
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

}  // namespace linkfab::fabric
