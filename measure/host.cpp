#include "measure/host.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <ifaddrs.h>
#include <memory>

#include "netem/netns.hpp"

namespace linkfab::measure {
namespace {

std::optional<netem::Prefix> reachable_address(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, address, sizeof four);
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(&four.sin_addr), 4);
    return netem::make_prefix(AF_INET, bytes, 32);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 six{};
  std::memcpy(&six, address, sizeof six);
  if (IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr)) return std::nullopt;
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(&six.sin6_addr), 16);
  return netem::make_prefix(AF_INET6, bytes, 128);
}

const netem::Prefix* first_of(const Host& host, int family) {
  const auto found = std::ranges::find(host.addresses, family, &netem::Prefix::family);
  return found == host.addresses.end() ? nullptr : &*found;
}

}  // namespace

Result<std::vector<netem::Prefix>> observe_addresses(const std::string& netns,
                                                     const std::vector<std::string>& interfaces) {
  const auto opened = netem::open_netns(netns);
  if (!opened) return std::unexpected(opened.error());
  const auto inside = netem::EnteredNetns::enter(*opened);
  if (!inside) return std::unexpected(inside.error());
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return system_failure("list addresses");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  std::vector<netem::Prefix> found;
  for (const auto& interface : interfaces)
    for (const auto* each = list; each != nullptr; each = each->ifa_next)
      if (interface == each->ifa_name)
        if (const auto address = reachable_address(each->ifa_addr)) found.push_back(*address);
  return found;
}

std::optional<netem::Prefix> way_to(const Host& from, const Host& to, std::optional<int> family) {
  for (const int each : {AF_INET, AF_INET6}) {
    if (family.value_or(each) != each || first_of(from, each) == nullptr) continue;
    if (const auto* address = first_of(to, each)) return *address;
  }
  return std::nullopt;
}

SocketAddress socket_address(const netem::Prefix& address, std::uint16_t port) {
  SocketAddress made;
  if (address.family == AF_INET) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::memcpy(&four.sin_addr, address.bytes().data(), address.bytes().size());
    std::memcpy(&made.storage, &four, sizeof four);
    made.size = sizeof four;
  } else {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::memcpy(&six.sin6_addr, address.bytes().data(), address.bytes().size());
    std::memcpy(&made.storage, &six, sizeof six);
    made.size = sizeof six;
  }
  return made;
}

}  // namespace linkfab::measure
