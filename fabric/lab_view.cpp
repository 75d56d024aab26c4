#include "fabric/lab_view.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "fabric/overlay.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::get;
using ovsdb::Replica;
using ovsdb::Row;
using ovsdb::Uuid;

std::optional<std::int64_t> integer(const Row& row, const char* column) {
  const auto& datum = get(row, column);
  return datum.empty() ? std::nullopt : std::optional(datum.integer());
}

std::map<std::string, std::int64_t> integers(const Row& row, const char* column) {
  std::map<std::string, std::int64_t> numbers;
  for (const auto& [key, value] : get(row, column).as_map())
    if (const auto* name = std::get_if<std::string>(&key))
      numbers.emplace(*name, Datum(value).integer());
  return numbers;
}

std::string overlaid_text(const Impairment& row, const Settings& settings) {
  const auto both = overlaid(row, settings);
  return both ? netem::format(*both) : linkfab::format(both.error());
}

class Reader {
 public:
  explicit Reader(const Replica& replica) : replica_(replica) {
    for (const auto& [uuid, row] : replica.rows("Node"))
      for (const auto& interface : get(row, "interfaces").uuids())
        if (const auto* columns = replica.find("Interface", interface))
          endpoints_[interface] = {get(row, "name").string(), get(*columns, "name").string()};
    for (auto& scenario : view_scenarios(replica))
      if (overlays(scenario)) scenarios_.push_back(std::move(scenario));
  }

  LabView lab() {
    LabView lab;
    read_fabric(lab);
    for (const auto& [uuid, row] : replica_.rows("Link")) lab.links.push_back(link(row));
    for (const auto& [uuid, row] : replica_.rows("Segment")) lab.links.push_back(segment(row));
    for (const auto& [uuid, row] : replica_.rows("Node")) lab.nodes.push_back(node(row));
    if (!scenarios_.empty())
      for (auto& link : lab.links) overlay(link);
    std::ranges::sort(lab.links, {}, &LinkView::name);
    std::ranges::sort(lab.nodes, {}, &NodeView::name);
    return lab;
  }

 private:
  void read_fabric(LabView& lab) const;
  [[nodiscard]] NodeView node(const Row& row) const;
  [[nodiscard]] InterfaceView interface(const Uuid& uuid, const Row& row) const;
  LinkView link(const Row& row);
  LinkView segment(const Row& row);
  EndView end(const std::optional<Uuid>& interface, const std::optional<Uuid>& toward);
  void overlay(LinkView& link) const;

  const Replica& replica_;
  std::map<Uuid, Endpoint> endpoints_;    // by Interface row
  std::map<Uuid, std::string> attached_;  // the same → link or segment
  std::map<Endpoint, Impairment> rows_;   // of what goes toward it, where a scenario plays
  std::vector<ScenarioView> scenarios_;   // that lay something over links
};

void Reader::read_fabric(LabView& lab) const {
  for (const auto& [uuid, row] : replica_.rows("Fabric")) {
    lab.name = get(row, "name").string();
    lab.options = get(row, "options").string_map();
    lab.next_cfg = get(row, "next_cfg").integer();
    lab.cur_cfg = get(row, "cur_cfg").integer();
    lab.next_stats = get(row, "next_stats").integer();
    lab.cur_stats = get(row, "cur_stats").integer();
    lab.errors = get(row, "error").strings();
  }
  for (const auto& [uuid, row] : replica_.rows("Host"))
    lab.hosts.push_back({.name = get(row, "name").string(),
                         .version = get(row, "version").string(),
                         .pid = integer(row, "pid"),
                         .capabilities = get(row, "capabilities").string_map()});
  std::ranges::sort(lab.hosts, {}, &HostView::name);
}

NodeView Reader::node(const Row& row) const {
  NodeView node{
      .name = get(row, "name").string(),
      .kind = get(row, "kind").string(),
      .image = get(row, "image").string(),
      .wanted = get(row, "wanted").string(),
      .state = get(row, "state").string(),
      .pid = integer(row, "pid"),
      .container = get(row, "container").string(),
      .progress = get(row, "progress").string(),
      .error = get(row, "error").string(),
      .restart_due = get(row, "restart_done").integer() < get(row, "restart_request").integer(),
      .interfaces = {}};
  for (const auto& uuid : get(row, "interfaces").uuids())
    if (const auto* columns = replica_.find("Interface", uuid))
      node.interfaces.push_back(interface(uuid, *columns));
  std::ranges::sort(node.interfaces, {}, &InterfaceView::name);
  return node;
}

InterfaceView Reader::interface(const Uuid& uuid, const Row& row) const {
  const auto attached = attached_.find(uuid);
  return {.name = get(row, "name").string(),
          .wanted = decode_interface(row).value_or(Interface{}),
          .attached = attached == attached_.end() ? "" : attached->second,
          .device = get(row, "device").string(),
          .ofport = integer(row, "ofport"),
          .state = get(row, "state").string(),
          .error = get(row, "error").string(),
          .warning = get(row, "warning").string(),
          .statistics = integers(row, "statistics")};
}

