#include "fabric/reconciler.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/machine.hpp"
#include "fabric/names.hpp"
#include "netem/netns.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

// Of many nodes or devices, so many are worked on at a stretch: the switch gives up a connection on
// which it hears nothing for a minute or two, and thousands can take longer.
constexpr std::size_t piece = 100;

awaitable<void> let_others_run() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

// The subject of its backoff, apart from that of its failures.
std::string lingering(const Endpoint& endpoint) {
  return "linger " + format(endpoint);
}

}  // namespace

Reconciler::Reconciler(PortRules rules, const Desired& desired, const Overlay& overlay,
                       const Underlay& underlay, Nodes& nodes, HostDevices& devices,
                       Vswitch& vswitch, FlowTable& flows, Gateways& gateways,
                       SwitchNodes& switches, ControlChannels& channels)
    : rules_(std::move(rules)),
      desired_(desired),
      overlay_(overlay),
      underlay_(underlay),
      nodes_(nodes),
      devices_(devices),
      vswitch_(vswitch),
      flows_(flows),
      gateways_(gateways),
      switches_(switches),
      channels_(channels) {}

awaitable<void> Reconciler::step(Scope scope, bool whole_switch) {
  // A namespace that goes takes its devices along one by one, and each is a surprise to
  // ovs-vswitchd: nodes leave last.
  const auto leaving = unwanted(scope.nodes);
  std::set<std::string> staying;
  std::ranges::set_difference(scope.nodes, leaving, std::inserter(staying, staying.end()));
  co_await step_nodes(staying);
  remove_misnamed(scope);
  widen(scope);
  Jobs jobs = plan(scope.interfaces);
  remove_devices(jobs, true);
  co_await create_devices(jobs);
  shape(jobs);
  // A frame that is forwarded here never comes to the switch: so neither is one lost when this
  // begins before the switch ends, nor when it ends after the switch has begun.
  const auto not_forwarded = change_forwards(scope.interfaces, true);
  co_await change_switch(jobs, scope, whole_switch);
  const auto forwarded_still = change_forwards(scope.interfaces, false);
  if (!scope.nodes.empty()) carry_control_channels();
  co_await change_switch_nodes(jobs, scope.nodes);
  set_carriers(jobs);
  co_await configure_nodes(jobs);
  // Only now: a device without its mark would count as left half-made, and be made again.
  for (const auto& failures : {not_forwarded, forwarded_still})
    for (const auto& [endpoint, error] : failures) fail(endpoint, error);
  connect_gateways(scope);
  co_await change_shortcuts();
  nodes_.interfaces_ready(desired_, scope.nodes);
  remove_devices(jobs, false);
  co_await step_nodes(leaving);
  reserved_.clear();
  report(scope);
}

awaitable<void> Reconciler::step_nodes(const std::set<std::string>& names) {
  std::set<std::string> some;
  for (const auto& name : names) {
    some.insert(name);
    if (some.size() < piece) continue;
    nodes_.step(desired_, std::exchange(some, {}));
    co_await let_others_run();
  }
  nodes_.step(desired_, some);
}

Scope Reconciler::everything() const {
  Scope scope = desired_.everything();
  scope.nodes.merge(nodes_.found());
  scope.nodes.merge(switches_.found());
  for (const auto& [device, port] : vswitch_.ports()) scope.interfaces.insert(port.endpoint);
  for (const auto& [device, known] : devices_.all())
    if (known.mark) scope.interfaces.insert(known.mark->endpoint);
  return scope;
}

std::set<std::string> Reconciler::unwanted(const std::set<std::string>& nodes) const {
  std::set<std::string> names;
  for (const auto& name : nodes)
    if (!desired_.topology().nodes.contains(name)) names.insert(name);
  return names;
}

bool Reconciler::removing() const {
  const auto& wanted = desired_.topology().nodes;
  return std::ranges::any_of(nodes_.found(),
                             [&](const std::string& name) { return !wanted.contains(name); });
}

// A node that came, went or has another namespace now concerns its interfaces and those they are
// joined to.
void Reconciler::widen(Scope& scope) {
  for (const auto& name : scope.nodes) {
    const auto* presence = nodes_.presence(name);
    const std::uint64_t inode = presence == nullptr ? 0 : presence->inode;
    const auto former = inodes_.find(name);
    const auto node = desired_.topology().nodes.find(name);
    const bool same = former != inodes_.end() && former->second == inode;
    if (node == desired_.topology().nodes.end()) {
      inodes_.erase(name);
      continue;
    }
    inodes_[name] = inode;
    for (const auto& [interface, settings] : node->second.interfaces) {
      const Endpoint endpoint{name, interface};
      // Routes belong to the node but are set up with its interfaces.
      scope.interfaces.insert(endpoint);
      if (same) continue;
      for (const auto& peer : desired_.peers(endpoint)) scope.interfaces.insert(peer);
    }
  }
  for (const auto& endpoint : scope.interfaces) {
    const auto* attachment = desired_.attachment(endpoint);
    if (attachment == nullptr) continue;
    (attachment->kind == Attachment::Kind::link ? scope.links : scope.segments)
        .insert(attachment->name);
  }
}

