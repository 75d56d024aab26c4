#include "measure/estimate.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/kolmogorov_smirnov.hpp>

namespace linkfab::measure {
namespace {

namespace math = boost::math;

}  // namespace

Interval proportion(double count, double total, double confidence) {
  if (total <= 0) return {0, 1};
  const double tail = (1 - confidence) / 2;
  Interval interval{0, 1};
  if (count > 0)
    interval.low = math::quantile(math::beta_distribution(count, total - count + 1), tail);
  if (count < total)
    interval.high =
        math::quantile(math::complement(math::beta_distribution(count + 1, total - count), tail));
  return interval;
}

double quantile(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size()) - 0.5;
  const auto below = static_cast<std::size_t>(std::max(0.0, std::floor(at)));
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double part = std::clamp(at - static_cast<double>(below), 0.0, 1.0);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

Interval quantile_interval(std::span<const double> sorted, double q, double confidence) {
  const auto count = static_cast<double>(sorted.size());
  const math::binomial_distribution below(count, q);
  const double tail = (1 - confidence) / 2;
  const double low = std::floor(math::quantile(below, tail));
  const double high = std::ceil(math::quantile(math::complement(below, tail)));
  const auto at = [&](double place) {
    return sorted[static_cast<std::size_t>(std::clamp(place, 0.0, count - 1))];
  };
  return {at(low - 1), at(high)};
}

double kolmogorov_smirnov(std::span<const double> sorted, const std::function<double(double)>& cdf,
                          double slack) {
  const auto count = static_cast<double>(sorted.size());
  double distance = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto place = static_cast<double>(i);
    distance = std::max({distance, cdf(sorted[i] - slack) - place / count,
                         (place + 1) / count - cdf(sorted[i] + slack)});
  }
  const math::kolmogorov_smirnov_distribution law(count);
  return math::cdf(math::complement(law, distance));
}

}  // namespace linkfab::measure