EndView Reader::end(const std::optional<Uuid>& interface, const std::optional<Uuid>& toward) {
  EndView end;
  end.impairment = toward;
  Result<Impairment> impairment;
  if (toward)
    if (const auto* row = replica_.find("Impairment", *toward)) {
      impairment = decode_impairment(*row);
      end.toward = impairment ? netem::format(*impairment) : linkfab::format(impairment.error());
    }
  const auto endpoint = interface ? endpoints_.find(*interface) : endpoints_.end();
  if (endpoint == endpoints_.end()) return end;
  if (impairment && !scenarios_.empty()) rows_.emplace(endpoint->second, *impairment);
  const Row& row = *replica_.find("Interface", *interface);
  end.endpoint = endpoint->second;
  end.state = get(row, "state").string();
  end.error = get(row, "error").string();
  end.warning = get(row, "warning").string();
  end.statistics = integers(row, "statistics");
  return end;
}

LinkView Reader::link(const Row& row) {
  LinkView link{.name = get(row, "name").string(),
                .kind = "link",
                .wanted = get(row, "wanted").string(),
                .state = get(row, "state").string(),
                .error = get(row, "error").string(),
                .ends = {}};
  link.ends.push_back(end(get(row, "a").uuid(), get(row, "b_to_a").uuid()));
  link.ends.push_back(end(get(row, "b").uuid(), get(row, "a_to_b").uuid()));
  for (const char* column : {"a", "b"})
    if (const auto interface = get(row, column).uuid()) attached_[*interface] = link.name;
  return link;
}

LinkView Reader::segment(const Row& row) {
  LinkView segment{.name = get(row, "name").string(),
                   .kind = get(row, "kind").string(),
                   .wanted = get(row, "wanted").string(),
                   .state = get(row, "state").string(),
                   .error = get(row, "error").string(),
                   .ends = {}};
  const auto& impairments = get(row, "impairments").as_map();
  for (const auto& interface : get(row, "interfaces").uuids()) {
    const auto toward = impairments.find(interface);
    segment.ends.push_back(
        end(interface, toward == impairments.end() ? std::nullopt : Datum(toward->second).uuid()));
    attached_[interface] = segment.name;
  }
  std::ranges::sort(segment.ends, {}, &EndView::endpoint);
  return segment;
}

// As the agent last told what they say now.
void Reader::overlay(LinkView& link) const {
  mark_scenarios(link, scenarios_);
  for (auto& end : link.ends) {
    if (end.scenario.empty()) continue;
    const auto target = target_name(link.name, format(*end.endpoint));
    Settings settings;
    for (const auto& scenario : scenarios_)
      if (const auto now = scenario.status.now.find(target); now != scenario.status.now.end())
        std::ranges::copy(parse_settings_text(now->second), std::back_inserter(settings));
    const auto row = rows_.find(*end.endpoint);
    if (!settings.empty())
      end.toward = overlaid_text(row == rows_.end() ? Impairment{} : row->second, settings);
  }
}

std::string with_cause(const std::string& object, const std::string& error) {
  return fmt::format("{}: {}", object, error.empty() ? "failed; see the log of linkfabd" : error);
}

void judge(const NodeView& node, Progress& progress) {
  const std::string object = "node " + node.name;
  for (const auto& interface : node.interfaces)
    if (interface.state == "error")
      progress.errors.push_back(
          with_cause(fmt::format("interface {}:{}", node.name, interface.name), interface.error));
  if (node.state == "error") {
    progress.errors.push_back(with_cause(object, node.error));
  } else if (node.state == node.wanted && !node.restart_due) {
    ++progress.nodes_ready;
  } else if (!node.progress.empty()) {
    progress.waiting.push_back({object, node.progress});
  } else {
    progress.waiting.push_back({object, node.state.empty() ? "pending" : node.state});
  }
}

using NodeViews = std::map<std::string, const NodeView*>;

void judge(const LinkView& link, const NodeViews& nodes, Progress& progress) {
  const std::string object = (link.kind == "link" ? "link " : "segment ") + link.name;
  const auto any_node = [&](auto condition) {
    return std::ranges::any_of(link.ends, [&](const EndView& end) {
      const auto node = end.endpoint ? nodes.find(end.endpoint->node) : nodes.end();
      return node != nodes.end() && condition(*node->second);
    });
  };
  if (link.state == "error" || link.state == "dangling") {
    progress.errors.push_back(with_cause(object, link.error.empty() ? link.state : link.error));
  } else if (link.state == link.wanted || (link.flaps && link.state == "cut") ||
             any_node([](const NodeView& node) { return node.wanted == "stopped"; })) {
    ++progress.links_ready;  // the cable of a node that is stopped has no carrier, as it must be
  } else if (!any_node([](const NodeView& node) { return node.state == "error"; })) {
    progress.waiting.push_back({object, link.state.empty() ? "pending" : link.state});
  }
}

}  // namespace

std::string EndView::name() const {
  return endpoint ? format(*endpoint) : "(gone)";
}

void mark_scenarios(LinkView& link, const std::vector<ScenarioView>& scenarios) {
  for (const auto& scenario : scenarios) {
    if (!overlays(scenario)) continue;
    if (scenario.targets.contains(link.name)) link.flaps = true;
    for (auto& end : link.ends)
      if (end.endpoint && scenario.targets.contains(target_name(link.name, format(*end.endpoint))))
        end.scenario += (end.scenario.empty() ? "" : ",") + scenario.name;
  }
}

LabView view(const Replica& replica) {
  return Reader(replica).lab();
}

Progress progress(const LabView& lab) {
  Progress progress;
  NodeViews nodes;
  progress.errors = lab.errors;
  for (const auto& node : lab.nodes) {
    judge(node, progress);
    nodes[node.name] = &node;
  }
  for (const auto& link : lab.links) judge(link, nodes, progress);
  return progress;
}

}  // namespace linkfab::fabric
