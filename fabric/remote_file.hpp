// Which database an agent uses that is not its own, told to the clients on its host: a file of the
// run directory, database.json.
//
// It names the servers and the files by which this host proves who it is; the key itself is not in
// it, so who may not read the key gets no further. It is the agent's, mode 0640: its group is the
// run directory's where that gives its files its own (the set-group-ID bit). It stays when the
// agent ends, as the lab does.
#pragma once

#include <string>

#include "core/result.hpp"
#include "fabric/paths.hpp"
#include "ovsdb/tls.hpp"

namespace linkfab::fabric {

struct DatabaseRemote {
  std::string remotes;  // "ssl:192.0.2.1:6640,ssl:192.0.2.2:6640"
  ovsdb::TlsFiles tls;  // absolute paths; empty: none are needed

  bool operator==(const DatabaseRemote&) const = default;
};

[[nodiscard]] Result<void> write_remote(const Paths& paths, const DatabaseRemote& remote);
// The database is the agent's own.
void remove_remote(const Paths& paths);
// Errc::not_found: the database is the agent's own, or there has been none. Errc::denied: there is
// a file for others. Errc::invalid: it is damaged.
[[nodiscard]] Result<DatabaseRemote> read_remote(const Paths& paths);

}  // namespace linkfab::fabric
