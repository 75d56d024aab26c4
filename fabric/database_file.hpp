// The files of ovsdb-server's databases (ovsdb(5)): told apart where they are there, made where
// they are missing.
//
// A file is made whole or not at all, and one that is there is never written: from its first start
// on it is ovsdb-server's. A member of a cluster has an address for the others, "ssl:HOST:PORT" or
// "tcp:HOST:PORT".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ovsdb/uuid.hpp"

namespace linkfab::fabric {

enum class DatabaseKind {
  none,
  standalone,
  member,  // of a cluster, or about to join one
  left,    // a former member, of no use any more: ovsdb-server does not open it
};
// Errc::invalid where the file is something else.
[[nodiscard]] Result<DatabaseKind> database_kind(const std::string& file);

// Where the other members reach the one of this file: "ssl:10.0.0.1:6644".
[[nodiscard]] Result<std::string> member_address(const std::string& file);

// The identities that a new file gives away. Those of a cluster must be unlike all others.
struct FreshIds {
  ovsdb::Uuid server;
  ovsdb::Uuid cluster;
  ovsdb::Uuid data;  // of the empty database as the first entry of the log
};

// Empty databases, as text. `schema` is JSON.
[[nodiscard]] std::string standalone_text(const std::string& schema);
[[nodiscard]] Result<std::string> first_member_text(const std::string& schema,
                                                    const std::string& address,
                                                    const FreshIds& ids);
// Of a member that knows the database's name only, and asks one of `remotes` for the rest.
[[nodiscard]] std::string joining_member_text(const std::string& name, const std::string& address,
                                              const std::vector<std::string>& remotes,
                                              const ovsdb::Uuid& server);

// Each keeps a file that is there.
[[nodiscard]] Result<void> create_database(const std::string& file, const std::string& schema);
[[nodiscard]] Result<void> create_cluster(const std::string& file, const std::string& schema,
                                          const std::string& address);
[[nodiscard]] Result<void> join_cluster(const std::string& file, const std::string& name,
                                        const std::string& address,
                                        const std::vector<std::string>& remotes);

}  // namespace linkfab::fabric
