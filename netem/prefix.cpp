#include "netem/prefix.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <arpa/inet.h>

#include "core/units.hpp"

namespace linkfab::netem {

int Prefix::most() const {
  return family == AF_INET ? 32 : 128;
}

ByteView Prefix::bytes() const {
  return ByteView{address}.first(static_cast<std::size_t>(most()) / 8);
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address{text.substr(0, slash)};
  Prefix prefix;
  prefix.family = address.contains(':') ? AF_INET6 : AF_INET;
  if (::inet_pton(prefix.family, address.c_str(), prefix.address.data()) != 1) return std::nullopt;
  prefix.length = prefix.most();
  if (slash == std::string_view::npos) return prefix;
  const auto digits = text.substr(slash + 1);
  const bool plain =
      !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  const auto length = parse_integer(digits, 0, prefix.most());
  if (!plain || !length) return std::nullopt;
  prefix.length = static_cast<int>(*length);
  return prefix;
}

std::optional<Prefix> make_prefix(int family, ByteView address, int length) {
  Prefix prefix;
  prefix.family = family;
  prefix.length = length;
  if ((family != AF_INET && family != AF_INET6) || address.size() != prefix.bytes().size() ||
      length < 0 || length > prefix.most()) {
    return std::nullopt;
  }
  std::ranges::copy(address, prefix.address.begin());
  return prefix;
}

std::string format(const Prefix& prefix) {
  return format_address(prefix) + "/" + std::to_string(prefix.length);
}

std::string format_address(const Prefix& prefix) {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(prefix.family, prefix.address.data(), text, sizeof text);
  return text;
}

bool is_network(const Prefix& prefix) {
  for (int bit = prefix.length; bit < prefix.most(); ++bit) {
    const auto byte = prefix.address[static_cast<std::size_t>(bit) / 8];
    if ((byte >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

}  // namespace linkfab::netem
