#include "formats/layout.hpp"

#include <algorithm>
#include <cmath>

namespace linkfab::formats {
namespace {

constexpr double golden_angle = 2.399963229728653;
constexpr double gravity = 0.02;  // keeps parts that nothing joins together

// A step costs all pairs: large graphs get fewer of them, a second's worth at most.
std::size_t steps(std::size_t nodes) {
  const auto pairs = nodes * nodes / 2 + 1;
  return std::clamp<std::size_t>(20'000'000 / pairs, 2, 400);
}

}  // namespace

std::vector<Point> lay_out(std::size_t nodes,
                           std::span<const std::pair<std::size_t, std::size_t>> edges) {
  std::vector<Point> points(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    const auto angle = golden_angle * static_cast<double>(i);
    const auto radius = 0.6 * std::sqrt(static_cast<double>(i));
    points[i] = {radius * std::cos(angle), radius * std::sin(angle)};
  }
  const auto rounds = steps(nodes);
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<Point> force(nodes);
    const auto act = [&](std::size_t a, std::size_t b, auto strength) {
      const auto x = points[b].x - points[a].x;
      const auto y = points[b].y - points[a].y;
      const auto distance = std::max(std::hypot(x, y), 0.01);
      const auto pull = strength(distance) / distance;
      force[a].x += x * pull;
      force[a].y += y * pull;
      force[b].x -= x * pull;
      force[b].y -= y * pull;
    };
    for (std::size_t a = 0; a < nodes; ++a)
      for (std::size_t b = a + 1; b < nodes; ++b)
        act(a, b, [](double distance) { return -1 / distance; });
    for (const auto& [a, b] : edges)
      if (a != b) act(a, b, [](double distance) { return distance * distance; });
    const auto longest = 0.5 * (1 - static_cast<double>(round) / static_cast<double>(rounds));
    for (std::size_t i = 0; i < nodes; ++i) {
      auto [x, y] = force[i];
      x -= gravity * points[i].x;
      y -= gravity * points[i].y;
      const auto length = std::max(std::hypot(x, y), 1e-9);
      const auto step = std::min(length, longest) / length;
      points[i].x += x * step;
      points[i].y += y * step;
    }
  }
  Point least;
  for (const auto& point : points) {
    least.x = std::min(least.x, point.x);
    least.y = std::min(least.y, point.y);
  }
  for (auto& point : points) {
    point.x -= least.x;
    point.y -= least.y;
  }
  return points;
}

}  // namespace linkfab::formats
