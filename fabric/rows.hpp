// The rows of the Linkfab database as values, and back: one place that knows column names.
//
// Wanted columns only; who writes status columns is fabric/status.hpp, who reads them for people is
// fabric/lab_view.hpp. A row that another client wrote with values that no linkfab client would
// write decodes to an Error naming the column.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/session.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

inline constexpr const char* database = "Linkfab";

// The columns that clients write: what the agent follows. Of a database that several hosts share
// also tunnels, and what other agents say of hosts and interfaces.
[[nodiscard]] ovsdb::Monitor wanted_columns(bool shared = false);
[[nodiscard]] const std::vector<std::string>& wanted_interface_columns();
// Of that database what the agent of one host follows: what it needs (fabric/needed_by.hpp), and
// gateways with a VXLAN number, which no other may get.
[[nodiscard]] ovsdb::Monitor columns_of_host(const std::string& host);
// The first with the labels of places, which are of use to clients alone.
[[nodiscard]] ovsdb::Monitor topology_columns();
// Every column of every table: what a client that shows the lab follows.
[[nodiscard]] ovsdb::Monitor all_columns();
// The same without the interfaces' counters, which are half of it once somebody has asked for them.
[[nodiscard]] ovsdb::Monitor state_columns();

[[nodiscard]] ovsdb::Columns impairment_columns(const Impairment& impairment);
[[nodiscard]] Result<Impairment> decode_impairment(const ovsdb::Row& row);

[[nodiscard]] ovsdb::Columns interface_columns(const std::string& name, const Interface& interface);
[[nodiscard]] Result<Interface> decode_interface(const ovsdb::Row& row);

// Without the interfaces column, which needs the ids of their rows.
[[nodiscard]] ovsdb::Columns node_columns(const std::string& name, const Node& node);
// Without its interfaces.
[[nodiscard]] Result<Node> decode_node(const ovsdb::Row& row);

// Is a node that was wanted stopped to run or be paused? Such a change counts as a request to
// restart it, too: an agent that came after the stop would take it for one that has ended by
// itself.
[[nodiscard]] bool starts(const ovsdb::Row& node, std::string_view wanted);

// A row of a process, gone when that ends (fabric/owners.hpp).
[[nodiscard]] bool is_owned(const ovsdb::Row& row);

[[nodiscard]] std::string format(NodeKind kind);    // "netns"
[[nodiscard]] std::string format(NodeState state);  // "running"
[[nodiscard]] NodeState node_state(
    std::string_view wanted);  // of the column, as format() writes it
// Of a link: Link.underlay.
[[nodiscard]] ovsdb::Datum underlay_column(bool subtract);
[[nodiscard]] bool subtracts_underlay(const ovsdb::Row& link);
[[nodiscard]] std::string format(SegmentKind kind);    // "hub", "switch"
[[nodiscard]] std::string format(const Route& route);  // "10.0.0.0/8 via 10.0.12.2 dev eth0"
[[nodiscard]] Result<Route> parse_route(std::string_view text);

}  // namespace linkfab::fabric
