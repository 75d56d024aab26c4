#include "fabric/edit.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>

#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Atom;
using ovsdb::Columns;
using ovsdb::Datum;
using ovsdb::Transaction;
using ovsdb::Uuid;

void raise(Transaction& change, const std::string& column) {
  change.mutate("Fabric", {}, column, "+=", 1);
  change.select("Fabric", {}, {column});
}

Result<std::int64_t> last_number(const ovsdb::Reply& reply, const std::string& column) {
  // What keeps a record of the change may follow (fabric/change_log.hpp).
  for (const auto& operation : reply.operations | std::views::reverse)
    for (const auto& row : operation.rows) return ovsdb::get(row, column).integer();
  return failure(Errc::failed, "read Fabric." + column,
                 "the database has no Fabric row; restart linkfabd, which makes it");
}

std::optional<double> number(const Atom& atom) {
  if (const auto* integer = std::get_if<std::int64_t>(&atom)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&atom)) return *real;
  return std::nullopt;
}

// ovsdb-server keeps 15 digits of a real (DBL_DIG): what it gives back may be another double than
// what was written.
bool same(double a, double b) {
  constexpr double digits = 1e-14;
  return std::abs(a - b) <= digits * std::max(std::abs(a), std::abs(b));
}

bool same(const Atom& a, const Atom& b) {
  if (std::holds_alternative<double>(a) || std::holds_alternative<double>(b))
    return number(a) && number(b) && same(*number(a), *number(b));
  return a == b;
}

bool same(const Datum& a, const Datum& b) {
  if (a.empty() && b.empty()) return true;
  if (a.is_map() != b.is_map()) return false;
  const auto pair = [](const auto& x, const auto& y) {
    return same(x.first, y.first) && same(x.second, y.second);
  };
  const auto atom = [](const Atom& x, const Atom& y) { return same(x, y); };
  return a.is_map() ? std::ranges::equal(a.as_map(), b.as_map(), pair)
                    : std::ranges::equal(a.as_set(), b.as_set(), atom);
}

// A segment has its references in a map, whose pairs come and go one by one.
void refer(Transaction& change, const Direction& direction, const std::optional<Uuid>& impairment) {
  const auto where = ovsdb::by_uuid(direction.row);
  if (!direction.toward) {
    change.require(direction.table, where,
                   {{direction.column, Datum::optional(direction.impairment)}});
    change.update(direction.table, where, {{direction.column, Datum::optional(impairment)}});
    return;
  }
  const Atom key = *direction.toward;
  if (direction.impairment)
    change.mutate(direction.table, where, direction.column, "delete",
                  Datum::map({{key, *direction.impairment}}));
  if (impairment)
    change.mutate(direction.table, where, direction.column, "insert",
                  Datum::map({{key, *impairment}}));
}

}  // namespace

void close_change(Transaction& change, bool has_fabric_row) {
  if (!has_fabric_row) change.insert("Fabric", {});
  raise(change, "next_cfg");
}

Transaction change_nothing(const ovsdb::Replica& replica) {
  Transaction change{database};
  for (const auto& [uuid, row] : replica.rows("Fabric"))
    change.require("Fabric", {}, {{"next_cfg", ovsdb::get(row, "next_cfg")}});
  close_change(change, true);
  return change;
}

Result<std::int64_t> change_number(const ovsdb::Reply& reply) {
  return last_number(reply, "next_cfg");
}

Transaction ask_statistics() {
  Transaction transaction{database};
  raise(transaction, "next_stats");
  return transaction;
}

Result<std::int64_t> statistics_number(const ovsdb::Reply& reply) {
  return last_number(reply, "next_stats");
}

Columns changed_columns(const ovsdb::Row& row, const Columns& wanted) {
  Columns changed;
  for (const auto& column : wanted)
    if (!same(ovsdb::get(row, column.first), column.second)) changed.push_back(column);
  return changed;
}

bool change_impairment(Transaction& change, const Direction& direction, const ovsdb::Row* row,
                       const Impairment& wanted, const HostNames* hosts) {
  if (wanted == Impairment{}) {
    if (!direction.impairment) return false;
    refer(change, direction, std::nullopt);
    return true;
  }
  auto columns = impairment_columns(wanted);
  if (direction.impairment && row != nullptr) {
    if (hosts != nullptr) columns.emplace_back(needed_by, needed_by_value(*hosts));
    const auto changed = changed_columns(*row, columns);
    if (changed.empty()) return false;
    change.require_exists("Impairment", ovsdb::by_uuid(*direction.impairment));
    change.update("Impairment", ovsdb::by_uuid(*direction.impairment), changed);
    return true;
  }
  if (hosts != nullptr) put_needed_by(columns, *hosts);
  refer(change, direction, change.insert("Impairment", columns));
  return true;
}

void join_segment(Transaction& change, const Uuid& segment, const Uuid& interface,
                  const std::optional<Uuid>& toward) {
  const auto where = ovsdb::by_uuid(segment);
  change.require_exists("Segment", where);
  change.mutate("Segment", where, "interfaces", "insert", Datum(interface));
  if (toward)
    change.mutate("Segment", where, "impairments", "insert", Datum::map({{interface, *toward}}));
}

void leave_segment(Transaction& change, const Uuid& segment, const Uuid& interface) {
  const auto where = ovsdb::by_uuid(segment);
  change.require_exists("Segment", where);
  change.mutate("Segment", where, "interfaces", "delete", Datum(interface));
  change.mutate("Segment", where, "impairments", "delete", Datum::set({interface}));
}

Transaction take_down(bool has_fabric_row) {
  Transaction change{database};
  const auto of_nobody = ovsdb::by_column("owner", "");
  for (const char* table : {"Node", "Link"}) change.erase(table, of_nobody);
  change.erase("Segment", {});
  change.erase("Scenario", {});
  if (!has_fabric_row) change.insert("Fabric", {});
  change.update("Fabric", {}, {{"name", ""}});
  // The mutator "insert" leaves a key alone that is there already.
  change.mutate("Fabric", {}, "options", "delete", Datum::set({std::string(down_option)}));
  change.mutate("Fabric", {}, "options", "insert",
                Datum::map({{std::string(down_option), "true"}}));
  change.comment("linkfab: take down the lab");
  close_change(change, true);
  return change;
}

}  // namespace linkfab::fabric
