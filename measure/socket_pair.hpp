// Two ends of a stream between hosts, connected.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"
#include "measure/host.hpp"

namespace linkfab::measure {

struct SocketPair {
  Fd sender;    // in the one host's namespace
  Fd receiver;  // in the other's
};

// Errors name the hosts. `type` is SOCK_STREAM, which waits five seconds for a connection, or
// SOCK_DGRAM, which connects without a word to the other end.
[[nodiscard]] Result<SocketPair> connect_hosts(const Host& from, const Host& to,
                                               const netem::Prefix& address, int type);

}  // namespace linkfab::measure
