#include "gateway/udp_address.hpp"

#include <netinet/in.h>

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>

namespace linkfab::gateway {
namespace {

std::string parsing(std::string_view text) {
  return "read UDP address '" + std::string{text} + "'";
}

// RFC 4291 §2.5.6, with a zone or without.
bool is_link_local(std::string_view host) {
  in6_addr bytes{};
  const std::string address{host.substr(0, host.find('%'))};
  return ::inet_pton(AF_INET6, address.c_str(), &bytes) == 1 && IN6_IS_ADDR_LINKLOCAL(&bytes);
}

std::string canonical(int family, const std::string& text) {
  std::array<std::uint8_t, sizeof(in6_addr)> bytes{};
  if (::inet_pton(family, text.c_str(), bytes.data()) != 1) return {};
  std::array<char, INET6_ADDRSTRLEN> out{};
  ::inet_ntop(family, bytes.data(), out.data(), out.size());
  return out.data();
}

}  // namespace

Result<UdpAddress> parse_udp_address(std::string_view text) {
  const auto wrong = [&](const char* cause) {
    return failure(Errc::invalid, parsing(text), cause);
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']'))
    return wrong("a port is missing, as in 127.0.0.1:20000 or [::1]:20000");

  const std::string_view digits = text.substr(colon + 1);
  UdpAddress result;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || result.port == 0)
    return wrong("the port is a number from 1 to 65535");

  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string_view::npos)
    return wrong("an IPv6 address stands in brackets, as in [::1]:20000");
  if (bracketed && is_link_local(host))
    return wrong("a link-local address is one of a device, and no zone is taken: use a global one");
  result.address = canonical(bracketed ? AF_INET6 : AF_INET, std::string{host});
  if (result.address.empty())
    return wrong("the address is numeric, as in 127.0.0.1:20000 or [::1]:20000");
  return result;
}

std::string format(const UdpAddress& address) {
  const std::string port = std::to_string(address.port);
  return is_ipv6(address) ? "[" + address.address + "]:" + port : address.address + ":" + port;
}

bool is_ipv6(const UdpAddress& address) {
  return address.address.find(':') != std::string::npos;
}

bool is_wildcard(const UdpAddress& address) {
  return address.address == "0.0.0.0" || address.address == "::";
}

bool is_loopback(const UdpAddress& address) {
  return address.address.starts_with("127.") || address.address == "::1";
}

Result<SocketAddress> to_socket_address(const UdpAddress& address) {
  SocketAddress result;
  if (is_ipv6(address)) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    if (::inet_pton(AF_INET6, address.address.c_str(), &v6.sin6_addr) != 1)
      return failure(Errc::invalid, parsing(address.address), "not an IPv6 address");
    std::memcpy(&result.storage, &v6, sizeof v6);
    result.size = sizeof v6;
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    if (::inet_pton(AF_INET, address.address.c_str(), &v4.sin_addr) != 1)
      return failure(Errc::invalid, parsing(address.address), "not an IPv4 address");
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.size = sizeof v4;
  }
  return result;
}

}  // namespace linkfab::gateway
