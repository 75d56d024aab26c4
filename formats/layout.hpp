// Where the nodes of a graph are drawn: joined ones at a distance of about one, all of them apart.
//
// T. Fruchterman, E. Reingold: Graph Drawing by Force-directed Placement (1991). Starts on a
// spiral, so the same graph always comes out the same.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace linkfab::formats {

struct Point {
  double x = 0;
  double y = 0;
};

// No coordinate is negative. Each edge joins two of the nodes.
[[nodiscard]] std::vector<Point> lay_out(
    std::size_t nodes, std::span<const std::pair<std::size_t, std::size_t>> edges);

}  // namespace linkfab::formats
