#include "gateway/control_target.hpp"

#include <netinet/in.h>

#include <arpa/inet.h>
#include <cstring>

#include "core/units.hpp"

namespace linkfab::gateway {

std::optional<TcpAddress> tcp_address(const ControlTarget& target) {
  TcpAddress made;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(target.port);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(target.port);
  if (::inet_pton(AF_INET, target.host.c_str(), &four.sin_addr) == 1) {
    std::memcpy(&made.storage, &four, sizeof four);
    made.size = sizeof four;
  } else if (::inet_pton(AF_INET6, target.host.c_str(), &six.sin6_addr) == 1) {
    std::memcpy(&made.storage, &six, sizeof six);
    made.size = sizeof six;
  } else {
    return std::nullopt;
  }
  return made;
}

Result<ControlTarget> parse_control_target(std::string_view text) {
  const std::string attempt = "read controller '" + std::string(text) + "'";
  const auto wrong = [&] {
    return failure(Errc::invalid, attempt, "tcp:ADDRESS[:PORT] is needed, as tcp:10.9.0.1:6653");
  };
  if (!text.starts_with("tcp:")) return wrong();
  text.remove_prefix(4);
  ControlTarget target;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return wrong();
    target.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    target.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (!port.empty()) {
    if (!port.starts_with(':')) return wrong();
    const auto number = parse_integer(port.substr(1), 1, UINT16_MAX);
    if (!number) return wrong();
    target.port = static_cast<std::uint16_t>(*number);
  }
  if (!tcp_address(target)) return wrong();
  return target;
}

}  // namespace linkfab::gateway
