// Where the frames of a gateway's outer end go to and come from.
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>

#include "gateway/udp_address.hpp"

namespace linkfab::gateway {

// Raw Ethernet in UDP: a frame, without FCS and without any header, is the payload of a datagram.
struct Tunnel {
  UdpAddress local, remote;
  bool operator==(const Tunnel&) const = default;
};

// Another device of the same namespace, taken whole: the host no longer sees what arrives there.
struct Patch {
  std::string device;
  bool operator==(const Patch&) const = default;
};

// Another outer end of the same namespace.
struct Splice {
  std::string outer;
  bool operator==(const Splice&) const = default;
};

using Path = std::variant<Tunnel, Patch, Splice>;

[[nodiscard]] std::string format(const Path& path);

// By outer end; all of one namespace. Tunnels that mirror each other become splices. A local
// address that is a wildcard stands for the loopback ones and for `own`, the addresses of this
// host: two tunnels to the same port of another host are no mirror images.
[[nodiscard]] std::map<std::string, Path> splice(std::map<std::string, Path> wanted,
                                                 const std::set<std::string>& own = {});

}  // namespace linkfab::gateway
