#include "core/log.hpp"
#include "fabric/agent_state.hpp"

// Counters on request: a client bumps Fabric.next_stats, every interface's row gets them, and
// cur_stats follows.
namespace linkfab::fabric {
namespace {

using ovsdb::Datum;

// As the node sees them: what it received is what the host end sent.
// `passed_by` is what did not come by here.
Datum counters(const HostDevice& device, const netem::DeviceStats& passed_by) {
  auto stats = device.device.stats;
  stats.rx_packets += passed_by.rx_packets;
  stats.rx_bytes += passed_by.rx_bytes;
  stats.tx_packets += passed_by.tx_packets;
  stats.tx_bytes += passed_by.tx_bytes;
  const auto count = [](std::uint64_t value) {
    return ovsdb::Atom(static_cast<std::int64_t>(value));
  };
  Datum::Map map{{"rx_packets", count(stats.tx_packets)}, {"rx_bytes", count(stats.tx_bytes)},
                 {"tx_packets", count(stats.rx_packets)}, {"tx_bytes", count(stats.rx_bytes)},
                 {"rx_dropped", count(stats.tx_dropped)}, {"tx_dropped", count(stats.rx_dropped)}};
  if (device.qdisc) {
    map.emplace("qdisc_drops", count(device.qdisc->stats.drops));
    map.emplace("qdisc_backlog", count(device.qdisc->stats.backlog_packets));
  }
  return Datum::map(std::move(map));
}

}  // namespace

boost::asio::awaitable<void> Agent::State::write_statistics() {
  const auto asked = desired.next_stats();
  if (auto seen = devices->observe(); !seen) log::repeated("statistics", format(seen.error()));
  ovsdb::Transaction transaction{database};
  for (const auto& [name, device] : devices->all()) {
    if (!device.mark) continue;
    if (const auto row = desired.interface_row(device.mark->endpoint))
      transaction.update(
          "Interface", ovsdb::by_uuid(*row),
          {{"statistics", counters(device, reconciler->passed_by(device.mark->endpoint))}});
  }
  if (const auto row = desired.fabric_row())
    transaction.update("Fabric", ovsdb::by_uuid(*row), {{"cur_stats", asked}});
  const auto written = co_await database_session->transact(std::move(transaction));
  if (written)
    statistics_told = asked;
  else
    log::repeated("statistics", format(written.error()));
}

}  // namespace linkfab::fabric
