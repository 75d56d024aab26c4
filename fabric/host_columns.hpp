// The columns `host` of a lab that several hosts share: which agent deals with a row. A client
// writes them, wherever it writes rows; in a lab that is not shared they stay empty.
//
// All follow from Node.host: an interface is where its node is, a link where the node of its end a
// is, a segment where its first member was when it was made, as long as a member is there.
#pragma once

#include <string>
#include <vector>

#include "fabric/placement.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

// The agents of a database that they share say so in their rows.
[[nodiscard]] bool is_shared(const ovsdb::Replica& replica);
// The nodes that are placed.
[[nodiscard]] Placement present_placement(const ovsdb::Replica& replica);
// Empty: it is not placed.
[[nodiscard]] std::string host_of_node(const ovsdb::Replica& replica, const std::string& node);

// Adds the column, where there is something to say.
void put_host(ovsdb::Columns& columns, const std::string& host);
// Where a segment is to be that was at `former`, or nowhere yet, with members on these hosts.
[[nodiscard]] std::string segment_host(const std::string& former,
                                       const std::vector<std::string>& members, const Hosts& hosts);

// Moves the nodes to where they are placed, with all that follows. `replica` is one of
// state_columns() (fabric/rows.hpp) or more; only what differs is written. Nodes that are not in
// `placement` stay.
void move_nodes(ovsdb::Transaction& change, const ovsdb::Replica& replica,
                const Placement& placement, const Hosts& hosts);

}  // namespace linkfab::fabric
