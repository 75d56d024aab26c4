// NIOs: the ends of a bridge, as values.
//
// A UDP NIO keeps its ports as they were typed, because that is how they are shown; they are
// compared and used as numbers, of which garbage is 0.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace linkfab::ubridge {

struct UdpNio {
  std::string local_port;  // bound on the any-address; 0 is any port
  std::string host;
  std::string remote_port;

  // Same ports? The host plays no part where a NIO is looked for.
  [[nodiscard]] bool has_ports(std::string_view local, std::string_view remote) const;
  bool operator==(const UdpNio&) const = default;
};

// "lport:host:rport". The host is all between the first and the last colon.
[[nodiscard]] std::optional<UdpNio> parse_udp_nio(std::string_view text);

struct TapNio {
  std::string device;
  bool operator==(const TapNio&) const = default;
};

struct LinuxRawNio {  // a packet socket
  std::string device;
  bool operator==(const LinuxRawNio&) const = default;
};

struct EthernetNio {  // libpcap
  std::string device;
  bool operator==(const EthernetNio&) const = default;
};

struct UnixNio {  // datagram sockets
  std::string local;
  std::string remote;
  bool operator==(const UnixNio&) const = default;
};

using Nio = std::variant<UdpNio, TapNio, LinuxRawNio, EthernetNio, UnixNio>;

// As `bridge show` has it.
[[nodiscard]] std::string format(const Nio& nio);

// "UDP", "TAP", "Linux raw", "Ethernet", "UNIX": the word of the replies.
[[nodiscard]] std::string_view kind(const Nio& nio);

}  // namespace linkfab::ubridge
