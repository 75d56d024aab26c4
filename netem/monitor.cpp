#include "netem/monitor.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "netem/attributes.hpp"
#include "netem/forward.hpp"
#include "netem/inner.hpp"

namespace linkfab::netem {
namespace {

constexpr int buffer_bytes = 8 << 20;  // a few thousand notifications between two reads

// The events in a message that says that something is gone are told from it as if it were new.
void decode_event(const nlmsghdr& message, std::vector<Event>& events) {
  const ByteView body = payload(message);
  switch (message.nlmsg_type) {
    case RTM_NEWTFILTER:
    case RTM_DELTFILTER:
    case RTM_NEWTCLASS:
    case RTM_DELTCLASS: {
      const auto header = load<tcmsg>(body);
      const auto major = TC_H_MAJ(header.tcm_parent);
      if (major == prio_handle || major == htb_handle || TC_H_MAJ(header.tcm_handle) == htb_handle)
        events.emplace_back(InnerChanged{{header.tcm_ifindex}});
      if (is_ingress_filter(message)) events.emplace_back(ForwardChanged{{header.tcm_ifindex}});
      return;
    }
    default:
      break;
  }
  const bool gone = message.nlmsg_type == RTM_DELLINK || message.nlmsg_type == RTM_DELQDISC;
  if (!gone) {
    if (auto device = decode_device(message))
      events.emplace_back(DeviceChanged{std::move(*device)});
    if (auto qdisc = decode_qdisc(message)) events.emplace_back(QdiscChanged{std::move(*qdisc)});
    return;
  }
  if (message.nlmsg_type == RTM_DELLINK && body.size() >= sizeof(ifinfomsg)) {
    const auto header = load<ifinfomsg>(body);
    // Of family AF_BRIDGE: it only left a bridge.
    if (header.ifi_family != AF_UNSPEC) return;
    const Attributes attributes{message, sizeof header};
    events.emplace_back(DeviceGone{{header.ifi_index}, attributes.text(IFLA_IFNAME)});
  } else if (message.nlmsg_type == RTM_DELQDISC && body.size() >= sizeof(tcmsg)) {
    const auto header = load<tcmsg>(body);
    events.emplace_back(QdiscGone{{header.tcm_ifindex}, header.tcm_handle});
  }
}

}  // namespace

Result<Monitor> Monitor::open() {
  const std::string attempt = "watch the devices";
  Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  if (!fd) return system_failure(attempt);
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0) {
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  }
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) {
    return system_failure(attempt);
  }
  for (const int group : {RTNLGRP_LINK, RTNLGRP_TC}) {
    if (::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
      return system_failure(attempt);
    }
  }
  return Monitor{std::move(fd)};
}

std::vector<Event> Monitor::read() {
  std::vector<Event> events;
  alignas(nlmsghdr) std::array<std::uint8_t, 1 << 16> buffer;
  for (;;) {
    const auto size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) {
      events.emplace_back(Overflow{});
      continue;
    }
    if (size < 0) return events;
    if (static_cast<std::size_t>(size) > buffer.size()) {
      events.emplace_back(Overflow{});  // cut short: what it said is lost
      continue;
    }
    for_each_message(ByteView{buffer.data(), static_cast<std::size_t>(size)},
                     [&](const nlmsghdr& message) { decode_event(message, events); });
  }
}

}  // namespace linkfab::netem
