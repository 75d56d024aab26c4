// Scalable Vector Graphics, https://www.w3.org/TR/SVG11/, with a layout of our own.
#include <algorithm>

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

std::string draw(const PictureEdge& edge, Point from, Point to) {
  auto text = fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"{}/>\n", from.x,
      from.y, to.x, to.y, colour(edge.health),
      edge.health == Health::cut ? " stroke-dasharray=\"6 4\"" : "");
  const auto between = [&](double share) {
    return Point{from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share};
  };
  const auto near = between(0.34);
  const auto far = between(0.66);
  if (!edge.from_interface.empty())
    text += text_at(near.x, near.y - 3, "small", edge.from_interface);
  if (!edge.to_interface.empty()) text += text_at(far.x, far.y - 3, "small", edge.to_interface);
  auto [x, y] = between(0.5);
  const auto line = [&](const std::string& words) {
    if (words.empty()) return;
    text += text_at(x, y += 11, "small", words);
  };
  // Which way an arrow points depends on where the nodes came to lie.
  const bool right = from.x <= to.x;
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

}  // namespace

std::string export_svg(const Picture& picture) {
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (const auto& edge : picture.edges) edges.emplace_back(edge.from, edge.to);
  auto points = lay_out(picture.nodes.size(), edges);
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
  for (const auto& edge : picture.edges) text += draw(edge, points[edge.from], points[edge.to]);
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) text += draw(picture.nodes[i], points[i]);
  return text + "</svg>\n";
}

}  // namespace linkfab::formats
