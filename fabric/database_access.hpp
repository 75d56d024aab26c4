// What agents and clients that reach the database by the network may write: ovsdb-server's
// role-based access control (ovsdb-server(7)), as rows beside the lab's.
//
// The role is that of the connections on which the server listens; the Unix socket has none, and
// whoever may open that may write everything. A client is who its certificate is for: the common
// name is a host's name.
//
//   its own Host row           what it reports; not labels and wanted, which are the operator's.
//                              It may insert the row, for it may come before anybody knows it, and
//                              what it inserts it may delete.
//   rows with its name as host what it reports of nodes, interfaces, links and segments
//   Tunnel                     its own, whole
//   Scenario                   what is reported of it, by any host
//   Fabric                     the request for fresh counters
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

inline constexpr const char* agent_role = "linkfab-agent";

struct Permission {
  std::string table;
  std::string authorization;  // the column that holds the host's name; empty: any host's
  bool insert_delete = false;
  std::vector<std::string> update;  // columns

  bool operator==(const Permission&) const = default;
};
[[nodiscard]] const std::vector<Permission>& agent_permissions();

// What makes the rows of the replica, which has the tables of access_tables(), those that are
// wanted: the role's, and the connections, one a target of `listen`, all others going; nullopt
// leaves them alone. Empty where there is nothing to do.
[[nodiscard]] ovsdb::Transaction access_rows(const ovsdb::Replica& replica,
                                             const std::optional<std::vector<std::string>>& listen);
[[nodiscard]] std::vector<std::string> access_tables();

// Brings a server's database to that, by a session of its own. Errc::unreachable after 10 s.
[[nodiscard]] boost::asio::awaitable<Result<void>> grant_access(
    boost::asio::any_io_executor executor, std::string remote,
    std::optional<std::vector<std::string>> listen);

}  // namespace linkfab::fabric
