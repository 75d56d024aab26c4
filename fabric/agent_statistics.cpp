#include <algorithm>

#include "core/log.hpp"
#include "fabric/agent_state.hpp"
#include "fabric/interface_counters.hpp"

// Counters on request: a client bumps Fabric.next_stats, the rows of interfaces whose counters have
// moved get them, and Host.cur_stats follows. And measurements, which do not pass the database.
namespace linkfab::fabric {

boost::asio::awaitable<void> Agent::State::write_statistics() {
  const auto asked = desired.next_stats();
  if (auto read = devices->read_counters(); !read)
    log::repeated("statistics", format(read.error()));
  else
    log::ended("statistics");
  for (const auto& [name, device] : devices->all()) {
    if (!device.mark) continue;
    if (const auto row = desired.interface_row(device.mark->endpoint))
      reconciler->status().set(
          "Interface", *row,
          {{"statistics", statistics(reconciler->counters(device.mark->endpoint, device))}});
  }
  report_scenarios();
  if (const auto row = desired.host_row())
    reconciler->status().set("Host", *row, {{"cur_stats", asked}});
  if (co_await write_status()) statistics_told = asked;
}

Result<Measurements> Agent::State::measure() {
  if (!reconciler)
    return failure(Errc::unreachable, "measure the fabric", "linkfabd is still starting");
  if (auto read = devices->read_counters(); !read) return std::unexpected(read.error());
  auto measured = reconciler->measure();
  measured.steps = steps;
  measured.flows = flows ? flows->flow_count() : 0;
  measured.underlay = underlay.ways();
  measured.troubles = troubles.size();
  measured.wanted_change = desired.next_cfg();
  measured.done_change = std::max<std::int64_t>(acknowledged, 0);
  return measured;
}

}  // namespace linkfab::fabric
