#include "measure/delay_law.hpp"

#include <gtest/gtest.h>

namespace linkfab::measure {
namespace {

using std::chrono::milliseconds;
constexpr double ms = 1e6;

netem::Impairment jittered(const std::string& distribution) {
  return {.delay = milliseconds{100}, .jitter = milliseconds{10}, .distribution = distribution};
}

TEST(DelayLaw, WithoutJitterIsOneValue) {
  const DelayLaw law({.delay = milliseconds{20}}, 128);
  EXPECT_FALSE(law.varies());
  EXPECT_EQ(law.quantile(0.01), 20 * ms);
  EXPECT_EQ(law.median(), 20 * ms);
  EXPECT_EQ(law.cdf(20 * ms - 1), 0);
  EXPECT_EQ(law.cdf(20 * ms), 1);
}

TEST(DelayLaw, UniformIsFromOneJitterBelowToOneAbove) {
  const DelayLaw law(jittered(""), 128);
  EXPECT_DOUBLE_EQ(law.quantile(0), 90 * ms);
  EXPECT_DOUBLE_EQ(law.quantile(0.25), 95 * ms);
  EXPECT_DOUBLE_EQ(law.quantile(1), 110 * ms);
  EXPECT_DOUBLE_EQ(law.cdf(102 * ms), 0.6);
}

TEST(DelayLaw, NormalHasTheQuantilesOfTheBellCurve) {
  const DelayLaw law(jittered("normal"), 128);
  EXPECT_NEAR(law.median(), 100 * ms, 0.01 * ms);
  EXPECT_NEAR(law.quantile(0.75), 106.745 * ms, 0.02 * ms);  // 0.6745 standard deviations
  EXPECT_NEAR(law.quantile(0.975), 119.600 * ms, 0.05 * ms);
  EXPECT_NEAR(law.quantile(0.01), 76.737 * ms, 0.1 * ms);
  EXPECT_NEAR(law.cdf(110 * ms), 0.8413, 0.0005);
}

// Exponent 3, mean taken off: the quantile of q is ((1 - q)^(-1/3) - 1.5) * 4/3 jitters.
TEST(DelayLaw, ParetoHasAMedianBelowItsMean) {
  const DelayLaw law(jittered("pareto"), 128);
  EXPECT_NEAR(law.median(), (100 - 3.201) * ms, 0.02 * ms);
  EXPECT_NEAR(law.quantile(0.9), (100 + 8.726) * ms, 0.1 * ms);
  EXPECT_NEAR(law.quantile(0), (100 - 6.667) * ms, 0.02 * ms);
  const DelayLaw mixed(jittered("paretonormal"), 128);
  EXPECT_NEAR(mixed.median(), (100 - 0.75 * 3.201) * ms, 0.02 * ms);
}

TEST(DelayLaw, FollowsATableOfOnesOwn) {
  auto impairment = jittered("table");
  impairment.table = {8192, -8192, -8192, -8192, 16384};  // any order
  const DelayLaw law(impairment, 128);
  EXPECT_DOUBLE_EQ(law.quantile(0.3), 90 * ms);
  EXPECT_DOUBLE_EQ(law.quantile(0.7), 110 * ms);
  EXPECT_DOUBLE_EQ(law.quantile(1), 120 * ms);
  EXPECT_DOUBLE_EQ(law.cdf(90 * ms), 0.6);
  EXPECT_DOUBLE_EQ(law.cdf(115 * ms), 0.8);
}

TEST(DelayLaw, NoFrameComesBeforeItIsSent) {
  const DelayLaw law({.delay = milliseconds{1}, .jitter = milliseconds{10}}, 128);
  EXPECT_EQ(law.quantile(0.1), 0);
  EXPECT_EQ(law.cdf(-1), 0);
  EXPECT_NEAR(law.cdf(0), 0.45, 1e-9);
}

TEST(DelayLaw, AFrameTakesItsTimeAtARate) {
  netem::Impairment slow{.delay = milliseconds{5}, .rate = {1'000'000}};
  EXPECT_DOUBLE_EQ(wire_time(slow, 125), 1 * ms);
  EXPECT_DOUBLE_EQ(DelayLaw(slow, 125).median(), 6 * ms);
  slow.packet_overhead = -25;
  EXPECT_DOUBLE_EQ(wire_time(slow, 125), 0.8 * ms);
  // AAL5 of ATM: 100 bytes are 3 cells of 48, each 53 long.
  slow.cell_size = 48;
  slow.cell_overhead = 5;
  EXPECT_DOUBLE_EQ(wire_time(slow, 125), 3 * 53 * 8e-3 * ms);
  EXPECT_EQ(wire_time({}, 1514), 0);
}

}  // namespace
}  // namespace linkfab::measure
