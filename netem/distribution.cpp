#include "netem/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace linkfab::netem {
namespace {

constexpr int entries = 4096;
constexpr double scale = 8192;  // NETEM_DIST_SCALE

// The kernel keeps a table behind a 4-byte count: with these, both fill an allocation of 2 KB.
constexpr int uniform_entries = 1022;

std::int16_t entry(double value) {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -32768.0, 32767.0)));
}

double middle(int i) {
  return (i + 0.5) / entries;
}

// The inverse of the standard normal distribution, by bisection.
double normal_quantile(double probability) {
  double low = -6;
  double high = 6;
  for (int i = 0; i < 40; ++i) {
    const double z = (low + high) / 2;
    const double below = std::erfc(-z / std::numbers::sqrt2) / 2;
    (below < probability ? low : high) = z;
  }
  return (low + high) / 2;
}

DistributionTable make_normal() {
  DistributionTable table(entries);
  for (int i = 0; i < entries / 2; ++i) {
    const std::int16_t value = entry(normal_quantile(middle(i)) * scale);
    table[static_cast<std::size_t>(i)] = value;
    table[static_cast<std::size_t>(entries - 1 - i)] = static_cast<std::int16_t>(-value);
  }
  return table;
}

DistributionTable make_pareto() {
  DistributionTable table;
  for (int i = 0; i < entries; ++i) {
    table.push_back(entry((std::pow(1 - middle(i), -1.0 / 3) - 1.5) * 4 / 3 * scale));
  }
  return table;
}

const DistributionTable& normal() {
  static const DistributionTable table = make_normal();
  return table;
}

const DistributionTable& pareto() {
  static const DistributionTable table = make_pareto();
  return table;
}

DistributionTable make_paretonormal() {
  DistributionTable table;
  for (std::size_t i = 0; i < entries; ++i)
    table.push_back(entry(0.25 * normal()[i] + 0.75 * pareto()[i]));
  return table;
}

DistributionTable make_uniform() {
  DistributionTable table;
  for (int i = 0; i < uniform_entries; ++i) {
    table.push_back(entry(((2 * i + 1.0) / uniform_entries - 1) * scale));
  }
  return table;
}

}  // namespace

const DistributionTable* standard_distribution(std::string_view name) {
  if (name == "normal") return &normal();
  if (name == "pareto") return &pareto();
  if (name != "paretonormal") return nullptr;
  static const DistributionTable table = make_paretonormal();
  return &table;
}

const DistributionTable& uniform_distribution() {
  static const DistributionTable table = make_uniform();
  return table;
}

}  // namespace linkfab::netem
