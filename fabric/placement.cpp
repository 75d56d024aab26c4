#include "fabric/placement.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/lookup.hpp"
#include "fabric/switch_settings.hpp"

namespace linkfab::fabric {
namespace {

constexpr const char* host_label = "host";
constexpr std::size_t most_named = 8;

// Bound to the host that it is of, wherever the lab is.
bool is_of_its_host(const Node& node) {
  return node.kind == NodeKind::host || node.kind == NodeKind::external;
}

std::string host_text(const Host& host) {
  auto labels = host.labels;
  labels.erase(host_label);
  std::vector<std::string> says;
  if (!labels.empty()) says.push_back(labels_text(labels));
  if (auto state = host_state(host); state != "up") says.push_back(std::move(state));
  return says.empty() ? host.name : fmt::format("{} ({})", host.name, fmt::join(says, "; "));
}

// The node whose network a switch's control channel leaves from: it is reached on its host only.
std::string tether(const Node& node) {
  if (node.kind != NodeKind::bridge) return {};
  return management_node(parse_switch_settings(node.switch_settings));
}

// One run. Nodes that nothing moves come first, then those with one host to go to, then the rest.
class Placing {
 public:
  Placing(const Topology& topology, const Hosts& hosts, const Placement& present,
          const std::string& without)
      : topology_(topology), hosts_(hosts), present_(present), without_(without) {
    for (const auto& [name, link] : topology.links) join({link.a.node, link.b.node});
    for (const auto& [name, segment] : topology.segments) {
      std::vector<std::string> members;
      for (const auto& [endpoint, toward] : segment.members) members.push_back(endpoint.node);
      join(std::move(members));
    }
    const auto takers = static_cast<std::size_t>(
        std::ranges::count_if(hosts, [this](const auto& host) { return takes(host.second); }));
    if (takers > 0) quota_ = (topology.nodes.size() + takers - 1) / takers;
  }

  Result<Placement> run() {
    for (const auto& [name, node] : topology_.nodes) {
      const auto* other = lookup(topology_.nodes, tether(node));
      if (other != nullptr && other->kind != NodeKind::bridge)
        tethered_.insert(name);
      else if (stays(name, node))
        put(name, present_.at(name));
    }
    std::set<std::string> stuck;
    for (const auto& [name, node] : topology_.nodes) {
      if (placed_.contains(name) || tethered_.contains(name)) continue;
      const auto fit = fitting(node);
      if (fit.empty()) stuck.insert(name);
      if (fit.size() == 1) put(name, fit.front()->name);
    }
    if (!stuck.empty()) return refuse(stuck);
    std::deque<std::string> first;
    for (const auto& [name, host] : placed_) first.push_back(name);
    spread_from(std::move(first));
    for (const auto& [name, node] : topology_.nodes) spread_from({name});
    for (const auto& name : tethered_)
      if (auto followed = follow(name); !followed) return std::unexpected(followed.error());
    return std::move(placed_);
  }

 private:
  struct Joint {
    std::vector<std::string> nodes;
    std::map<std::string, std::size_t> placed;  // of them, by host
  };

  void join(std::vector<std::string> nodes) {
    for (const auto& node : nodes) joints_of_[node].push_back(joints_.size());
    joints_.push_back({std::move(nodes), {}});
  }

  // May a new node come here?
  [[nodiscard]] bool takes(const Host& host) const {
    return host.wanted == Host::Wanted::member && host.answers() && host.name != without_;
  }

  [[nodiscard]] bool stays(const std::string& name, const Node& node) const {
    const auto* host = lookup(present_, name);
    const auto* there = host == nullptr ? nullptr : lookup(hosts_, *host);
    return there != nullptr && there->wanted == Host::Wanted::member && there->name != without_ &&
           has_labels(*there, node.place);
  }

  [[nodiscard]] std::vector<const Host*> fitting(const Node& node) const {
    std::vector<const Host*> fit;
    for (const auto& [name, host] : hosts_)
      if (takes(host) && has_labels(host, node.place)) fit.push_back(&host);
    if (is_of_its_host(node) && !node.place.contains(host_label) && hosts_.size() > 1) return {};
    return fit;
  }

  void put(const std::string& node, const std::string& host) {
    placed_.emplace(node, host);
    ++counts_[host];
    if (const auto* joints = lookup(joints_of_, node))
      for (const auto joint : *joints) ++joints_[joint].placed[host];
  }

  void spread_from(std::deque<std::string> due) {
    while (!due.empty()) {
      const auto name = std::move(due.front());
      due.pop_front();
      const auto* node = lookup(topology_.nodes, name);
      if (node == nullptr || !seen_.insert(name).second) continue;
      if (!placed_.contains(name) && !tethered_.contains(name)) put(name, best(name, *node).name);
      if (const auto* joints = lookup(joints_of_, name))
        for (const auto joint : *joints)
          if (looked_through_.insert(joint).second)
            due.insert(due.end(), joints_[joint].nodes.begin(), joints_[joint].nodes.end());
    }
  }

