#include "fabric/change_parts.hpp"

#include <fmt/format.h>

#include "fabric/host_columns.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric::change_parts {

using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

namespace {

std::string attached_to(const Replica& replica, const Uuid& interface) {
  for (const auto& [uuid, row] : replica.rows("Link"))
    if (get(row, "a").uuid() == interface || get(row, "b").uuid() == interface)
      return "link " + get(row, "name").string();
  for (const auto& [uuid, row] : replica.rows("Segment"))
    for (const auto& member : get(row, "interfaces").uuids())
      if (member == interface) return "segment " + get(row, "name").string();
  return {};
}

}  // namespace

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

Impairment impairment_of(const Replica& replica, const std::optional<Uuid>& row) {
  const auto* columns = row ? replica.find("Impairment", *row) : nullptr;
  return columns == nullptr ? Impairment{} : decode_impairment(*columns).value_or(Impairment{});
}

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

Result<Uuid> plug(Transaction& change, Touched& touched, const Replica& replica,
                  const Endpoint& endpoint, const HostNames& hosts) {
  const auto node = find_row(replica, "Node", "node", endpoint.node);
  if (!node) return std::unexpected(node.error());
  const auto host = get(*node->second, "host").string();
  auto others = hosts;
  others.erase(host);
  widen(change, {{"Node", node->first}}, others);
  for (const auto& uuid : get(*node->second, "interfaces").uuids()) {
    const auto* columns = replica.find("Interface", uuid);
    if (columns == nullptr || get(*columns, "name").string() != endpoint.interface) continue;
    if (const auto taken = attached_to(replica, uuid); !taken.empty())
      return failure(Errc::exists, "plug a cable into " + format(endpoint),
                     "it is attached to " + taken);
    widen(change, {{"Interface", uuid}}, others);
    return uuid;
  }
  if (auto good = check_interface_name(endpoint.interface); !good)
    return std::unexpected(good.error());
  touched.before.nodes[endpoint.node];
  touched.after.nodes[endpoint.node].interfaces[endpoint.interface];
  auto columns = interface_columns(endpoint.interface, {});
  put_host(columns, host);
  others.merge(host_names({host}));
  put_needed_by(columns, others);
  const auto row = change.insert("Interface", columns);
  change.mutate("Node", ovsdb::by_uuid(node->first), "interfaces", "insert", Datum(row));
  return row;
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

}  // namespace linkfab::fabric::change_parts
