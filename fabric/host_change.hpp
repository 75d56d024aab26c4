// Changes of the hosts that share a lab, as closed transactions (fabric/edit.hpp) made from a
// replica of state_columns() (fabric/rows.hpp) or more, with their author in the log: what `linkfab
// host` does. Pure.
//
// Each fails with Errc::conflict if anybody has changed anything since the replica.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "fabric/change_log.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

struct HostWish {
  std::optional<std::string> address;         // nullopt: as it is
  std::map<std::string, std::string> labels;  // beside those that it has; an empty value: it goes
};
// Makes the row, before its agent comes or after; a host that is there is a member again, draining
// no longer. Empty where it is so already.
[[nodiscard]] Result<ovsdb::Transaction> add_host(const ovsdb::Replica& replica,
                                                  const std::string& name, const HostWish& wish,
                                                  const Author& author);

// Takes no nodes any more, and those that are there go elsewhere, in the same transaction. Those of
// processes (fabric/owners.hpp) end with these. Errc::refused names the nodes that cannot go.
[[nodiscard]] Result<ovsdb::Transaction> drain_host(const ovsdb::Replica& replica,
                                                    const std::string& name, const Author& author);

// An agent that answers is told to clean up and go; the row of another is deleted. Errc::refused
// where nodes are on a host that is not drained, unless `force`, which places them elsewhere first.
[[nodiscard]] Result<ovsdb::Transaction> remove_host(const ovsdb::Replica& replica,
                                                     const std::string& name, bool force,
                                                     const Author& author);

}  // namespace linkfab::fabric
