#include "netem/counters.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

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
  const auto header = load<if_stats_msg>(body);
  if (message.nlmsg_type != RTM_NEWSTATS || body.size() < sizeof header) return std::nullopt;
  const Attributes attributes{message, sizeof header};
  return Counters{.device = {static_cast<int>(header.ifindex)},
                  .stats = decode_stats(attributes.bytes(IFLA_STATS_LINK_64))};
}

Result<std::vector<Counters>> dump_counters(Socket& socket) {
  Message message{RTM_GETSTATS, 0, "read the devices' counters"};
  if_stats_msg wanted{};
  wanted.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
  message.append(wanted);
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
