#include "fabric/interface_counters.hpp"

#include "fabric/host_devices.hpp"
#include "ovsdb/datum.hpp"

namespace linkfab::fabric {

InterfaceCounters counters_of(const HostDevice& device, const netem::DeviceStats& passed_by) {
  const auto& stats = device.device.stats;
  InterfaceCounters counters{.received = {.packets = stats.tx_packets + passed_by.tx_packets,
                                          .bytes = stats.tx_bytes + passed_by.tx_bytes,
                                          .dropped = stats.tx_dropped,
                                          .errors = stats.tx_errors},
                             .sent = {.packets = stats.rx_packets + passed_by.rx_packets,
                                      .bytes = stats.rx_bytes + passed_by.rx_bytes,
                                      .dropped = stats.rx_dropped,
                                      .errors = stats.rx_errors},
                             .queue = std::nullopt,
                             .classes = {},
                             .carrier_changes = device.device.carrier_changes};
  if (device.qdisc) {
    const auto& queue = device.qdisc->stats;
    const auto below = device.inner ? netem::backlog(*device.inner) : netem::QdiscStats{};
    counters.queue = {.drops = queue.drops,
                      .packets = queue.backlog_packets + below.backlog_packets,
                      .bytes = queue.backlog_bytes + below.backlog_bytes};
  }
  return counters;
}

ovsdb::Datum statistics(const InterfaceCounters& counters) {
  const auto count = [](std::uint64_t value) {
    return ovsdb::Atom(static_cast<std::int64_t>(value));
  };
  ovsdb::Datum::Map map{{"rx_packets", count(counters.received.packets)},
                        {"rx_bytes", count(counters.received.bytes)},
                        {"rx_dropped", count(counters.received.dropped)},
                        {"rx_errors", count(counters.received.errors)},
                        {"tx_packets", count(counters.sent.packets)},
                        {"tx_bytes", count(counters.sent.bytes)},
                        {"tx_dropped", count(counters.sent.dropped)},
                        {"tx_errors", count(counters.sent.errors)},
                        {"carrier_changes", count(counters.carrier_changes)}};
  if (counters.queue) {
    map.emplace("qdisc_drops", count(counters.queue->drops));
    map.emplace("qdisc_backlog", count(counters.queue->packets));
    map.emplace("qdisc_backlog_bytes", count(counters.queue->bytes));
  }
  for (const auto& each : counters.classes) {
    map.emplace("class:" + each.match + ":packets", count(each.packets));
    map.emplace("class:" + each.match + ":bytes", count(each.bytes));
    map.emplace("class:" + each.match + ":dropped", count(each.dropped));
  }
  return ovsdb::Datum::map(std::move(map));
}

}  // namespace linkfab::fabric
