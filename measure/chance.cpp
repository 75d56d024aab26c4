#include <algorithm>
#include <cmath>
#include <utility>

#include "measure/loss_process.hpp"

namespace linkfab::measure {
namespace {

using Vector = Chance::Vector;
using Matrix = Chance::Matrix;

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

// How often the chain is in each state.
Vector stationary(const Matrix& next) {
  const auto n = next.size();
  Matrix a(n, Vector(n));
  for (std::size_t from = 0; from < n; ++from)
    for (std::size_t to = 0; to < n; ++to) a[to][from] = next[from][to] - (from == to ? 1 : 0);
  a[n - 1].assign(n, 1);  // one equation follows from the others; that they sum to 1 does not
  Vector b(n);
  b[n - 1] = 1;
  return solve(std::move(a), std::move(b));
}

Matrix product(const Matrix& a, const Matrix& b) {
  const auto n = a.size();
  Matrix c(n, Vector(n));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < n; ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

// Takes a factor out of the matrix, so that no power of it gets too large or too small; its log.
double scale_down(Matrix& a) {
  double most = 0;
  for (const auto& row : a) most = std::max(most, std::ranges::max(row));
  for (auto& row : a)
    for (auto& value : row) value /= most;
  return std::log(most);
}

}  // namespace

Chance Chance::independent(double probability) {
  return chained({{1}}, {probability}, {{1}});
}

Chance Chance::chained(Matrix next, Vector happens, Matrix after) {
  Chance chance;
  const auto n = happens.size();
  const auto here = stationary(next);
  double p = 0;
  for (std::size_t i = 0; i < n; ++i) p += here[i] * happens[i];
  chance.probability_ = std::clamp(p, 0.0, 1.0);
  if (p > 1e-15 && p < 1 - 1e-15) {
    // The sum over k >= 0 of next^k (happens - p) solves (1 - next + 1 here) x = happens - p.
    Matrix a(n, Vector(n));
    Vector above(n);
    for (std::size_t row = 0; row < n; ++row) {
      above[row] = happens[row] - p;
      for (std::size_t column = 0; column < n; ++column)
        a[row][column] = (row == column ? 1 : 0) - next[row][column] + here[column];
    }
    const auto sum = solve(std::move(a), above);
    double covariance = 0;
    for (std::size_t from = 0; from < n; ++from)
      for (std::size_t to = 0; to < n; ++to)
        covariance += here[from] * happens[from] * after[from][to] * sum[to];
    chance.inflation_ = std::max(1.0, 1 + 2 * covariance / (p * (1 - p)));
  } else {
    chance.probability_ = std::round(p);
  }
  chance.next_ = std::move(next);
  chance.happens_ = std::move(happens);
  chance.after_ = std::move(after);
  return chance;
}

// The log of the mean of exp(slope * count), from the state where it is largest.
double Chance::log_moment(double slope, double total) const {
  const auto n = happens_.size();
  const double weight = std::exp(slope);
  Matrix step(n, Vector(n));
  for (std::size_t from = 0; from < n; ++from)
    for (std::size_t to = 0; to < n; ++to) {
      const double happens = happens_[from] * after_[from][to];
      step[from][to] = std::max(0.0, next_[from][to] - happens) + weight * happens;
    }
  if (n == 1) return total * std::log(step[0][0]);
  Matrix power(n, Vector(n));
  for (std::size_t i = 0; i < n; ++i) power[i][i] = 1;
  double log_step = 0;
  double log_power = 0;
  for (auto times = static_cast<std::uint64_t>(total); times != 0; times >>= 1U) {
    log_step += scale_down(step);
    if ((times & 1U) != 0) {
      power = product(power, step);
      log_power += log_step + scale_down(power);
    }
    step = product(step, step);
    log_step *= 2;
  }
  double most = 0;
  for (const auto& row : power) {
    double sum = 0;
    for (const auto value : row) sum += value;
    most = std::max(most, sum);
  }
  return std::log(most) + log_power;
}

double Chance::tail(double count, double total) const {
  constexpr double steepest = 60;
  constexpr int rounds = 40;
  const bool above = count > probability_ * total;
  const auto bound = [&](double slope) { return log_moment(slope, total) - slope * count; };
  // A convex function of the slope; its least value by the golden section.
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double low = above ? 0 : -steepest;
  double high = above ? steepest : 0;
  double left = high - golden * (high - low);
  double right = low + golden * (high - low);
  double at_left = bound(left);
  double at_right = bound(right);
  for (int i = 0; i < rounds; ++i) {
    if (at_left < at_right) {
      high = right;
      right = std::exchange(left, right - golden * (right - low));
      at_right = std::exchange(at_left, bound(left));
    } else {
      low = left;
      left = std::exchange(right, left + golden * (high - left));
      at_left = std::exchange(at_right, bound(right));
    }
  }
  return std::exp(std::min({0.0, at_left, at_right}));
}

}  // namespace linkfab::measure
