// What clients write into the Linkfab database, as transactions: wanted columns only, and no more
// of them than differ.
//
// Every change ends with next_cfg one higher and read back: once Host.cur_cfg has come that far,
// the agent has dealt with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

// Ends a change; makes the Fabric row where there is none yet.
void close_change(ovsdb::Transaction& change, bool has_fabric_row);

// A change of nothing, for a lab that several hosts share. It is accepted only where the replica
// was up to date: the server of a host that was cut off, back among the others for a moment, does
// not know that it is not.
[[nodiscard]] ovsdb::Transaction change_nothing(const ovsdb::Replica& replica);
// The number that the change was given: what to wait for in Host.cur_cfg.
[[nodiscard]] Result<std::int64_t> change_number(const ovsdb::Reply& reply);
// Asks for fresh Interface.statistics; the number is to be waited for in Host.cur_stats.
[[nodiscard]] ovsdb::Transaction ask_statistics();
[[nodiscard]] Result<std::int64_t> statistics_number(const ovsdb::Reply& reply);

// Those of `wanted` that `row` does not hold already. A real that came as an integer is the same
// number.
[[nodiscard]] ovsdb::Columns changed_columns(const ovsdb::Row& row, const ovsdb::Columns& wanted);

// The place of one direction's impairment.
struct Direction {
  std::string table;  // "Link" or "Segment"
  ovsdb::Uuid row;
  std::string column;                     // "a_to_b", "b_to_a"; "impairments" of a segment
  std::optional<ovsdb::Uuid> toward;      // of a segment: the member's Interface row
  std::optional<ovsdb::Uuid> impairment;  // the row referred to now
};

// Makes the direction say `wanted`. `row` is what its Impairment row holds, nullptr where it has
// none: only columns that differ are written, and a reference is added or taken away only as long
// as it is the one in `direction`. `hosts` are those that need it (fabric/needed_by.hpp); nullptr:
// those that did, and a new row all. False: nothing to do.
bool change_impairment(ovsdb::Transaction& change, const Direction& direction,
                       const ovsdb::Row* row, const Impairment& wanted,
                       const HostNames* hosts = nullptr);

// Makes an Interface row a member of a segment; `toward` is the Impairment row of frames toward it.
void join_segment(ovsdb::Transaction& change, const ovsdb::Uuid& segment,
                  const ovsdb::Uuid& interface, const std::optional<ovsdb::Uuid>& toward);
// It is a member no longer, and what frames toward it underwent goes.
void leave_segment(ovsdb::Transaction& change, const ovsdb::Uuid& segment,
                   const ovsdb::Uuid& interface);

// Makes the database say `wanted` and nothing else but the rows of processes. Rows that say it
// already are not named in the transaction, which fails with Errc::conflict if another client has
// changed anything since `replica`; replicate wanted_columns() (fabric/rows.hpp) or more, and of a
// lab that hosts share state_columns(). Not closed where there is nothing to do: it is empty().
// There each node is placed (fabric/placement.hpp): the errors are those of place().
[[nodiscard]] Result<ovsdb::Transaction> converge(const ovsdb::Replica& replica,
                                                  const Topology& wanted);

// Removes the whole lab, not the rows of processes, and tells the agent that it is meant to go
// (Fabric.options "down").
[[nodiscard]] ovsdb::Transaction take_down(bool has_fabric_row);

// Is there a node, link or segment of the lab?
[[nodiscard]] bool has_lab(const ovsdb::Replica& replica);
// Are there nodes of a process (fabric/owners.hpp)?
[[nodiscard]] bool has_owned(const ovsdb::Replica& replica);

// For Fabric.options while a lab is being taken down.
inline constexpr const char* down_option = "down";

}  // namespace linkfab::fabric
