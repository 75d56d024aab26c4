// What a drawing of a lab shows, wanted or running.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/lab_view.hpp"
#include "fabric/topology.hpp"

namespace linkfab::formats {

enum class Shape { node, host, segment };
enum class Health { fine, waiting, cut, broken };
[[nodiscard]] std::string_view colour(Health health);  // as SVG and X11 call it

struct PictureNode {
  std::string name;
  std::string detail;  // "docker, running"
  Shape shape = Shape::node;
  Health health = Health::fine;
};

struct PictureEdge {
  std::size_t from = 0;  // into the nodes
  std::size_t to = 0;
  std::string from_interface;  // empty: a segment's
  std::string to_interface;
  std::string forth;  // the impairment from → to; empty: none
  std::string back;
  std::string state;  // "cut"; empty where there is nothing to say
  Health health = Health::fine;
};

struct Picture {
  std::string name;
  std::vector<PictureNode> nodes;
  std::vector<PictureEdge> edges;
};

[[nodiscard]] Picture picture(const fabric::Topology& topology);
[[nodiscard]] Picture picture(const fabric::LabView& lab);  // with states and errors

}  // namespace linkfab::formats
