// How an agent shares its database with other hosts, as a person says it, and what comes of it.
//
// Its file is then a member of a cluster, which ovsdb-server keeps by itself, or other hosts reach
// it where it listens, or both. Whoever reaches it by the network is known by a certificate and has
// the rights of database_access.hpp; without certificates there is only the loopback.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "fabric/paths.hpp"
#include "ovsdb/session.hpp"
#include "ovsdb/tls.hpp"

namespace linkfab::fabric {

inline constexpr int cluster_port = 6644;
inline constexpr int listen_port = 6640;

struct SharingOptions {
  std::string address;              // of this host
  std::string cluster_address;      // ADDRESS[:PORT] of its member; empty: `address`
  std::string cluster;              // "create", "join=ADDRESS[:PORT],…"; empty: as the file says
  std::vector<std::string> listen;  // "ssl:[ADDRESS:]PORT", with commas between; "none"
  ovsdb::TlsFiles tls;
};

struct Sharing {
  enum class Cluster { as_it_is, create, join } cluster = Cluster::as_it_is;
  std::string member_address;     // "ssl:10.0.0.1:6644", where a member is to be made
  std::vector<std::string> join;  // the same, of members
  // Targets of Connection rows, "pssl:6640". nullopt: nothing is said, which is none for a database
  // of one host, and for a cluster what another of its members says.
  std::optional<std::vector<std::string>> listen;
  ovsdb::TlsFiles tls;

  bool operator==(const Sharing&) const = default;
};

// Errc::invalid names the option that is wrong, or missing.
[[nodiscard]] Result<Sharing> parse_sharing(const SharingOptions& options);

// The database's file as it is to be shared: made where it is missing. Errc::conflict where the one
// that is there cannot be.
[[nodiscard]] Result<void> prepare_database(const std::string& file, const std::string& schema,
                                            const Sharing& sharing);

// Do other hosts use it, or may they? `db` are remotes of another server; empty: it is our own.
[[nodiscard]] bool is_shared(const Paths& paths, const std::string& db, const Sharing& sharing);

// ovsdb-server's options for a database of this kind.
[[nodiscard]] std::vector<std::string> server_options(const Sharing& sharing, bool member);

// Of a session with the database at remotes, commas between.
[[nodiscard]] ovsdb::SessionOptions session_options(const std::string& remotes,
                                                    const ovsdb::TlsFiles& tls);

}  // namespace linkfab::fabric
