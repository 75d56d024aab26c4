// Scalable Vector Graphics, https://www.w3.org/TR/SVG11/, with a layout of our own.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "formats/export.hpp"
#include "formats/layout.hpp"

namespace linkfab::formats {
namespace {

constexpr double spacing = 190;  // of joined nodes
constexpr double margin = 90;
constexpr double box_width = 110;
constexpr double box_height = 40;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

std::string text_at(double x, double y, std::string_view kind, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, kind,
                     escaped(text));
}

// The way of an edge: a cubic Bézier curve, which is straight where nothing bends it.
struct Way {
  Point from;
  Point near;
  Point far;
  Point to;

  [[nodiscard]] Point at(double share) const {
    const double rest = 1 - share;
    const auto mix = [&](double a, double b, double c, double d) {
      return rest * rest * rest * a + 3 * rest * rest * share * b + 3 * rest * share * share * c +
             share * share * share * d;
    };
    return {mix(from.x, near.x, far.x, to.x), mix(from.y, near.y, far.y, to.y)};
  }
};

// Those of the same two nodes bend away from each other, `turn` to the left of the way from one to
// the other; what leads back to its own node goes round above it.
Way way_between(Point from, Point to, double turn) {
  constexpr double apart = 48;
  const double x = to.x - from.x;
  const double y = to.y - from.y;
  const double length = std::hypot(x, y);
  if (length == 0) {
    const double rise = margin - box_height / 2 + turn * apart / 2;
    return {from, {from.x - rise, from.y - rise}, {from.x + rise, from.y - rise}, to};
  }
  const Point aside{y / length * turn * apart, -x / length * turn * apart};
  return {from,
          {from.x + x / 3 + aside.x, from.y + y / 3 + aside.y},
          {from.x + 2 * x / 3 + aside.x, from.y + 2 * y / 3 + aside.y},
          to};
}

std::string draw(const PictureEdge& edge, const Way& way) {
  auto text = fmt::format(
      "<path d=\"M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" "
      "stroke=\"{}\"{}/>\n",
      way.from.x, way.from.y, way.near.x, way.near.y, way.far.x, way.far.y, way.to.x, way.to.y,
      colour(edge.health), edge.health == Health::cut ? " stroke-dasharray=\"6 4\"" : "");
  const auto near = way.at(0.34);
  const auto far = way.at(0.66);
  if (!edge.from_interface.empty())
    text += text_at(near.x, near.y - 3, "small", edge.from_interface);
  if (!edge.to_interface.empty()) text += text_at(far.x, far.y - 3, "small", edge.to_interface);
  auto [x, y] = way.at(0.5);
  const auto line = [&](const std::string& words) {
    if (words.empty()) return;
    text += text_at(x, y += 11, "small", words);
  };
  // Which way an arrow points depends on where the nodes came to lie.
  const bool right = way.from.x <= way.to.x;
  line(edge.state);
  if (edge.forth == edge.back) {
    if (!edge.forth.empty()) line("↔ " + edge.forth);
  } else {
    if (!edge.forth.empty()) line((right ? "→ " : "← ") + edge.forth);
    if (!edge.back.empty()) line((right ? "← " : "→ ") + edge.back);
  }
  return text;
}

std::string draw(const PictureNode& node, Point at) {
  std::string text;
  if (node.shape == Shape::segment) {
    text = fmt::format(
        "<ellipse cx=\"{:.1f}\" cy=\"{:.1f}\" rx=\"{}\" ry=\"{}\" fill=\"#eef4ff\" "
        "stroke=\"{}\"/>\n",
        at.x, at.y, box_width / 2, box_height / 2, colour(node.health));
  } else {
    text = fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" "
        "stroke=\"{}\"/>\n",
        at.x - box_width / 2, at.y - box_height / 2, box_width, box_height,
        node.shape == Shape::host ? 0 : 6, node.shape == Shape::host ? "#f4f0e0" : "#fff",
        colour(node.health));
  }
  return text + text_at(at.x, at.y - 2, "name", node.name) +
         text_at(at.x, at.y + 12, "small", node.detail);
}

// The way of each edge. Of several between the same two nodes the first bends to the one side and
// the last to the other.
std::vector<Way> ways_of(const std::vector<PictureEdge>& edges, const std::vector<Point>& points) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> parallel;
  for (std::size_t i = 0; i < edges.size(); ++i)
    parallel[std::minmax(edges[i].from, edges[i].to)].push_back(i);
  std::vector<Way> ways(edges.size());
  for (const auto& [ends, same] : parallel) {
    const bool loop = ends.first == ends.second;
    for (std::size_t k = 0; k < same.size(); ++k) {
      const auto& edge = edges[same[k]];
      const double middle = loop ? 0 : static_cast<double>(same.size() - 1) / 2;
      const double turn = static_cast<double>(k) - middle;
      ways[same[k]] =
          way_between(points[edge.from], points[edge.to], edge.from == ends.first ? turn : -turn);
    }
  }
  return ways;
}

}  // namespace

std::string export_svg(const Picture& picture) {
  // However many links two nodes have: each would pull them nearer.
  std::set<std::pair<std::size_t, std::size_t>> joined;
  for (const auto& edge : picture.edges) joined.insert(std::minmax(edge.from, edge.to));
  auto points = lay_out(picture.nodes.size(), std::vector(joined.begin(), joined.end()));
  double width = 0;
  double height = 0;
  for (auto& point : points) {
    point = {margin + point.x * spacing, margin + point.y * spacing};
    width = std::max(width, point.x);
    height = std::max(height, point.y);
  }
  auto text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\">\n<title>{2}</title>\n<style>text {{ font-family: sans-serif; "
      "text-anchor: middle; }} .name {{ font-size: 13px; font-weight: bold; }} .small {{ "
      "font-size: "
      "10px; fill: #444; paint-order: stroke; stroke: #fff; stroke-width: 3px; }}</style>\n<rect "
      "width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width + margin, height + margin, escaped(picture.name));
  const auto ways = ways_of(picture.edges, points);
  for (std::size_t i = 0; i < ways.size(); ++i) text += draw(picture.edges[i], ways[i]);
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) text += draw(picture.nodes[i], points[i]);
  return text + "</svg>\n";
}

}  // namespace linkfab::formats
