// Segments and their members, of fabric/lab_change.hpp.
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "fabric/change_parts.hpp"
#include "fabric/edit.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/lab_change.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {

using namespace change_parts;
using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Transaction;
using ovsdb::Uuid;

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
  const auto home = get(*found->second, "host").string();
  const auto interface = plug(change, touched, replica, member, host_names({home}));
  if (!interface) return std::unexpected(interface.error());
  const auto host = host_of_node(replica, member.node);
  if (host != home) widen(change, {{"Segment", found->first}}, host_names({host}));
  std::optional<Uuid> row;
  if (wanted->members[member] != Impairment{}) {
    auto columns = impairment_columns(*toward);
    put_needed_by(columns, host_names({host}));
    row = change.insert("Impairment", columns);
  }
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

}  // namespace linkfab::fabric
