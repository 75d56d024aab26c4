#include "fabric/gateways.hpp"

#include <chrono>
#include <filesystem>
#include <limits>
#include <thread>

#include <fmt/format.h>

#include "core/backoff.hpp"
#include "core/log.hpp"
#include "fabric/gateway_place.hpp"
#include "fabric/names.hpp"
#include "gateway/ask_relay.hpp"
#include "gateway/former.hpp"
#include "netem/offload.hpp"

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;

GatewayPorts in_namespace(const GatewayPorts& ports, const std::string& netns) {
  GatewayPorts there;
  for (const auto& [endpoint, port] : ports)
    if (port.node.netns == netns) there.emplace(endpoint, port);
  return there;
}

// Processes of one namespace name it each in their own way; from here on one name is enough.
GatewayPorts with_one_path_each(GatewayPorts ports) {
  std::map<std::uint64_t, std::string> paths;
  for (auto& [endpoint, port] : ports)
    port.node.netns = paths.emplace(port.node.inode, port.node.netns).first->second;
  return ports;
}

}  // namespace

Gateways::Gateways(boost::asio::any_io_executor executor, Paths paths, std::string relay_program)
    : paths_(std::move(paths)),
      relay_program_(std::move(relay_program)),
      relay_(std::move(executor), "relay", paths_.run_dir + "/relay.process") {}

// What the host was before the first gateway of any instance.
std::string Gateways::former_dir() const {
  return (fs::path(paths_.run_dir).parent_path() / "linkfab-gateways").string();
}

Gateways::Failures Gateways::apply(const GatewayPorts& ports) {
  const GatewayPorts wanted = with_one_path_each(ports);
  Failures failures;
  warnings_.clear();
  foreign_.clear();
  carried_.clear();
  longest_.clear();
  std::error_code ignored;
  // An earlier agent may have left something for gateways that are not wanted any more.
  const auto own = paths_.run_dir + "/gateways";
  if (!wanted.empty() || fs::exists(own, ignored)) places_.insert(host_netns);
  for (const auto& [endpoint, port] : wanted) places_.insert(port.node.netns);
  if (!wanted.empty()) {
    fs::create_directories(own, ignored);
    fs::create_directories(former_dir(), ignored);
  }
  for (const auto& netns : places_) apply_in(netns, in_namespace(wanted, netns), failures);
  std::erase_if(places_, [&](const auto& netns) { return in_namespace(wanted, netns).empty(); });
  find_spliced(wanted);
  set_offloads(wanted, failures);
  relay(wanted, failures);
  if (wanted.empty()) {
    programs_.reset();
    fs::remove_all(own, ignored);
    // Of namespaces that ended with their nodes: what was changed in them went along.
    gateway::Former::forget_all(former_dir(), paths_.instance);
    fs::remove(former_dir(), ignored);  // another instance may have something in it
  }
  return failures;
}

// Everything that gateways of one namespace need in it.
void Gateways::apply_in(const std::string& netns, const GatewayPorts& wanted, Failures& failures) {
  const auto entered = GatewayPlace::enter(paths_, netns);
  if (!entered) {
    // One that is gone took along what was in it.
    for (const auto& [endpoint, port] : wanted) failures.emplace(endpoint, entered.error());
    return;
  }
  GatewayPlace& place = **entered;
  place.remove_stale(wanted);
  OuterPaths paths;
  for (const auto& [endpoint, port] : wanted) {
    auto path = place.prepare(endpoint, port);
    if (!path)
      failures.emplace(endpoint, path.error());
    else if (*path)
      paths.emplace(port.outer, **path);
  }
  warnings_.merge(place.take_warnings());
  foreign_.merge(place.take_foreign());
  const auto own = place.own_addresses(paths);
  paths = gateway::splice(std::move(paths), own);
  const auto refused = carry(paths);
  for (const auto& [endpoint, port] : wanted) {
    const auto path = paths.find(port.outer);
    if (path == paths.end()) continue;
    const auto failed = refused.find(port.outer);
    // What the kernel does not carry, the relay does, but for devices: those it has no way to.
    if (failed == refused.end())
      carried_.emplace(endpoint, path->second);
    else if (std::holds_alternative<gateway::Patch>(path->second))
      failures.emplace(endpoint, failed->second);
  }
}

// Has the kernel carry the frames along these paths of the namespace that was entered; errors by
// outer end.
std::map<std::string, Error> Gateways::carry(const OuterPaths& paths) {
  std::map<std::string, Error> refused;
  if (!programs_) {
    auto loaded = gateway::Programs::load(paths_.instance, former_dir());
    if (!loaded) {
      if (!paths.empty()) log::repeated("gateways", format(loaded.error()));
      for (const auto& [outer, path] : paths) refused.emplace(outer, loaded.error());
      return refused;
    }
    programs_ = std::move(*loaded);
  }
  refused = programs_->apply(paths);
  if (const auto whole = refused.find(""); whole != refused.end()) {
    log::repeated("gateways", format(whole->second));
    for (const auto& [outer, path] : paths) refused.emplace(outer, whole->second);
  } else {
    log::ended("gateways");
  }
  longest_.merge(programs_->longest());
  return refused;
}