  Result<void> follow(const std::string& name) {
    const auto& node = topology_.nodes.at(name);
    const auto& host = hosts_.at(placed_.at(tether(node)));
    if (!has_labels(host, node.place))
      return failure(Errc::refused, "place node " + name,
                     fmt::format("its management node {} is on {}, its place is {}", tether(node),
                                 host_text(host), labels_text(node.place)));
    put(name, host.name);
    return {};
  }

  // Hosts with their share come last; among those the emptiest first.
  [[nodiscard]] const Host& best(const std::string& name, const Node& node) {
    const auto rank = [&](const Host* host) {
      std::size_t neighbours = 0;
      if (const auto* joints = lookup(joints_of_, name))
        for (const auto joint : *joints)
          neighbours += copy_of(joints_[joint].placed, host->name).value_or(0);
      const auto count = copy_of(counts_, host->name).value_or(0);
      const bool full = count >= quota_;
      const auto has = static_cast<std::ptrdiff_t>(neighbours);
      return std::tuple(full, full ? std::ptrdiff_t{0} : -has, count, host->name);
    };
    const auto fit = fitting(node);
    return **std::ranges::min_element(fit, {}, rank);
  }

  [[nodiscard]] std::string why(const std::string& name, const Node& node) const {
    if (is_of_its_host(node) && !node.place.contains(host_label)) {
      const auto* now = lookup(present_, name);
      const auto* there = now == nullptr ? nullptr : lookup(hosts_, *now);
      return fmt::format(
          "a node of kind {} is a host's own{}; say which: \"place\": {{\"host\": \"{}\"}}",
          node.kind == NodeKind::host ? "host" : "external",
          there == nullptr ? "" : fmt::format(" and is on {}", host_text(*there)),
          hosts_.empty() ? "NAME" : hosts_.begin()->first);
    }
    std::vector<std::string> all;
    for (const auto& [host_name, host] : hosts_)
      if (host_name != without_) all.push_back(host_text(host));
    return fmt::format("there is no {}host for it{}; the {} are {}",
                       without_.empty() ? "" : "other ",
                       node.place.empty() ? "" : " with " + labels_text(node.place),
                       without_.empty() ? "hosts" : "others",
                       all.empty() ? "none" : fmt::format("{}", fmt::join(all, ", ")));
  }

  [[nodiscard]] std::unexpected<Error> refuse(const std::set<std::string>& stuck) const {
    const auto& first = *stuck.begin();
    auto cause = why(first, topology_.nodes.at(first));
    std::vector<std::string> others(std::next(stuck.begin()), stuck.end());
    const auto more = others.size() > most_named ? others.size() - most_named : 0;
    others.resize(others.size() - more);
    if (!others.empty()) cause += fmt::format("; nor can {}", fmt::join(others, ", "));
    if (more > 0) cause += fmt::format(" and {} more", more);
    if (!others.empty()) cause += " be placed";
    return failure(Errc::refused, "place node " + first, std::move(cause));
  }

  const Topology& topology_;
  const Hosts& hosts_;
  const Placement& present_;
  const std::string& without_;
  std::size_t quota_ = 0;
  std::vector<Joint> joints_;  // links and segments
  std::map<std::string, std::vector<std::size_t>> joints_of_;
  std::map<std::string, std::size_t> counts_;  // of nodes, by host
  std::set<std::string> tethered_;             // switches that follow another node
  std::set<std::string> seen_;
  std::set<std::size_t> looked_through_;
  Placement placed_;
};

}  // namespace

std::string format(Host::Wanted wanted) {
  switch (wanted) {
    case Host::Wanted::member:
      return "member";
    case Host::Wanted::draining:
      return "draining";
    case Host::Wanted::removed:
      return "removed";
  }
  return {};
}

std::string host_state(const Host& host) {
  if (host.version.empty()) return "no agent";
  if (host.silent) return "silent";
  return host.wanted == Host::Wanted::member ? "up" : format(host.wanted);
}

bool has_labels(const Host& host, const std::map<std::string, std::string>& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) {
    const auto* value = lookup(host.labels, label.first);
    return value != nullptr && *value == label.second;
  });
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> parts;
  for (const auto& [label, value] : labels) parts.push_back(label + "=" + value);
  return fmt::format("{}", fmt::join(parts, ", "));
}

Result<Placement> place(const Topology& topology, const Hosts& hosts, const Placement& present,
                        const std::string& without) {
  return Placing(topology, hosts, present, without).run();
}

}  // namespace linkfab::fabric
