#include "gateway/path.hpp"

#include <utility>
#include <vector>

namespace linkfab::gateway {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

// Would a datagram to `remote`, sent on this host, arrive at a socket bound to `local`?
bool arrives(const UdpAddress& remote, const UdpAddress& local, const std::set<std::string>& own) {
  if (remote.port != local.port) return false;
  if (remote.address == local.address) return !is_wildcard(remote);
  return is_wildcard(local) && is_ipv6(local) == is_ipv6(remote) &&
         (is_loopback(remote) || own.contains(remote.address));
}

}  // namespace

std::string format(const Path& path) {
  return std::visit(Overloaded{[](const Tunnel& tunnel) {
                                 return "tunnel " + format(tunnel.local) + " to " +
                                        format(tunnel.remote);
                               },
                               [](const Patch& patch) { return "patch to " + patch.device; },
                               [](const Splice& splice) { return "splice to " + splice.outer; }},
                    path);
}

std::map<std::string, Path> splice(std::map<std::string, Path> wanted,
                                   const std::set<std::string>& own) {
  std::multimap<std::uint16_t, std::pair<std::string, Tunnel>> by_local_port;
  for (const auto& [outer, path] : wanted) {
    if (const auto* tunnel = std::get_if<Tunnel>(&path))
      by_local_port.emplace(tunnel->local.port, std::pair{outer, *tunnel});
  }
  for (auto& [outer, path] : wanted) {
    const auto* tunnel = std::get_if<Tunnel>(&path);
    if (tunnel == nullptr) continue;
    const auto [first, last] = by_local_port.equal_range(tunnel->remote.port);
    for (auto candidate = first; candidate != last; ++candidate) {
      const auto& [other, mirror] = candidate->second;
      if (other == outer || !std::holds_alternative<Tunnel>(wanted.at(other)) ||
          !arrives(tunnel->remote, mirror.local, own) ||
          !arrives(mirror.remote, tunnel->local, own))
        continue;
      wanted.at(other) = Splice{outer};
      path = Splice{other};
      break;
    }
  }
  return wanted;
}

}  // namespace linkfab::gateway
