#include "tools/cli/verify_subjects.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "fabric/ports.hpp"
#include "measure/delay_law.hpp"
#include "measure/probe_frame.hpp"
#include "netem/frame_filter.hpp"
#include "tools/cli/hosts.hpp"

namespace linkfab::cli {
namespace {

using fabric::Endpoint;
using namespace std::chrono_literals;

constexpr std::size_t probe_size = 128;
constexpr nanoseconds shortest_interval = 2ms;
constexpr nanoseconds host_interval = 250us;
constexpr int part_of_rate = 10;
constexpr std::size_t fewest_probes = 20;
constexpr double train_time = 0.25e9;
constexpr std::size_t longest_train = 2000;
constexpr std::size_t shortest_train = 6;
constexpr std::uint32_t largest_train_frame = 1514;

bool takes_probes(const netem::TrafficClass& traffic) {
  const auto program = netem::compile_filter(traffic.match);
  const auto frame = measure::encode({}, probe_size);
  return program && netem::takes(*program, frame);
}

std::string unmeasurable(const netem::Impairment& requested) {
  for (const auto& traffic : requested.classes)
    if (takes_probes(traffic)) return fmt::format("its class '{}' takes probes too", traffic.match);
  const auto* random = std::get_if<netem::RandomLoss>(&requested.loss);
  if (requested.drop_every > 0 && (random == nullptr || random->correlation.value != 0))
    return "it has drop-every beside a loss of several frames at a time";
  return {};
}

class Finder {
 public:
  Finder(const fabric::LabView& lab, const fabric::Topology& topology, const fabric::Paths& paths)
      : topology_(topology), paths_(paths) {
    for (const auto& node : lab.nodes) {
      nodes_[node.name] = &node;
      for (const auto& interface : node.interfaces)
        devices_[{node.name, interface.name}] = interface.device;
    }
    for (const auto& link : lab.links)
      for (const auto& end : link.ends) {
        if (end.endpoint && (link.flaps || !end.scenario.empty())) varying_.insert(*end.endpoint);
        if (end.endpoint && link.subtract_underlay && end.underlay)
          ways_.emplace(*end.endpoint, *end.underlay);
      }
  }

  void add(const std::string& name) {
    if (const auto link = topology_.links.find(name); link != topology_.links.end()) {
      add_link(name, link->second);
    } else if (const auto segment = topology_.segments.find(name);
               segment != topology_.segments.end()) {
      add_segment(name, segment->second);
    }
  }
  [[nodiscard]] std::vector<Subject> take() && { return std::move(subjects_); }

 private:
  void add_link(const std::string& name, const fabric::Link& link) {
    add_direction(name, link.a, link.b, link.a_to_b, link.up);
    add_direction(name, link.b, link.a, link.b_to_a, link.up);
  }

  // Toward each member from the first other one that can send.
  void add_segment(const std::string& name, const fabric::Segment& segment) {
    for (const auto& [to, toward] : segment.members) {
      const Endpoint* from = nullptr;
      for (const auto& [other, unused] : segment.members) {
        if (other == to) continue;
        if (from == nullptr || (!why_not(*from).empty() && why_not(other).empty())) from = &other;
      }
      if (from == nullptr) continue;
      add_direction(name, *from, to, toward, segment.up);
      subjects_.back().alone = false;
    }
  }

  void add_direction(const std::string& name, const Endpoint& from, const Endpoint& to,
                     const netem::Impairment& requested, bool up) {
    Subject subject{.link = name, .from = from, .to = to, .requested = requested, .up = up};
    if (const auto way = ways_.find(to); way != ways_.end()) subject.underlay = way->second;
    subject.sender = devices_[from];
    subject.device = devices_[to];
    subject.frame_size = fabric::frame_size(mtu(to));
    subject.path.train_frame_size =
        std::min({largest_train_frame, subject.frame_size, fabric::frame_size(mtu(from))});
    subject.varies = varying_.contains(to);
    subject.why_not = !up              ? "it is cut"
                      : subject.varies ? "a scenario changes it over time"
                                       : why_not(from);
    if (subject.why_not.empty()) subject.why_not = why_not(to);
    if (subject.why_not.empty()) subject.why_not = unmeasurable(requested);
    if (subject.why_not.empty()) {
      subject.path.from = {netns(from.node), from.interface};
      subject.path.to = {netns(to.node), to.interface};
    }
    subjects_.push_back(std::move(subject));
  }

