#include "ubridge/nio.hpp"

#include <array>

#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

struct Formatter {
  std::string operator()(const UdpNio& nio) const {
    return nio.local_port + ":" + nio.host + ":" + nio.remote_port;
  }
  std::string operator()(const UnixNio& nio) const { return nio.local + " -> " + nio.remote; }
  std::string operator()(const auto& nio) const { return nio.device; }
};

}  // namespace

bool UdpNio::has_ports(std::string_view local, std::string_view remote) const {
  return lenient_number(local_port) == lenient_number(local) &&
         lenient_number(remote_port) == lenient_number(remote);
}

std::optional<UdpNio> parse_udp_nio(std::string_view text) {
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == last) return std::nullopt;
  UdpNio nio{.local_port = std::string(text.substr(0, first)),
             .host = std::string(text.substr(first + 1, last - first - 1)),
             .remote_port = std::string(text.substr(last + 1))};
  if (nio.local_port.empty() || nio.host.empty() || nio.remote_port.empty()) return std::nullopt;
  return nio;
}

std::string format(const Nio& nio) {
  return std::visit(Formatter{}, nio);
}

std::string_view kind(const Nio& nio) {
  constexpr std::array<std::string_view, std::variant_size_v<Nio>> kinds{"UDP", "TAP", "Linux raw",
                                                                         "Ethernet", "UNIX"};
  return kinds.at(nio.index());
}

}  // namespace linkfab::ubridge
