#include "gateway/netlink.hpp"

#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "core/fd.hpp"

namespace linkfab::gateway {
namespace {

template <class Header>
struct Request {
  nlmsghdr netlink{};
  Header header{};
  std::array<std::uint8_t, 64> attributes{};

  Request(std::uint16_t type, int flags) {
    netlink.nlmsg_len = NLMSG_LENGTH(sizeof header);
    netlink.nlmsg_type = type;
    netlink.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  }
  void put(std::uint16_t type, std::span<const std::uint32_t> value) {
    const auto size = static_cast<std::uint16_t>(value.size_bytes());
    const rtattr attribute{.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size)),
                           .rta_type = type};
    auto* at = reinterpret_cast<std::uint8_t*>(this) + netlink.nlmsg_len;
    std::memcpy(at, &attribute, sizeof attribute);
    std::memcpy(at + RTA_LENGTH(0), value.data(), size);
    netlink.nlmsg_len += RTA_SPACE(size);
  }
};

using Visit = std::function<void(const nlmsghdr&)>;

// One request; every answer is visited. A dump ends with NLMSG_DONE, another answer is one message.
Result<void> ask(const std::string& attempt, const nlmsghdr& request, const Visit& visit) {
  const Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (!socket || ::send(socket.get(), &request, request.nlmsg_len, 0) < 0)
    return system_failure(attempt);
  std::vector<std::uint8_t> buffer(65536);
  for (;;) {
    const auto size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return system_failure(attempt);
    auto rest = static_cast<unsigned>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, rest);
         message = NLMSG_NEXT(message, rest)) {
      if (message->nlmsg_type == NLMSG_DONE) return {};
      if (message->nlmsg_type == NLMSG_ERROR) {
        const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(message));
        if (error->error == 0) return {};
        return std::unexpected(system_error(attempt, -error->error));
      }
      visit(*message);
      if ((message->nlmsg_flags & NLM_F_MULTI) == 0) return {};
    }
  }
}

std::uint32_t number(const rtattr* attribute) {
  std::uint32_t value = 0;
  std::memcpy(&value, RTA_DATA(attribute), sizeof value);
  return value;
}

std::uint32_t route_mtu(rtattr* metrics) {
  auto size = static_cast<int>(RTA_PAYLOAD(metrics));
  for (auto* metric = static_cast<rtattr*>(RTA_DATA(metrics)); RTA_OK(metric, size);
       metric = RTA_NEXT(metric, size)) {
    if (metric->rta_type == RTAX_MTU) return number(metric);
  }
  return 0;
}

std::uint32_t device_mtu(std::uint32_t device) {
  const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq request{};
  if (::if_indextoname(device, request.ifr_name) == nullptr ||
      ::ioctl(socket.get(), SIOCGIFMTU, &request) != 0)
    return 1500;
  return static_cast<std::uint32_t>(request.ifr_mtu);
}

// As the address's own family has it.
std::span<const std::uint32_t> bytes(const lf_address& address) {
  const std::span<const std::uint32_t> all{address.words};
  return is_ipv4(address) ? all.last(1) : all;
}

lf_address address_of(const rtattr* attribute) {
  lf_address address{.words = {0, 0, htonl(0xffff), 0}};
  const std::size_t size = RTA_PAYLOAD(attribute);
  if (size == sizeof(in_addr))
    address.words[3] = number(attribute);
  else if (size == sizeof(in6_addr))
    std::memcpy(address.words, RTA_DATA(attribute), sizeof address.words);
  return address;
}

std::string text(const lf_address& address) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const int family = is_ipv4(address) ? AF_INET : AF_INET6;
  return ::inet_ntop(family, bytes(address).data(), out.data(), out.size());
}

}  // namespace

bool is_ipv4(const lf_address& address) {
  return address.words[0] == 0 && address.words[1] == 0 && address.words[2] == htonl(0xffff);
}

bool is_zero(const lf_address& address) {
  return std::ranges::all_of(address.words, [](std::uint32_t word) { return word == 0; });
}

Result<Way> find_way(const lf_address& from, const lf_address& to) {
  const std::string attempt = "find the way to " + text(to);
  Request<rtmsg> request{RTM_GETROUTE, 0};
  request.header.rtm_family = is_ipv4(to) ? AF_INET : AF_INET6;
  request.header.rtm_dst_len = static_cast<std::uint8_t>(bytes(to).size_bytes() * 8);
  request.put(RTA_DST, bytes(to));
  if (!is_zero(from)) {
    request.header.rtm_src_len = request.header.rtm_dst_len;
    request.put(RTA_SRC, bytes(from));
  }
  Way way;
  bool leads_nowhere = false;  // IPv6 answers so where IPv4 has an error
  const auto asked = ask(attempt, request.netlink, [&](const nlmsghdr& answer) {
    auto* route = static_cast<rtmsg*>(NLMSG_DATA(const_cast<nlmsghdr*>(&answer)));
    way.local = route->rtm_type == RTN_LOCAL;
    leads_nowhere = route->rtm_type == RTN_UNREACHABLE || route->rtm_type == RTN_BLACKHOLE ||
                    route->rtm_type == RTN_PROHIBIT;
    auto size = static_cast<int>(RTM_PAYLOAD(&answer));
    for (auto* attribute = RTM_RTA(route); RTA_OK(attribute, size);
         attribute = RTA_NEXT(attribute, size)) {
      if (attribute->rta_type == RTA_OIF) way.device = number(attribute);
      if (attribute->rta_type == RTA_PREFSRC) way.source = address_of(attribute);
      if (attribute->rta_type == RTA_METRICS) way.mtu = route_mtu(attribute);
    }
  });
  if (!asked) return std::unexpected(asked.error());
  if (leads_nowhere) return std::unexpected(system_error(attempt, ENETUNREACH));
  if (way.mtu == 0) way.mtu = device_mtu(way.device);
  if (!is_zero(from)) way.source = from;
  return way;
}

Result<bool> has_filters(std::uint32_t device) {
  bool found = false;
  for (const std::uint32_t side : {TC_H_MIN_INGRESS, TC_H_MIN_EGRESS}) {
    Request<tcmsg> request{RTM_GETTFILTER, NLM_F_DUMP};
    request.header.tcm_family = AF_UNSPEC;
    request.header.tcm_ifindex = static_cast<int>(device);
    request.header.tcm_parent = TC_H_MAKE(TC_H_CLSACT, side);
    const auto asked = ask("list the filters of device " + std::to_string(device), request.netlink,
                           [&](const nlmsghdr&) { found = true; });
    if (!asked) return std::unexpected(asked.error());
  }
  return found;
}

}  // namespace linkfab::gateway
