// What single changes of a running lab (fabric/lab_change.hpp) are made of: rows found in a
// replica, and what is written of them.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/result.hpp"
#include "fabric/change_log.hpp"
#include "fabric/edit.hpp"
#include "fabric/needed_by.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric::change_parts {

using Found = std::pair<ovsdb::Uuid, const ovsdb::Row*>;
// By its name; Errc::not_found says "find link 'x'" where `what` is "link".
[[nodiscard]] Result<Found> find_row(const ovsdb::Replica& replica, const char* table,
                                     const char* what, const std::string& name);
// Endpoint{} where the interface is gone.
[[nodiscard]] Endpoint endpoint_of(const ovsdb::Replica& replica,
                                   const std::optional<ovsdb::Uuid>& interface);
// What cannot be read is replaced by what is wanted next.
[[nodiscard]] Impairment impairment_of(const ovsdb::Replica& replica,
                                       const std::optional<ovsdb::Uuid>& row);

// Fails with Errc::conflict if anybody has changed anything since the replica.
[[nodiscard]] ovsdb::Transaction guarded(const ovsdb::Replica& replica);
// The same only where `alone`.
[[nodiscard]] ovsdb::Transaction begin(const ovsdb::Replica& replica, bool alone);
// Comments, records and closes it.
void close(ovsdb::Transaction& change, const ovsdb::Replica& replica, const Author& author,
           const ChangeWords& words, const Touched& touched);

// The Interface row of a free place for a plug, made where there is none. What is plugged in there
// is needed by `hosts` (fabric/needed_by.hpp), and so is the place from now on.
[[nodiscard]] Result<ovsdb::Uuid> plug(ovsdb::Transaction& change, Touched& touched,
                                       const ovsdb::Replica& replica, const Endpoint& endpoint,
                                       const HostNames& hosts);
// `shared`: the row is also another direction's. False: nothing to do.
bool change_direction(ovsdb::Transaction& change, const ovsdb::Replica& replica,
                      const Direction& direction, bool shared, const Impairment& wanted);
bool change_state(ovsdb::Transaction& change, const char* table, const Found& found, bool up);

}  // namespace linkfab::fabric::change_parts
