#include "measure/estimate.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace linkfab::measure {
namespace {

// Exact binomial limits as published tables have them (Clopper and Pearson 1934; Newcombe 1998,
// Statistics in Medicine 17, table I, "exact"; the rule of three's exact form).
TEST(Proportion, AgreesWithPublishedValues) {
  const auto near = [](Interval interval, double low, double high) {
    EXPECT_NEAR(interval.low, low, 5e-5);
    EXPECT_NEAR(interval.high, high, 5e-5);
  };
  near(proportion(81, 263, 0.95), 0.2527, 0.3676);
  near(proportion(15, 148, 0.95), 0.0578, 0.1617);
  near(proportion(0, 20, 0.95), 0.0, 0.1684);
  near(proportion(1, 29, 0.95), 0.0009, 0.1776);
  near(proportion(29, 29, 0.95), 0.8806, 1.0);
  near(proportion(5, 10, 0.95), 0.1871, 0.8129);
}

TEST(Proportion, OfNothingIsAnything) {
  EXPECT_EQ(proportion(0, 0, 0.99).low, 0);
  EXPECT_EQ(proportion(0, 0, 0.99).high, 1);
}

TEST(Proportion, CoversAtLeastAsOftenAsItSays) {
  std::mt19937_64 random(3);
  for (const double p : {0.01, 0.2}) {
    int missed = 0;
    constexpr int rounds = 2000;
    for (int i = 0; i < rounds; ++i) {
      const auto count = std::binomial_distribution<int>(300, p)(random);
      missed += proportion(count, 300, 0.95).contains(p) ? 0 : 1;
    }
    EXPECT_LE(missed, 0.05 * rounds + 30) << p;
  }
}

TEST(Quantile, LiesBetweenSamples) {
  const std::vector<double> samples{1, 2, 3, 4};
  EXPECT_EQ(quantile(samples, 0.5), 2.5);
  EXPECT_EQ(quantile(samples, 0), 1);
  EXPECT_EQ(quantile(samples, 1), 4);
  EXPECT_EQ(quantile(std::vector<double>{7}, 0.3), 7);
}

// The 95 % interval of a median: ranks 2 and 9 of 10 (tables of the sign test), here one rank wider
// at most; 40 and 61 of 100.
TEST(QuantileInterval, IsThatOfOrderStatistics) {
  std::vector<double> ranks;
  for (int i = 1; i <= 100; ++i) ranks.push_back(i);
  const auto hundred = quantile_interval(ranks, 0.5, 0.95);
  EXPECT_LE(hundred.low, 40);
  EXPECT_GE(hundred.low, 39);
  EXPECT_GE(hundred.high, 61);
  EXPECT_LE(hundred.high, 62);
  ranks.resize(10);
  const auto ten = quantile_interval(ranks, 0.5, 0.95);
  EXPECT_LE(ten.low, 2);
  EXPECT_GE(ten.high, 9);
  ranks.resize(3);
  const auto three = quantile_interval(ranks, 0.5, 0.999);
  EXPECT_EQ(three.low, 1);
  EXPECT_EQ(three.high, 3);
}

TEST(QuantileInterval, CoversAtLeastAsOftenAsItSays) {
  std::mt19937_64 random(5);
  std::exponential_distribution<double> law(1);
  int missed = 0;
  constexpr int rounds = 2000;
  for (int i = 0; i < rounds; ++i) {
    std::vector<double> samples(200);
    for (auto& sample : samples) sample = law(random);
    std::ranges::sort(samples);
    missed += quantile_interval(samples, 0.25, 0.99).contains(-std::log(0.75)) ? 0 : 1;
  }
  EXPECT_LE(missed, 0.01 * rounds + 14);
}

// The limits of Kolmogorov's statistic: sqrt(n) D is above 1.3581 in 5 %, above 1.6276 in 1 %
// (Smirnov 1948). Samples at the middles of n equal parts, moved by `shift`, have a D of
// shift + 1/(2n).
TEST(KolmogorovSmirnov, AgreesWithPublishedValues) {
  constexpr int n = 10000;
  const auto chance = [&](double distance) {
    std::vector<double> samples;
    for (int i = 0; i < n; ++i) samples.push_back((i + 0.5) / n + distance - 0.5 / n);
    return kolmogorov_smirnov(samples, [](double x) { return std::clamp(x, 0.0, 1.0); });
  };
  EXPECT_NEAR(chance(1.3581 / 100), 0.05, 0.001);
  EXPECT_NEAR(chance(1.6276 / 100), 0.01, 0.0003);
  EXPECT_GT(chance(0.5 / n), 0.999);
}

TEST(KolmogorovSmirnov, SlackForgivesAShiftAndNoMore) {
  std::vector<double> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back((i + 0.5) / 1000 + 0.1);
  const auto cdf = [](double x) { return std::clamp(x, 0.0, 1.0); };
  EXPECT_LT(kolmogorov_smirnov(samples, cdf), 1e-6);
  EXPECT_GT(kolmogorov_smirnov(samples, cdf, 0.1), 0.9);
  EXPECT_LT(kolmogorov_smirnov(samples, cdf, 0.02), 1e-3);
}

}  // namespace
}  // namespace linkfab::measure
