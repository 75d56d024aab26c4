// A lab kept under a name, in the table Snapshot: what is wanted, as a topology file, and who kept
// it when. It stays until it is deleted, or the database goes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "fabric/change_log.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

struct LabSnapshot {
  std::string name;
  WallTime time;
  std::string user;
  std::optional<std::uint32_t> uid;
  std::string topology;  // a topology file; empty where the column was not read
};

// As a node's, but no number, which is one of a change, and not "running". Errc::invalid.
[[nodiscard]] Result<void> check_snapshot_name(std::string_view name);

[[nodiscard]] std::vector<std::string> snapshot_columns(bool whole);
[[nodiscard]] LabSnapshot decode_snapshot(const ovsdb::Row& row);
[[nodiscard]] std::vector<LabSnapshot> decode_snapshots(const std::vector<ovsdb::Row>& rows);
// Errc::not_found, with the nearest name.
[[nodiscard]] Result<const LabSnapshot*> find_snapshot(std::span<const LabSnapshot> snapshots,
                                                       const std::string& name);
[[nodiscard]] Result<Topology> topology_of(const LabSnapshot& snapshot);

// The database refuses a name that is taken: Errc::refused.
[[nodiscard]] ovsdb::Transaction keep_snapshot(const std::string& name, const Topology& topology,
                                               const Author& author);
// Errc::conflict where there is none.
[[nodiscard]] ovsdb::Transaction delete_snapshot(const std::string& name);

// {"name", "time", "user", "uid"}
[[nodiscard]] Json::Value to_json(const LabSnapshot& snapshot);

}  // namespace linkfab::fabric
