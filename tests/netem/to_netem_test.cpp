#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "netem/distribution.hpp"
#include "netem/qdisc.hpp"

namespace linkfab::netem {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr std::uint32_t always = std::numeric_limits<std::uint32_t>::max();

Netem converted(const Impairment& impairment, std::uint32_t frame_size = 1514) {
  auto netem = to_netem(impairment, frame_size);
  if (!netem) throw std::runtime_error(format(netem.error()));
  return *netem;
}

TEST(Probability, IsRoundedToTheKernelsNearest) {
  const auto of = [](double percent) { return converted({.corrupt = {percent}}).corrupt; };
  EXPECT_EQ(of(0), 0U);
  EXPECT_EQ(of(100), always);
  EXPECT_EQ(of(50), 2147483648U);
  EXPECT_EQ(of(1), 42949673U);
  EXPECT_EQ(of(1e-7), 4U);
}

TEST(Probability, OfTheKernelIsTheSameAgainAfterBeingReadAsPercent) {
  for (std::uint32_t value = 1; value < always - 65521; value += 65521) {
    const double percent = 100.0 * value / always;
    ASSERT_EQ(converted({.corrupt = {percent}}).corrupt, value);
  }
}

TEST(Limit, IsWhatIsInFlightAndABufferAsLongAgain) {
  struct Case {
    std::uint64_t rate;
    milliseconds delay;
    milliseconds jitter;
    std::uint32_t frame;
    std::uint32_t limit;
  };
  for (const Case& c : {Case{0, milliseconds{0}, milliseconds{0}, 1514, 1000},
                        Case{10'000'000, milliseconds{20}, milliseconds{0}, 1514, 1000},
                        Case{1'000'000'000, milliseconds{100}, milliseconds{0}, 1514, 16513},
                        Case{1'000'000'000, milliseconds{80}, milliseconds{20}, 1514, 16513},
                        Case{1'000'000'000, milliseconds{100}, milliseconds{0}, 9014, 2774},
                        Case{0, milliseconds{100}, milliseconds{0}, 1514, 82563},
                        Case{0, milliseconds{100}, milliseconds{0}, 0, 1953125}}) {
    EXPECT_EQ(converted({.delay = c.delay, .jitter = c.jitter, .rate = {c.rate}}, c.frame).limit,
              c.limit);
  }
  EXPECT_EQ(converted({.rate = {1'000'000'000'000}, .limit = 7}).limit, 7U);
  EXPECT_EQ(converted({.delay = seconds{86400 * 365}}).limit, always);
}

TEST(Conversion, NeverTurnsASlowRateIntoNone) {
  EXPECT_EQ(converted({.rate = {1}}).rate_bytes, 1U);
  EXPECT_EQ(converted({.rate = {8}}).rate_bytes, 1U);
  EXPECT_EQ(converted({.rate = {0}}).rate_bytes, 0U);
}

TEST(Conversion, GivesReorderingTheGapThatTheKernelNeeds) {
  EXPECT_EQ(converted({.delay = milliseconds{1}, .reorder = {25}}).gap, 1U);
  EXPECT_EQ(converted({.delay = milliseconds{1}, .reorder = {25}, .gap = 5}).gap, 5U);
  EXPECT_EQ(converted({.delay = milliseconds{1}}).gap, 0U);
}

TEST(Conversion, OfGilbertElliottSaysWhatIsPassedInTheBadState) {
  const Netem netem = converted({.loss = GilbertElliottLoss{{1}, {10}, {100}, {0}}});
  EXPECT_EQ(netem.loss_model, Netem::LossModel::gilbert_elliott);
  EXPECT_EQ(netem.model[2], 0U);
  EXPECT_EQ(netem.model[3], 0U);
}

TEST(Conversion, KeepsTheWaysOutOfALossStateFromWrapping) {
  const Netem netem = converted({.loss = StateLoss{{50}, {50}, {50}, {100}, {50}}});
  EXPECT_EQ(std::uint64_t{netem.model[1]} + netem.model[2], always);
  EXPECT_EQ(std::uint64_t{netem.model[0]} + netem.model[3], always);
  EXPECT_FALSE(to_netem({.loss = StateLoss{{1}, {100}, {10}, {100}, {0}}}, 1514));
}

TEST(Conversion, SaysASlotsRangeForAUniformTableToo) {
  const Netem netem =
      converted({.slot = Slot{.min_delay = milliseconds{10}, .max_delay = milliseconds{20}}});
  EXPECT_TRUE(netem.has_slot);
  EXPECT_EQ(netem.slot_dist_delay, 15'000'000);
  EXPECT_EQ(netem.slot_dist_jitter, 5'000'000);
  EXPECT_FALSE(converted({.slot = Slot{.packets = 8}}).has_slot);
}

TEST(Conversion, RefusesWhatTheKernelWouldCutShort) {
  EXPECT_FALSE(to_netem({.jitter = seconds{3}}, 1514));
  EXPECT_FALSE(to_netem({.jitter = milliseconds{-1}}, 1514));
  EXPECT_FALSE(to_netem({.distribution = "gaussian"}, 1514));
  EXPECT_FALSE(to_netem({.distribution = "table"}, 1514));
  EXPECT_FALSE(to_netem({.distribution = "table", .table = DistributionTable(16385)}, 1514));
  EXPECT_FALSE(to_netem({.slot = Slot{.distribution = "table"}}, 1514));
}

struct Moments {
  double mean;
  double deviation;
};

Moments moments(const DistributionTable& table) {
  const auto count = static_cast<double>(table.size());
  const double mean = std::accumulate(table.begin(), table.end(), 0.0) / count;
  double squares = 0;
  for (const double value : table) squares += (value - mean) * (value - mean);
  return {mean / 8192, std::sqrt(squares / count) / 8192};
}

TEST(Distribution, OfTheNormalHasOneJitterAsItsDeviation) {
  const auto [mean, deviation] = moments(*standard_distribution("normal"));
  EXPECT_NEAR(mean, 0, 1e-9);
  EXPECT_NEAR(deviation, 1, 0.002);
}

TEST(Distribution, ThatIsUniformReachesOneJitterToEitherSide) {
  const DistributionTable& table = uniform_distribution();
  EXPECT_TRUE(std::ranges::is_sorted(table));
  EXPECT_NEAR(moments(table).mean, 0, 1e-9);
  EXPECT_NEAR(moments(table).deviation, 1 / std::sqrt(3), 0.001);
  EXPECT_GE(table.front(), -8192);
  EXPECT_LE(table.back(), 8192);
}

TEST(Distribution, AgreesWithTheTableThatTcHas) {
  for (const std::string name : {"normal", "pareto", "paretonormal"}) {
    const DistributionTable& ours = *standard_distribution(name);
    ASSERT_EQ(ours.size(), 4096U);
    EXPECT_TRUE(std::ranges::is_sorted(ours));
    std::ifstream file;
    for (const std::string directory :
         {"/usr/lib/x86_64-linux-gnu/tc/", "/usr/lib/tc/", "/usr/share/tc/"}) {
      if (!file.is_open()) file.open(directory + name + ".dist");
    }
    if (!file.is_open()) GTEST_SKIP() << "there is no " << name << ".dist to compare with";
    std::string comment;
    std::getline(file, comment);
    // But for the outermost half percent, where the step between two entries is wide.
    double theirs = 0;
    for (std::size_t i = 0; file >> theirs; ++i) {
      if (i > 20 && i < 4075) {
        ASSERT_NEAR(ours[i], theirs, 200) << name << " " << i;
      }
    }
  }
  EXPECT_EQ(standard_distribution("uniform"), nullptr);
}

}  // namespace
}  // namespace linkfab::netem
