// NIOs of datagram sockets: a datagram is a frame, nothing before or behind it.
//
// UDP: bound to the port on every address, connected to the peer, so that nobody else is heard. A
// host name is looked up while the caller waits. Unix: bound to the local path, whatever was there
// before, until it is closed.
#pragma once

#include <memory>

#include "core/result.hpp"
#include "ubridge/carrier/port.hpp"
#include "ubridge/nio.hpp"

namespace linkfab::ubridge {

[[nodiscard]] Result<std::unique_ptr<Port>> open_udp(const UdpNio& nio);
[[nodiscard]] Result<std::unique_ptr<Port>> open_unix(const UnixNio& nio);

}  // namespace linkfab::ubridge
