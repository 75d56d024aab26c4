#include "netem/counters.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netem/attributes.hpp"

namespace linkfab::netem {

DeviceStats decode_stats(ByteView bytes) {
  const auto stats = load<rtnl_link_stats64>(bytes);
  return {.rx_packets = stats.rx_packets,
          .rx_bytes = stats.rx_bytes,
          .rx_errors = stats.rx_errors,
          .rx_dropped = stats.rx_dropped,
          .tx_packets = stats.tx_packets,
          .tx_bytes = stats.tx_bytes,
          .tx_errors = stats.tx_errors,
          .tx_dropped = stats.tx_dropped};
}

std::optional<Counters> decode_counters(const nlmsghdr& message) {
  const ByteView body = payload(message);
  const auto header = load<ifinfomsg>(body);
  if (message.nlmsg_type != RTM_NEWLINK || body.size() < sizeof header ||
      header.ifi_family != AF_UNSPEC) {
    return std::nullopt;
  }
  const Attributes attributes{message, sizeof header};
  return Counters{.device = {header.ifi_index},
                  .stats = decode_stats(attributes.bytes(IFLA_STATS64)),
                  .carrier_changes = attributes.get<std::uint32_t>(IFLA_CARRIER_CHANGES)};
}

Result<std::vector<Counters>> dump_counters(Socket& socket) {
  Message message{RTM_GETLINK, 0, "read the devices' counters"};
  message.append(ifinfomsg{});
  // Not those of IPv6, which the kernel would sum up for each device.
  message.put(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  std::vector<Counters> counters;
  const auto done = socket.dump(
      message, [&] { counters.clear(); },
      [&](const nlmsghdr& answer) {
        if (const auto one = decode_counters(answer)) counters.push_back(*one);
      });
  if (!done) return std::unexpected(done.error());
  return counters;
}

}  // namespace linkfab::netem
