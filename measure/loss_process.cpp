#include "measure/loss_process.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace linkfab::measure {
namespace {

using Vector = std::vector<double>;
using Matrix = std::vector<Vector>;

// In which state a frame finds the chain, and the chance that it is lost there. The first state is
// where the kernel starts.
struct Chain {
  Matrix next;
  Vector loss;
};

double share(Percent percent) {
  return percent.value / 100;
}

Chain chain(const netem::GilbertElliottLoss& model) {
  const double p = share(model.p);
  const double r = share(model.r);
  return {.next = {{1 - p, p}, {r, 1 - r}},
          .loss = {share(model.loss_in_good), share(model.loss_in_bad)}};
}

Chain chain(const netem::StateLoss& model) {
  const double p13 = share(model.p13);
  const double p31 = share(model.p31);
  const double p32 = share(model.p32);
  const double p23 = share(model.p23);
  const double p14 = share(model.p14);
  return {.next = {{1 - p13 - p14, 0, p13, p14},
                   {0, 1 - p23, p23, 0},
                   {p31, p32, 1 - p31 - p32, 0},
                   {1, 0, 0, 0}},
          .loss = {0, 0, 1, 1}};
}

// Without the states that are never reached, whose part of the chain could be another one.
Chain reachable(const Chain& whole) {
  std::vector<std::size_t> reached{0};
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (std::size_t to = 0; to < whole.loss.size(); ++to)
      if (whole.next[reached[i]][to] > 0 && std::ranges::find(reached, to) == reached.end())
        reached.push_back(to);
  Chain part;
  for (const auto from : reached) {
    part.loss.push_back(whole.loss[from]);
    auto& row = part.next.emplace_back();
    for (const auto to : reached) row.push_back(whole.next[from][to]);
  }
  return part;
}

// Gauss with pivots; the matrices here are at most 4 by 4 and regular.
Vector solve(Matrix a, Vector b) {
  const auto n = b.size();
  for (std::size_t column = 0; column < n; ++column) {
    auto pivot = column;
    for (auto row = column + 1; row < n; ++row)
      if (std::abs(a[row][column]) > std::abs(a[pivot][column])) pivot = row;
    std::swap(a[column], a[pivot]);
    std::swap(b[column], b[pivot]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const double factor = a[row][column] / a[column][column];
      for (auto i = column; i < n; ++i) a[row][i] -= factor * a[column][i];
      b[row] -= factor * b[column];
    }
  }
  for (std::size_t i = 0; i < n; ++i) b[i] /= a[i][i];
  return b;
}

Vector stationary(const Chain& chain) {
  const auto n = chain.loss.size();
  Matrix a(n, Vector(n));
  for (std::size_t row = 0; row < n; ++row)
    for (std::size_t column = 0; column < n; ++column)
      a[row][column] = (row == column ? 1 : 0) - chain.next[column][row];
  a.back().assign(n, 1);  // in place of one of the equations, which follow from each other
  Vector b(n);
  b.back() = 1;
  return solve(std::move(a), std::move(b));
}

LossProcess process(const Chain& whole) {
  const auto chain = reachable(whole);
  const auto n = chain.loss.size();
  const auto here = stationary(chain);
  double p = 0;
  for (std::size_t i = 0; i < n; ++i) p += here[i] * chain.loss[i];
  if (p < 1e-15 || p > 1 - 1e-15) return {.probability = std::round(p), .inflation = 1};

  // The sum over k >= 0 of next^k (loss - p) solves (1 - next + 1 here) x = loss - p.
  Matrix a(n, Vector(n));
  Vector above(n);
  for (std::size_t row = 0; row < n; ++row) {
    above[row] = chain.loss[row] - p;
    for (std::size_t column = 0; column < n; ++column)
      a[row][column] = (row == column ? 1 : 0) - chain.next[row][column] + here[column];
  }
  const auto sum = solve(std::move(a), above);
  double covariance = 0;
  for (std::size_t i = 0; i < n; ++i) covariance += here[i] * chain.loss[i] * (sum[i] - above[i]);
  return {.probability = p, .inflation = std::max(1.0, 1 + 2 * covariance / (p * (1 - p)))};
}

}  // namespace

std::optional<LossProcess> loss_process(const netem::Loss& loss) {
  if (const auto* const random = std::get_if<netem::RandomLoss>(&loss)) {
    if (random->correlation.value > 0) return std::nullopt;
    return LossProcess{.probability = share(random->probability), .inflation = 1};
  }
  if (const auto* const state = std::get_if<netem::StateLoss>(&loss)) return process(chain(*state));
  return process(chain(std::get<netem::GilbertElliottLoss>(loss)));
}

}  // namespace linkfab::measure