ObservedPort Reconciler::observed(const std::string& device) const {
  const auto* on_switch = vswitch_.find(device);
  ObservedPort port{.attached = on_switch != nullptr && !vswitch_.number_taken(*on_switch)};
  if (const auto* known = devices_.find(device)) {
    port.index = known->device.index;
    port.up = known->device.up;
    if (known->mark) {
      port.netns = known->mark->netns;
      port.config = known->mark->config;
    }
    if (known->qdisc) port.netem = known->qdisc->netem;
    port.tables = known->tables;
    if (known->inner) port.inner = *known->inner;
  }
  return port;
}

Reconciler::Jobs Reconciler::plan(const std::set<Endpoint>& endpoints) {
  Jobs jobs;
  const auto presence = [this](const std::string& node) { return nodes_.presence(node); };
  const auto carrier = [this](const Endpoint& end) {
    return devices_.node_end_up(device_name(rules_.instance, end));
  };
  std::set<Endpoint> fresh;  // whose queues are looked at
  for (const auto& endpoint : endpoints)
    if (lingering_.erase(endpoint) != 0) fresh.insert(endpoint);
  if (!fresh.empty())
    if (auto read = devices_.read_counters(); !read)
      log::repeated("statistics", format(read.error()));
  for (const auto& endpoint : endpoints) {
    failed_.erase(endpoint);
    auto wanted = wanted_port(desired_, overlay_, underlay_, rules_, endpoint, presence, carrier);
    if (!wanted) {
      fail(endpoint, wanted.error());
      continue;
    }
    if (*wanted && (*wanted)->node && (*wanted)->node->inode == 0) continue;  // cannot be told now
    Job job{
        .endpoint = endpoint, .device = device_name(rules_.instance, endpoint), .wanted = *wanted};
    auto seen = observed(job.device);
    if (is_of_another_end(job)) seen.netns = 0;
    if (const auto* known = devices_.find(job.device);
        fresh.contains(endpoint) && known != nullptr && known->qdisc)
      seen.queued = known->qdisc->stats.backlog_packets;
    job.work = plan_port(job.wanted, seen);
    if (job.work.netem || !job.work.inner.empty() || !job.wanted || !lingers(*job.wanted, seen)) {
      backoff_.clear(lingering(endpoint));
    } else {
      linger(endpoint);
    }
    if (job.work.empty()) {
      if (!gateway_ports_.contains(endpoint)) backoff_.clear(format(endpoint));
      continue;
    }
    log::debug(fmt::format("interface={} {}", format(endpoint), format(job.work)));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

// Made for what stood for a node that has come here, or the other way round: both ends are on this
// host then, and the name of the outer one tells them apart.
bool Reconciler::is_of_another_end(const Job& job) {
  if (!job.wanted || !job.wanted->end.outer) {
    outer_names_.erase(job.endpoint);
    return false;
  }
  auto& known = outer_names_[job.endpoint];
  const auto before = std::exchange(known, job.wanted->end.name);
  return !before.empty() && before != known;
}

void Reconciler::linger(const Endpoint& endpoint) {
  lingering_.insert(endpoint);
  backoff_.fail(lingering(endpoint), Clock::now());
}

void Reconciler::fail(const Endpoint& endpoint, const Error& error) {
  const auto [failed, first] = failed_.try_emplace(endpoint, format(error));
  if (!first) return;
  log::repeated("interface=" + format(endpoint), failed->second);
  if (error.code != Errc::invalid) backoff_.fail(format(endpoint), Clock::now());
}

void Reconciler::fail(const Job& job, const HostDevices::Failures& failures) {
  if (const auto failure = failures.find(job.device); failure != failures.end())
    fail(job.endpoint, failure->second);
}

void Reconciler::fail_joint(const std::string& name, const Error& error) {
  failed_joints_[name] = format(error);
  log::repeated("link=" + name, failed_joints_[name]);
  backoff_.fail(name, Clock::now());
}

Scope Reconciler::due(TimePoint now) const {
  Scope scope;
  for (const auto& [endpoint, error] : failed_)
    if (!backoff_.holds(format(endpoint), now)) scope.interfaces.insert(endpoint);
  for (const auto& endpoint : lingering_)
    if (!backoff_.holds(lingering(endpoint), now)) scope.interfaces.insert(endpoint);
  for (const auto& [name, error] : switches_.errors())
    if (error.code != Errc::invalid && !backoff_.holds(switch_subject(name), now))
      scope.nodes.insert(name);
  for (const auto& [name, error] : failed_joints_) {
    if (backoff_.holds(name, now)) continue;
    if (desired_.topology().links.contains(name)) scope.links.insert(name);
    if (desired_.topology().segments.contains(name)) scope.segments.insert(name);
  }
  return scope;
}

void Reconciler::remove_devices(const Jobs& jobs, bool stale) {
  std::set<std::string> devices;
  for (const auto& job : jobs)
    if (job.work.remove && job.work.create == stale) devices.insert(job.device);
  if (devices.empty()) return;
  const auto failures = devices_.remove(devices);
  for (const auto& job : jobs) fail(job, failures);
}

// Not renamed back: the switch has given up the port, and the kernel's datapath has not.
void Reconciler::remove_misnamed(Scope& scope) {
  const auto names = devices_.misnamed();
  if (names.empty()) return;
  for (const auto& name : names) {
    const auto& endpoint = devices_.find(name)->mark->endpoint;
    log::warning(fmt::format("interface={} its device was renamed to {}; making another",
                             format(endpoint), name));
    scope.interfaces.insert(endpoint);
  }
  for (const auto& [name, error] : devices_.remove(names)) log::warning(format(error));
}

awaitable<void> Reconciler::create_devices(Jobs& jobs) {
  std::map<std::string, Fd> namespaces;
  std::vector<HostDevices::Create> wanted;
  HostDevices::Failures failures;
  for (const auto& job : jobs) {
    if (!job.work.create) continue;
    const auto& path = job.wanted->node->netns;
    auto there = namespaces.find(path);
    if (there == namespaces.end()) {
      auto opened = netem::open_netns(path);
      if (!opened) {
        fail(job.endpoint, opened.error());
        continue;
      }
      there = namespaces.emplace(path, std::move(*opened)).first;
    }
    wanted.push_back({.device = job.device, .end = job.wanted->end, .netns = there->second.get()});
    if (wanted.size() < piece) continue;
    failures.merge(devices_.create(std::exchange(wanted, {})));
    namespaces.clear();
    co_await let_others_run();
  }
  if (!wanted.empty()) failures.merge(devices_.create(wanted));
  for (const auto& job : jobs) fail(job, failures);
  std::erase_if(jobs,
                [&](const Job& job) { return job.work.create && failed_.contains(job.endpoint); });
}

void Reconciler::set_carriers(const Jobs& jobs) {
  std::map<std::string, bool> devices;
  for (const auto& job : jobs)
    if (job.work.up) devices.emplace(job.device, *job.work.up);
  if (devices.empty()) return;
  const auto failures = devices_.set_up(devices);
  for (const auto& job : jobs) fail(job, failures);
}

awaitable<void> Reconciler::configure_nodes(const Jobs& jobs) {
  std::map<std::string, Jobs> by_node;
  for (const auto& job : jobs)
    if (job.work.configure && !failed_.contains(job.endpoint))
      by_node[job.endpoint.node].push_back(job);
  std::map<std::string, PortMark> marks;
  std::size_t configured = 0;
  for (const auto& [node, its_jobs] : by_node) {
    if (++configured % piece == 0) co_await let_others_run();
    configure_node(node, its_jobs);
    for (const auto& job : its_jobs)
      if (!failed_.contains(job.endpoint))
        marks.emplace(job.device, PortMark{.endpoint = job.endpoint,
                                           .netns = job.wanted->node->inode,
                                           .config = job.wanted->config});
  }
  if (marks.empty()) co_return;
  const auto failures = devices_.set_marks(marks);
  for (const auto& job : jobs) fail(job, failures);
}

void Reconciler::configure_node(const std::string& node, const Jobs& jobs) {
  // It may have gone from what is wanted while the switch was waited for; the next step sees to it.
  const auto wanted = desired_.topology().nodes.find(node);
  if (wanted == desired_.topology().nodes.end()) return;
  std::vector<NodeEndWork> ends;
  for (const auto& job : jobs) ends.push_back({.end = job.wanted->end, .created = job.work.create});
  const auto result =
      configure_node_ends(*jobs.front().wanted->node, ends, namespace_routes(wanted->second));
  nodes_.settle(node);
  for (const auto& job : jobs) {
    if (!result) {
      fail(job.endpoint, result.error());
    } else if (const auto error = result->interfaces.find(job.wanted->end.name);
               error != result->interfaces.end()) {
      fail(job.endpoint, error->second);
    } else if (!result->routes.empty()) {
      fail(job.endpoint, result->routes.front());
    }
  }
}

}  // namespace linkfab::fabric
