// The history of the lab: every change of what is wanted that a client made, in the table Change.
//
// A change and its row are one transaction: each is there exactly when the other is. Numbers run
// from 1 without gaps, because a transaction fails with Errc::conflict where another change came
// between: that also makes what stood before true. Kept are the newest `most_changes`, and of these
// no more than some `most_bytes` of what they did; what is older goes in the same transaction.
//
// Rows of processes (fabric/owners.hpp) are no part of it: they go with their process, and nobody
// could bring that back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <json/value.h>

#include "core/result.hpp"
#include "fabric/change_record.hpp"
#include "fabric/scenario_rows.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

inline constexpr std::int64_t most_changes = 1000;
inline constexpr std::int64_t most_bytes = std::int64_t{64} << 20;

// Who changes something, how and when.
struct Author {
  std::string user;                  // "alice"; empty: not known
  std::optional<std::uint32_t> uid;  // of the person
  std::string how;                   // the command line, or "PATCH /api/v1/links/r1--r2"
  WallTime time;
};
// The user's name; its number where it has none.
[[nodiscard]] std::string user_name(std::uint32_t uid);

// Adds the row to a change, closed already (fabric/edit.hpp) or not. The replica has all columns of
// the Fabric row. Nothing where nothing is touched, and in a database of an older version.
void record(ovsdb::Transaction& change, const ovsdb::Replica& replica, const Author& author,
            const ChangeWords& words, const Touched& touched);
// The number of the newest; 0: there is none.
[[nodiscard]] std::int64_t newest_change(const ovsdb::Replica& replica);

struct Change {
  std::int64_t number = 0;
  WallTime time;
  std::string user;
  std::optional<std::uint32_t> uid;
  std::string how;
  std::string summary;
  Touches touches;  // empty where the column was not read
};
// All columns, or those that are not long.
[[nodiscard]] std::vector<std::string> change_columns(bool whole);
[[nodiscard]] Result<Change> decode_change(const ovsdb::Row& row);
// Of rows or of a replica's table, the newest first. What cannot be read is left out.
[[nodiscard]] std::vector<Change> decode_changes(const std::vector<ovsdb::Row>& rows);
[[nodiscard]] std::vector<Change> decode_changes(const ovsdb::Rows& rows);

// "2026-03-01T12:00:00.123Z"
[[nodiscard]] std::string utc_text(WallTime time);
// {"number", "time", "user", "uid", "how", "summary"}, and "changes" with `whole`.
[[nodiscard]] Json::Value to_json(const Change& change, bool whole);

}  // namespace linkfab::fabric
