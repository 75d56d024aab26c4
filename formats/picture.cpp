#include "formats/picture.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "fabric/rows.hpp"

namespace linkfab::formats {
namespace {

// Nodes by name; segments have names of their own.
class PictureBuilder {
 public:
  explicit PictureBuilder(std::string name) { picture_.name = std::move(name); }

  void node(const std::string& name, PictureNode node) {
    places_[name] = picture_.nodes.size();
    picture_.nodes.push_back(std::move(node));
  }
  std::size_t segment(PictureNode node) {
    picture_.nodes.push_back(std::move(node));
    return picture_.nodes.size() - 1;
  }
  [[nodiscard]] std::size_t place(const std::string& node) const {
    const auto found = places_.find(node);
    return found == places_.end() ? none : found->second;
  }
  void edge(PictureEdge edge) {
    if (edge.from != none && edge.to != none) picture_.edges.push_back(std::move(edge));
  }
  Picture take() { return std::move(picture_); }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

 private:
  Picture picture_;
  std::map<std::string, std::size_t> places_;
};

Health health_of(const std::string& state, const std::string& error) {
  if (state == "unknown") return Health::waiting;
  if (!error.empty() || state == "error" || state == "dangling") return Health::broken;
  if (state == "cut" || state == "stopped" || state == "paused") return Health::cut;
  return state == "up" || state == "running" ? Health::fine : Health::waiting;
}

std::string shown(const std::string& state, Health health) {
  if (health == Health::fine) return "";
  return state.empty() ? "pending" : state;
}

}  // namespace

std::string_view colour(Health health) {
  switch (health) {
    case Health::fine:
      return "black";
    case Health::waiting:
      return "orange";
    case Health::cut:
      return "gray";
    case Health::broken:
      return "red";
  }
  return "";
}

Picture picture(const fabric::Topology& topology) {
  PictureBuilder builder{topology.name};
  for (const auto& [name, node] : topology.nodes)
    builder.node(name, {.name = name,
                        .detail = format(node.kind),
                        .shape = node.kind == fabric::NodeKind::host ? Shape::host : Shape::node});
  for (const auto& [name, link] : topology.links)
    builder.edge({.from = builder.place(link.a.node),
                  .to = builder.place(link.b.node),
                  .from_interface = link.a.interface,
                  .to_interface = link.b.interface,
                  .forth = format(link.a_to_b),
                  .back = format(link.b_to_a),
                  .state = link.up ? "" : "cut",
                  .health = link.up ? Health::fine : Health::cut});
  for (const auto& [name, segment] : topology.segments) {
    const auto health = segment.up ? Health::fine : Health::cut;
    const auto place =
        builder.segment({.name = name,
                         .detail = segment.kind == fabric::SegmentKind::hub ? "hub" : "switch",
                         .shape = Shape::segment,
                         .health = health});
    for (const auto& [end, toward] : segment.members)
      builder.edge({.from = place,
                    .to = builder.place(end.node),
                    .from_interface = {},
                    .to_interface = end.interface,
                    .forth = format(toward),
                    .back = {},
                    .state = segment.up ? "" : "cut",
                    .health = health});
  }
  return builder.take();
}

Picture picture(const fabric::LabView& lab) {
  PictureBuilder builder{lab.name};
  for (const auto& node : lab.nodes) {
    const auto health = health_of(node.state, node.error);
    builder.node(node.name, {.name = node.name,
                             .detail = fmt::format("{}, {}", node.kind,
                                                   node.state.empty() ? "pending" : node.state),
                             .shape = node.kind == "host" ? Shape::host : Shape::node,
                             .health = health});
  }
  for (const auto& link : lab.links) {
    const auto health = health_of(link.state, link.unheard ? std::string() : link.error);
    const auto state = shown(link.state, health);
    const auto place = [&](const fabric::EndView& end) {
      return end.endpoint ? builder.place(end.endpoint->node) : PictureBuilder::none;
    };
    const auto interface = [](const fabric::EndView& end) {
      return end.endpoint ? end.endpoint->interface : std::string{};
    };
    if (link.kind == "link") {
      if (link.ends.size() == 2)
        builder.edge({.from = place(link.ends[0]),
                      .to = place(link.ends[1]),
                      .from_interface = interface(link.ends[0]),
                      .to_interface = interface(link.ends[1]),
                      .forth = link.ends[1].toward,
                      .back = link.ends[0].toward,
                      .state = state,
                      .health = health});
      continue;
    }
    const auto segment = builder.segment(
        {.name = link.name, .detail = link.kind, .shape = Shape::segment, .health = health});
    for (const auto& end : link.ends)
      builder.edge({.from = segment,
                    .to = place(end),
                    .from_interface = {},
                    .to_interface = interface(end),
                    .forth = end.toward,
                    .back = {},
                    .state = state,
                    .health = health});
  }
  return builder.take();
}

}  // namespace linkfab::formats
