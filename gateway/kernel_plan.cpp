#include "gateway/kernel_plan.hpp"

#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <arpa/inet.h>

#include "gateway/netlink.hpp"

namespace linkfab::gateway {
namespace {

// bpf_skb_change_head gives a packet no more than four pages, less what the kernel keeps behind it
// (SKB_MAX_ALLOC): of which headers and tags have their part.
constexpr std::uint32_t longest_frame = 15500;

// Of IP and UDP.
std::uint32_t outer_headers(bool ipv6) {
  return ipv6 ? 48 : 28;
}

lf_address network_order(const UdpAddress& address) {
  lf_address result{};
  if (is_ipv6(address)) {
    ::inet_pton(AF_INET6, address.address.c_str(), result.words);
    return result;
  }
  result.words[2] = htonl(0xffff);
  ::inet_pton(AF_INET, address.address.c_str(), &result.words[3]);
  return result;
}

// IPv4 by another name: its datagrams are IPv4's, and only a socket knows.
bool is_mapped(const UdpAddress& address) {
  return is_ipv6(address) && is_ipv4(network_order(address));
}

Result<std::uint32_t> index_of(const std::string& device) {
  const unsigned index = ::if_nametoindex(device.c_str());
  if (index == 0) return failure(Errc::not_found, "find device " + device, "no such device");
  return index;
}

class Planner {
 public:
  explicit Planner(const std::map<std::string, Path>& wanted) : wanted_(wanted) {}

  KernelPlan plan() {
    for (const auto& [outer, path] : wanted_) {
      const auto index = index_of(outer);
      if (!index) {
        plan_.errors[outer] = index.error();
        continue;
      }
      const auto done = std::visit(
          [&](const auto& way) -> Result<void> { return add(outer, *index, way); }, path);
      plan_.outers[outer] = *index;
      if (done) continue;
      plan_.errors[outer] = done.error();
      plan_.paths[*index] = {.kind = LF_RELAYED};
    }
    return std::move(plan_);
  }

 private:
  Result<void> add(const std::string& outer, std::uint32_t index, const Tunnel& tunnel) {
    if (is_ipv6(tunnel.local) != is_ipv6(tunnel.remote))
      return failure(Errc::invalid, "join " + format(tunnel.local) + " to " + format(tunnel.remote),
                     "one is IPv4, the other IPv6");
    if (is_mapped(tunnel.local) || is_mapped(tunnel.remote)) {
      plan_.paths[index] = {.kind = LF_RELAYED};
      plan_.longest[outer] = 0;
      return {};
    }
    const bool ipv6 = is_ipv6(tunnel.remote);
    const lf_peer peer{
        .local = is_wildcard(tunnel.local) ? lf_address{} : network_order(tunnel.local),
        .remote = network_order(tunnel.remote),
        .local_port = htons(tunnel.local.port),
        .remote_port = htons(tunnel.remote.port)};
    const auto way = find_way(peer.local, peer.remote);
    if (!way) return std::unexpected(way.error());
    if (!plan_.peers.emplace(peer, index).second)
      return failure(Errc::conflict, "join " + outer, "another has the same tunnel");
    const std::uint32_t headers = outer_headers(ipv6);
    const std::uint32_t longest =
        way->local ? longest_frame : std::min(longest_frame, std::max(way->mtu, headers) - headers);
    plan_.paths[index] = {.kind = way->local ? LF_LOCAL_TUNNEL : LF_REMOTE_TUNNEL,
                          .device = way->local ? loopback() : way->device,
                          .ipv6 = ipv6,
                          .local = way->source,
                          .remote = peer.remote,
                          .local_port = peer.local_port,
                          .remote_port = peer.remote_port,
                          .longest = longest};
    plan_.uplinks.insert(plan_.paths[index].device);
    plan_.has_local_ipv4 = plan_.has_local_ipv4 || (way->local && !ipv6);
    plan_.longest[outer] = longest;
    return {};
  }

  Result<void> add(const std::string& outer, std::uint32_t index, const Patch& patch) {
    const auto device = index_of(patch.device);
    if (!device) return std::unexpected(device.error());
    if (wanted_.contains(patch.device) || plan_.patched.contains(*device))
      return failure(Errc::conflict, "patch " + outer + " to " + patch.device,
                     "another gateway has that device");
    plan_.paths[index] = {.kind = LF_FORWARD, .device = *device};
    plan_.paths[*device] = {.kind = LF_DELIVER, .device = index};
    plan_.patched.insert(*device);
    return {};
  }

  Result<void> add(const std::string& outer, std::uint32_t index, const Splice& splice) {
    const auto other = index_of(splice.outer);
    if (!other) return std::unexpected(other.error());
    const auto back = wanted_.find(splice.outer);
    if (back == wanted_.end() || back->second != Path{Splice{outer}} || splice.outer == outer)
      return failure(Errc::invalid, "splice " + outer + " to " + splice.outer,
                     "it is not spliced back");
    plan_.paths[index] = {.kind = LF_FORWARD, .device = *other};
    return {};
  }

  static std::uint32_t loopback() { return ::if_nametoindex("lo"); }

  const std::map<std::string, Path>& wanted_;
  KernelPlan plan_;
};

}  // namespace

KernelPlan plan_kernel(const std::map<std::string, Path>& wanted) {
  return Planner{wanted}.plan();
}

}  // namespace linkfab::gateway
