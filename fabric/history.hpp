// Ways back: the state that the undo of a change, or the return to an earlier one, wants, made from
// the lab as it is and the log (fabric/change_log.hpp). Pure.
//
// Changes come with their touches, the newest first.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/change_log.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

struct Undone {
  Topology topology;
  std::map<std::string, ovsdb::Columns> played = {};  // scenarios that begin again
  std::set<std::string> stopped = {};                 // scenarios
};
// What the change touched is again as it was, and all else as it is. Errc::not_found: there is no
// such change any more; Errc::refused: a value is not any more what the change made it, with the
// later change that did that, or it has no opposite, as a restart.
[[nodiscard]] Result<Undone> undone(const Topology& now, const std::set<std::string>& scenarios,
                                    const std::vector<Change>& changes, std::int64_t number);

// The state after that change; 0: before the first. Errc::not_found: it is later than the newest,
// or changes since then are not kept any more. Scenarios are no part of it.
[[nodiscard]] Result<Topology> topology_after(const Topology& now,
                                              const std::vector<Change>& changes,
                                              std::int64_t number);

// Makes the lab so, closed (fabric/edit.hpp) and recorded; empty where it is so already. The
// replica is one of state_columns() (fabric/rows.hpp) or more.
[[nodiscard]] Result<ovsdb::Transaction> go_back(const ovsdb::Replica& replica,
                                                 const Undone& wanted, const Author& author,
                                                 const ChangeWords& words);

}  // namespace linkfab::fabric
