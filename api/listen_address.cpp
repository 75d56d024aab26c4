#include "api/listen_address.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace linkfab::api {
namespace {

constexpr const char* loopback = "127.0.0.1";

std::optional<std::uint16_t> parse_port(std::string_view text, std::uint16_t least) {
  std::uint32_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, port);
  if (failed != std::errc{} || rest != end || port < least ||
      port > std::numeric_limits<std::uint16_t>::max())
    return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

bool is_address(int family, const std::string& text) {
  in6_addr address{};
  return ::inet_pton(family, text.c_str(), &address) == 1;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text, std::uint16_t least_port) {
  const auto wrong = [&](const std::string& cause) {
    return failure(
        Errc::invalid, fmt::format("listen on '{}'", text),
        fmt::format("{}; write ADDRESS:PORT, for example 127.0.0.1:9464 or [::1]:9464", cause));
  };
  const auto colon = text.rfind(':');
  const bool alone = colon == std::string_view::npos;
  const auto port = parse_port(alone ? text : text.substr(colon + 1), least_port);
  if (!port) return wrong(fmt::format("the port is a number from {} to 65535", least_port));
  std::string host(alone ? "" : text.substr(0, colon));
  if (host.empty() || host == "localhost") return ListenAddress{.host = loopback, .port = *port};
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_address(AF_INET6, host)) return wrong("what is in brackets is no IPv6 address");
  } else if (!is_address(AF_INET, host)) {
    return wrong(host.find(':') == std::string::npos ? "the address is no IPv4 address"
                                                     : "an IPv6 address is written in brackets");
  }
  return ListenAddress{.host = std::move(host), .port = *port};
}

std::string format(const ListenAddress& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return six ? fmt::format("[{}]:{}", address.host, address.port)
             : fmt::format("{}:{}", address.host, address.port);
}

}  // namespace linkfab::api
