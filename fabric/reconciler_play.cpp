#include "fabric/names.hpp"
#include "fabric/reconciler.hpp"

// The short way of what scenarios change: no switch, no nodes, no status.
namespace linkfab::fabric {

Scope Reconciler::play(const std::set<Endpoint>& endpoints) {
  Scope rest;
  Jobs jobs;
  const auto presence = [this](const std::string& node) { return nodes_.presence(node); };
  const auto carrier = [this](const Endpoint& end) {
    return devices_.node_end_up(device_name(rules_.instance, end));
  };
  for (const auto& endpoint : endpoints) {
    auto wanted = wanted_port(desired_, overlay_, underlay_, rules_, endpoint, presence, carrier);
    const bool failing = failed_.contains(endpoint);
    // What keeps failing is tried again in its time, not at each change.
    const auto leave = [&] {
      if (!failing) rest.interfaces.insert(endpoint);
    };
    if (!wanted) {
      leave();
      continue;
    }
    if (!*wanted || !(*wanted)->node || (*wanted)->node->inode == 0) continue;
    Job job{.endpoint = endpoint,
            .device = device_name(rules_.instance, endpoint),
            .wanted = std::move(*wanted)};
    job.work = plan_port(job.wanted, observed(job.device));
    if (job.work.remove || job.work.create || job.work.attach || job.work.configure ||
        !job.work.inner.empty())
      leave();
    if (job.work.remove || job.work.create || !job.work.inner.empty()) continue;
    if (job.work.netem || job.work.up) jobs.push_back(std::move(job));
  }
  std::map<std::string, netem::Netem> netems;
  for (const auto& job : jobs)
    if (job.work.netem) netems.emplace(job.device, *job.work.netem);
  const auto failures = netems.empty() ? HostDevices::Failures{} : devices_.play_netem(netems);
  for (const auto& job : jobs) {
    fail(job, failures);
    if (job.work.netem && !failures.contains(job.device)) check_shape(job);
  }
  set_carriers(jobs);
  for (const auto& job : jobs)
    if (failed_.contains(job.endpoint) || job.work.up) rest.interfaces.insert(job.endpoint);
  return rest;
}

}  // namespace linkfab::fabric
