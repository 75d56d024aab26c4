// The DOT language, https://graphviz.org/doc/info/lang.html.
#include <fmt/format.h>

#include "formats/export.hpp"

namespace linkfab::formats {
namespace {

// In DOT a quoted string keeps everything but the quote; \n in a label is a new line.
std::string dot_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string_view shape(Shape shape) {
  switch (shape) {
    case Shape::node:
      return "box";
    case Shape::host:
      return "house";
    case Shape::segment:
      return "ellipse";
  }
  return "";
}

std::string label(const PictureEdge& edge) {
  std::string text = edge.state;
  const auto add = [&](const std::string& line) {
    if (!text.empty()) text += '\n';
    text += line;
  };
  if (!edge.forth.empty() && edge.forth == edge.back) {
    add("↔ " + edge.forth);
    return text;
  }
  if (!edge.forth.empty()) add("→ " + edge.forth);
  if (!edge.back.empty()) add("← " + edge.back);
  return text;
}

}  // namespace

std::string export_dot(const Picture& picture) {
  auto text = fmt::format(
      "graph {} {{\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", "
      "fontsize=9];\n",
      dot_string(picture.name));
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const auto& node = picture.nodes[i];
    text += fmt::format("  n{} [label={}, shape={}, color={}];\n", i,
                        dot_string(node.name + "\n" + node.detail), shape(node.shape),
                        colour(node.health));
  }
  for (const auto& edge : picture.edges) {
    text += fmt::format("  n{} -- n{} [color={}", edge.from, edge.to, colour(edge.health));
    if (edge.health == Health::cut) text += ", style=dashed";
    const auto add = [&](std::string_view key, const std::string& value) {
      if (!value.empty()) text += fmt::format(", {}={}", key, dot_string(value));
    };
    add("taillabel", edge.from_interface);
    add("headlabel", edge.to_interface);
    add("label", label(edge));
    text += "];\n";
  }
  return text + "}\n";
}

}  // namespace linkfab::formats
