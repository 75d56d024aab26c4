// Which database a command uses, and by what this host proves itself to it.
#pragma once

#include "tools/cli/command.hpp"

namespace linkfab::cli {

// Sets what an invocation says of its fabric and its database, of the options of all commands, of
// $LINKFAB_INSTANCE, $LINKFAB_DB, $LINKFAB_PRIVATE_KEY, $LINKFAB_CERTIFICATE and $LINKFAB_CA_CERT,
// and, where none of these names a database, of what the agent of this host has written down
// (fabric/remote_file.hpp): in this order. What is wrong with a database becomes
// Invocation::unusable, for not every command needs one. Throws UsageError for an instance's name
// that can be none.
void locate_database(Invocation& invocation);

}  // namespace linkfab::cli
