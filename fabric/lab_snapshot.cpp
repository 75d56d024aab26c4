#include "fabric/lab_snapshot.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/rows.hpp"
#include "fabric/topology_file.hpp"

namespace linkfab::fabric {

using ovsdb::get;

Result<void> check_snapshot_name(std::string_view name) {
  const bool number = name.find_first_not_of("0123456789") == std::string_view::npos;
  if (check_node_name(name) && !number && name != "running") return {};
  return failure(Errc::invalid, "name a snapshot",
                 "1 to 63 of A-Z a-z 0-9 . _ - are allowed, not starting with - or '.'; no number, "
                 "and not 'running'");
}

std::vector<std::string> snapshot_columns(bool whole) {
  std::vector<std::string> columns{"name", "time_ns", "user", "uid"};
  if (whole) columns.emplace_back("topology");
  return columns;
}

LabSnapshot decode_snapshot(const ovsdb::Row& row) {
  LabSnapshot snapshot{.name = get(row, "name").string(),
                       .time = WallTime(nanoseconds{get(row, "time_ns").integer()}),
                       .user = get(row, "user").string(),
                       .uid = {},
                       .topology = get(row, "topology").string()};
  if (const auto& uid = get(row, "uid"); !uid.empty())
    snapshot.uid = static_cast<std::uint32_t>(uid.integer());
  return snapshot;
}

std::vector<LabSnapshot> decode_snapshots(const std::vector<ovsdb::Row>& rows) {
  std::vector<LabSnapshot> snapshots;
  for (const auto& row : rows) snapshots.push_back(decode_snapshot(row));
  std::ranges::sort(snapshots, {}, &LabSnapshot::name);
  return snapshots;
}

Result<const LabSnapshot*> find_snapshot(std::span<const LabSnapshot> snapshots,
                                         const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& snapshot : snapshots) {
    if (snapshot.name == name) return &snapshot;
    known.emplace_back(snapshot.name);
  }
  return failure(Errc::not_found, fmt::format("find snapshot '{}'", name),
                 "there is none" + did_you_mean(name, known));
}

Result<Topology> topology_of(const LabSnapshot& snapshot) {
  auto topology = parse_topology(snapshot.topology, "/" + snapshot.name + ".json");
  if (topology) return *std::move(topology);
  return failure(Errc::invalid, "read snapshot " + snapshot.name, format(topology.error().front()));
}

ovsdb::Transaction keep_snapshot(const std::string& name, const Topology& topology,
                                 const Author& author) {
  ovsdb::Transaction change{database};
  change.insert("Snapshot",
                {{"name", name},
                 {"time_ns", std::int64_t{author.time.time_since_epoch().count()}},
                 {"user", author.user},
                 {"uid", author.uid ? ovsdb::Datum(std::int64_t{*author.uid}) : ovsdb::Datum()},
                 {"topology", write_topology(topology)}});
  change.comment("linkfab: snapshot " + name);
  return change;
}

ovsdb::Transaction delete_snapshot(const std::string& name) {
  ovsdb::Transaction change{database};
  const auto where = ovsdb::by_column("name", name);
  change.require_exists("Snapshot", where);
  change.erase("Snapshot", where);
  change.comment("linkfab: delete snapshot " + name);
  return change;
}

Json::Value to_json(const LabSnapshot& snapshot) {
  Json::Value json(Json::objectValue);
  json["name"] = snapshot.name;
  json["time"] = utc_text(snapshot.time);
  json["user"] = snapshot.user;
  json["uid"] = snapshot.uid ? Json::Value(*snapshot.uid) : Json::Value();
  return json;
}

}  // namespace linkfab::fabric
