#include "ubridge/carrier/port.hpp"

#include "ubridge/carrier/datagram_port.hpp"
#include "ubridge/carrier/packet_port.hpp"
#include "ubridge/carrier/tap_port.hpp"

namespace linkfab::ubridge {
namespace {

struct Open {
  Result<std::unique_ptr<Port>> operator()(const UdpNio& nio) const { return open_udp(nio); }
  Result<std::unique_ptr<Port>> operator()(const UnixNio& nio) const { return open_unix(nio); }
  Result<std::unique_ptr<Port>> operator()(const TapNio& nio) const { return open_tap(nio.device); }
  Result<std::unique_ptr<Port>> operator()(const LinuxRawNio& nio) const {
    return open_packet(nio.device);
  }
  Result<std::unique_ptr<Port>> operator()(const EthernetNio& nio) const {
    return open_packet(nio.device);
  }
};

}  // namespace

Result<void> Port::set_filter(const std::optional<std::string>&) {
  return failure(Errc::unsupported, "set a filter", "this NIO has none");
}

Result<std::unique_ptr<Port>> open_port(const Nio& nio) {
  return std::visit(Open{}, nio);
}

}  // namespace linkfab::ubridge
