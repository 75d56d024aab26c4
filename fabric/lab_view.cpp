#include "fabric/lab_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "fabric/view_reader.hpp"

namespace linkfab::fabric {
namespace {

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
  } else if (node.state == "unknown") {
    return;  // its host's silence is one error for all that is there
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
  if (link.unheard) return;
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

void mark_unheard(LinkView& link) {
  const auto end =
      std::ranges::find_if(link.ends, [](const EndView& each) { return !each.unheard.empty(); });
  link.unheard = end != link.ends.end();
  if (!link.unheard) return;
  link.state = "down";
  link.error = end->unheard;
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

LabView view(const ovsdb::Replica& replica) {
  return ViewReader(replica).lab();
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