void Gateways::find_spliced(const GatewayPorts& wanted) {
  spliced_.clear();
  std::map<std::string, Endpoint> by_outer;
  for (const auto& [endpoint, port] : wanted) by_outer.emplace(port.outer, endpoint);
  for (const auto& [endpoint, path] : carried_)
    if (const auto* splice = std::get_if<gateway::Splice>(&path))
      if (const auto other = by_outer.find(splice->outer); other != by_outer.end())
        spliced_.emplace(endpoint, other->second);
}

// A datagram's payload must be a whole frame with its sums; between two ends of ours, or on the way
// to a device, the kernel sees to that as late as it can.
void Gateways::set_offloads(const GatewayPorts& wanted, Failures& failures) {
  std::optional<netem::Socket> generic;
  std::map<std::string, bool> offloads;
  for (const auto& [endpoint, port] : wanted) {
    if (!std::holds_alternative<UdpGateway>(port.gateway)) continue;
    const auto other = spliced_.find(endpoint);
    const bool on =
        other != spliced_.end() && !port.single_frames && !wanted.at(other->second).single_frames;
    const auto key = fmt::format("{} {}", port.device, port.index.value);
    offloads.emplace(key, on);
    if (const auto set = offloads_.find(key); set != offloads_.end() && set->second == on) continue;
    if (!generic) {
      auto opened = netem::Socket::generic();
      if (!opened) {
        failures.emplace(endpoint, opened.error());
        return;
      }
      generic = std::move(*opened);
    }
    auto done = netem::set_segmentation_offload(*generic, port.device, on);
    if (done) done = netem::set_checksum_offload(*generic, port.device, on);
    if (done) continue;
    offloads.erase(key);
    failures.emplace(endpoint, done.error());
  }
  offloads_ = std::move(offloads);
}

// Starts it where it does not run: it listens a moment later.
Result<gateway::RelayErrors> Gateways::ask_relay(const std::string& socket,
                                                 const std::vector<gateway::RelayPort>& ports) {
  constexpr std::chrono::seconds limit{2};
  constexpr std::chrono::milliseconds pause{2};
  if (auto started = relay_.start({relay_program_, "--socket", socket}, paths_.run_dir,
                                  paths_.run_dir + "/relay.log");
      !started)
    return std::unexpected(started.error());
  for (const auto until = Clock::now() + limit; !accepts(socket) && Clock::now() < until;)
    std::this_thread::sleep_for(pause);
  return gateway::ask_relay(socket, ports);
}

// The relay holds the sockets of all tunnels, and carries what the kernel does not.
void Gateways::relay(const GatewayPorts& wanted, Failures& failures) {
  const auto socket = paths_.run_dir + "/relay.sock";
  std::vector<gateway::RelayPort> ports;
  std::map<std::string, Endpoint> owners;
  for (const auto& [endpoint, port] : wanted) {
    const auto* udp = std::get_if<UdpGateway>(&port.gateway);
    if (udp == nullptr || failures.contains(endpoint)) continue;
    owners.emplace(port.outer, endpoint);
    gateway::RelayPort relayed{.outer = port.outer,
                               .netns = port.node.netns == host_netns ? "" : port.node.netns,
                               .local = *gateway::parse_udp_address(udp->local),
                               .remote = *gateway::parse_udp_address(udp->remote)};
    if (const auto carried = carried_.find(endpoint); carried != carried_.end()) {
      const auto longest = longest_.find(port.outer);
      if (std::holds_alternative<gateway::Splice>(carried->second))
        relayed.longer_than = std::numeric_limits<std::uint32_t>::max();
      else if (longest != longest_.end())
        relayed.longer_than = longest->second;
    }
    ports.push_back(std::move(relayed));
  }
  if (ports.empty()) {
    if (relay_.running())
      if (auto stopped = relay_.stop(); !stopped) log::warning(format(stopped.error()));
    std::error_code ignored;
    fs::remove(socket, ignored);
    return;
  }
  const auto answered = ask_relay(socket, ports);
  for (const auto& [outer, endpoint] : owners) {
    if (!answered)
      failures.emplace(endpoint, answered.error());
    else if (const auto failed = answered->find(outer); failed != answered->end())
      failures.emplace(endpoint, failed->second);
  }
}

}  // namespace linkfab::fabric
