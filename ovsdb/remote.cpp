#include "ovsdb/remote.hpp"

#include <algorithm>

#include "core/units.hpp"

namespace linkfab::ovsdb {
namespace {

std::unexpected<Error> bad_remote(std::string_view text, std::string cause) {
  return failure(Errc::invalid, "parse OVSDB remote \"" + std::string(text) + "\"",
                 std::move(cause));
}

// "host", "host:port", "[address]", "[address]:port".
Result<Remote> parse_host(std::string_view text, Remote::Kind kind, std::string_view rest) {
  Remote remote{.kind = kind, .host = {}, .port = "6640"};
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return bad_remote(text, "a bracket is not closed");
    remote.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    const auto colon = rest.find(':');
    if (colon != rest.rfind(':')) return bad_remote(text, "write an IPv6 address in brackets");
    remote.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
  }
  if (remote.host.empty()) return bad_remote(text, "the host is missing");
  if (port.empty()) return remote;
  const auto number = parse_integer(port.substr(1), 1, 65535);
  if (port.front() != ':' || !number) return bad_remote(text, "the port must be 1 to 65535");
  remote.port = std::to_string(*number);
  return remote;
}

}  // namespace

Result<Remote> parse_remote(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (kind == "tcp") return parse_host(text, Remote::Kind::tcp, rest);
  if (kind == "ssl") return parse_host(text, Remote::Kind::tls, rest);
  if (kind != "unix") return bad_remote(text, "it must begin with unix:, tcp: or ssl:");
  if (rest.empty()) return bad_remote(text, "the path is missing");
  constexpr std::size_t most = 107;  // sun_path of unix(7), less the final zero
  if (rest.size() > most) return bad_remote(text, "a socket's path has at most 107 bytes");
  return Remote{.kind = Remote::Kind::unix_socket, .host = std::string(rest), .port = {}};
}

std::vector<std::string> split_remotes(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto comma = std::min(text.find(',', from), text.size());
    parts.emplace_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

}  // namespace linkfab::ovsdb
