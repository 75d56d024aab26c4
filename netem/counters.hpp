// What the kernel has counted at devices: one dump of all of them, and nothing else of what a
// Device says. RTM_GETSTATS (linux/if_link.h, Linux 4.7): a dump of the devices themselves would
// look up the number of each peer's namespace among those of all namespaces, one by one.
//
// Counters start at zero when a device is made.
#pragma once

#include <optional>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "netem/device.hpp"
#include "netem/socket.hpp"

namespace linkfab::netem {

struct Counters {
  IfIndex device;
  DeviceStats stats;
  bool operator==(const Counters&) const = default;
};

// All devices of the socket's namespace.
[[nodiscard]] Result<std::vector<Counters>> dump_counters(Socket& socket);
// One RTM_NEWSTATS message as Counters. nullopt when it is something else.
[[nodiscard]] std::optional<Counters> decode_counters(const nlmsghdr& message);
// An rtnl_link_stats64.
[[nodiscard]] DeviceStats decode_stats(ByteView bytes);

}  // namespace linkfab::netem