  [[nodiscard]] std::string why_not(const Endpoint& end) const {
    const auto node = nodes_.find(end.node);
    if (node == nodes_.end()) return "node " + end.node + " is gone";
    const auto& view = *node->second;
    const auto& interfaces = topology_.nodes.at(end.node).interfaces;
    const auto interface = interfaces.find(end.interface);
    if (interface != interfaces.end() && interface->second.gateway)
      return format(end) + " leads out of the lab";
    if (view.state == "paused") return fmt::format("node {} is paused", end.node);
    return why_closed(view);
  }

  [[nodiscard]] std::string netns(const std::string& name) const {
    return node_netns(*nodes_.at(name), paths_);
  }

  [[nodiscard]] std::uint32_t mtu(const Endpoint& end) const {
    constexpr std::uint32_t usual = 1500;
    const auto node = topology_.nodes.find(end.node);
    if (node == topology_.nodes.end()) return usual;
    const auto interface = node->second.interfaces.find(end.interface);
    return interface == node->second.interfaces.end() ? usual
                                                      : interface->second.mtu.value_or(usual);
  }

  const fabric::Topology& topology_;
  const fabric::Paths& paths_;
  std::map<std::string, const fabric::NodeView*> nodes_;
  std::map<Endpoint, std::string> devices_;
  std::set<Endpoint> varying_;
  std::map<Endpoint, nanoseconds> ways_;  // that are subtracted
  std::vector<Subject> subjects_;
};

nanoseconds to_ns(double value) {
  return nanoseconds(static_cast<std::int64_t>(value));
}

}  // namespace

std::vector<Subject> find_subjects(const fabric::LabView& lab, const fabric::Topology& topology,
                                   const std::vector<std::string>& links,
                                   const fabric::Paths& paths) {
  Finder finder(lab, topology, paths);
  if (links.empty()) {
    for (const auto& link : lab.links) finder.add(link.name);
  } else {
    for (const auto& name : links) finder.add(name);
  }
  return std::move(finder).take();
}

void plan_probes(Subject& subject, std::size_t count, nanoseconds time) {
  const auto& wanted = subject.requested;
  auto& path = subject.path;
  path.frame_size = std::min<std::size_t>(probe_size, subject.frame_size);
  path.interval = std::max({shortest_interval, host_interval * static_cast<std::int64_t>(count),
                            to_ns(part_of_rate * measure::wire_time(wanted, path.frame_size))});
  path.probes = std::max(fewest_probes, static_cast<std::size_t>(time / path.interval));
  const measure::DelayLaw law(wanted, path.frame_size);
  path.longest_delay = to_ns(law.quantile(1));
  if (wanted.slot)
    path.longest_delay += wanted.slot->max_delay + wanted.slot->delay + 4 * wanted.slot->jitter;
  // Not more than half of what its queue takes on the way at once, where the time allows it.
  if (wanted.limit && *wanted.limit > 0) {
    const auto slower = std::min(2 * path.longest_delay / std::int64_t{*wanted.limit},
                                 time / static_cast<std::int64_t>(fewest_probes));
    path.interval = std::max(path.interval, slower);
    path.probes = std::max(fewest_probes, static_cast<std::size_t>(time / path.interval));
  }
  if (wanted.rate.value == 0) return;
  const double each = measure::wire_time(wanted, path.train_frame_size);
  // After what goes at once there is as much left as without a burst.
  const auto frames = [each](double ns) {
    return static_cast<std::size_t>(ns / std::max(each, 1.0));
  };
  path.train = std::min(longest_train, frames(measure::burst_time(wanted)) +
                                           std::max(shortest_train, frames(train_time)));
  if (wanted.limit) path.train = std::clamp<std::size_t>(*wanted.limit / 2, 2, path.train);
  path.train_time = to_ns(each * static_cast<double>(path.train));
}

}  // namespace linkfab::cli
