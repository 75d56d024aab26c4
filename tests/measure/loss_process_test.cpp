#include "measure/loss_process.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "measure/sightings.hpp"
#include "tests/measure/simulated_link.hpp"

namespace linkfab::measure {
namespace {

using netem::GilbertElliottLoss;
using netem::RandomLoss;
using netem::StateLoss;

TEST(LossProcess, IndependentLossIsWhatItsNameSays) {
  const auto process = loss_process(RandomLoss{{2.5}, {}});
  ASSERT_TRUE(process);
  EXPECT_DOUBLE_EQ(process->lost.probability(), 0.025);
  EXPECT_DOUBLE_EQ(process->lost.inflation(), 1);
  EXPECT_EQ(process->doubled.probability(), 0);
  EXPECT_EQ(loss_process(RandomLoss{})->lost.probability(), 0);
  EXPECT_EQ(loss_process(RandomLoss{{100}, {}})->lost.probability(), 1);
  EXPECT_FALSE(loss_process(RandomLoss{{1}, {25}}));
}

// The bad state has p / (p + r) of the time; its part of a chain's variance is (1 + c) / (1 - c),
// c = 1 - p - r.
TEST(LossProcess, GilbertElliottHasItsClosedForm) {
  const auto simple = loss_process(GilbertElliottLoss{{1}, {10}, {100}, {0}})->lost;
  EXPECT_NEAR(simple.probability(), 1.0 / 11, 1e-12);
  EXPECT_NEAR(simple.inflation(), 1.89 / 0.11, 1e-9);
  const auto full = loss_process(GilbertElliottLoss{{2}, {20}, {70}, {0.5}})->lost;
  EXPECT_NEAR(full.probability(), 0.7 * 2 / 22 + 0.005 * 20 / 22, 1e-12);
  const auto never = loss_process(GilbertElliottLoss{{0}, {10}, {100}, {0}})->lost;
  EXPECT_EQ(never.probability(), 0);
  const auto alternating = loss_process(GilbertElliottLoss{{100}, {100}, {100}, {0}})->lost;
  EXPECT_NEAR(alternating.probability(), 0.5, 1e-12);
  EXPECT_EQ(alternating.inflation(), 1);  // less than independent counts as much
}

// tc-netem(8): with p13 and p31 alone it is Bernoulli where p31 = 1 - p13, else simple Gilbert.
TEST(LossProcess, TheStateModelHasTheFormsOfTheSimplerOnes) {
  const auto gilbert = loss_process(StateLoss{{1}, {10}, {0}, {100}, {0}})->lost;
  EXPECT_NEAR(gilbert.probability(), 1.0 / 11, 1e-12);
  EXPECT_NEAR(gilbert.inflation(), 1.89 / 0.11, 1e-9);
  const auto bernoulli = loss_process(StateLoss{{3}, {97}, {0}, {100}, {0}})->lost;
  EXPECT_NEAR(bernoulli.probability(), 0.03, 1e-12);
  EXPECT_NEAR(bernoulli.inflation(), 1, 1e-9);
  // Isolated losses: never two in a row, p14 / (1 + p14).
  const auto isolated = loss_process(StateLoss{{0}, {100}, {0}, {100}, {5}})->lost;
  EXPECT_NEAR(isolated.probability(), 0.05 / 1.05, 1e-12);
}

// All four states: pi1 = (1 - pi1 p14) shares by the balance of flows, worked out by hand for
// p13 = 2, p31 = 30, p32 = 20, p23 = 50, p14 = 1 %: pi3 = pi1 0.02 / 0.3, pi2 = pi3 0.2 / 0.5,
// pi4 = pi1 0.01.
TEST(LossProcess, TheStateModelHasItsStationaryLoss) {
  const double pi3 = 0.02 / 0.3;
  const double all = 1 + pi3 + 0.4 * pi3 + 0.01;
  const auto lost = loss_process(StateLoss{{2}, {30}, {20}, {50}, {1}})->lost;
  EXPECT_NEAR(lost.probability(), (pi3 + 0.01) / all, 1e-12);
}

struct Sample {
  double mean = 0;
  double variance = 0;
};

Sample sample(const netem::Loss& loss, std::size_t frames, int rounds) {
  std::vector<double> shares;
  for (int i = 0; i < rounds; ++i)
    shares.push_back(static_cast<double>(
                         test::simulate_losses(loss, frames, static_cast<std::uint64_t>(i) + 1)) /
                     static_cast<double>(frames));
  Sample result;
  for (const double share : shares) result.mean += share / rounds;
  for (const double share : shares)
    result.variance += std::pow(share - result.mean, 2) / (rounds - 1);
  return result;
}

TEST(LossProcess, VarianceIsInflatedAsInASimulation) {
  constexpr std::size_t frames = 4000;
  constexpr int rounds = 1000;
  for (const netem::Loss& loss : {netem::Loss{GilbertElliottLoss{{1}, {10}, {100}, {0}}},
                                  netem::Loss{GilbertElliottLoss{{2}, {20}, {70}, {0.5}}},
                                  netem::Loss{StateLoss{{2}, {30}, {20}, {50}, {1}}}}) {
    const auto lost = loss_process(loss)->lost;
    const auto seen = sample(loss, frames, rounds);
    const double p = lost.probability();
    const double variance = p * (1 - p) / frames * lost.inflation();
    EXPECT_NEAR(seen.mean, p, 5 * std::sqrt(variance / rounds));
    EXPECT_NEAR(seen.variance / variance, 1, 0.25);
  }
}

// A doubled frame moves the chain on by two: the loss of frames is not that of the chain.
TEST(LossProcess, DuplicatesAndBurstsAreAsInASimulation) {
  const GilbertElliottLoss bursts{{1}, {10}, {100}, {0}};
  const auto process = loss_process(bursts, 0.5);
  const auto seen = count(
      test::simulate({.does = {.loss = bursts, .duplicate = {50}}, .probes = 300'000}).stream);
  const auto deviation = [](const Chance& chance) {
    const double p = chance.probability();
    return std::sqrt(p * (1 - p) * chance.inflation() / 300'000);
  };
  EXPECT_NEAR(static_cast<double>(seen.lost) / 300'000, process->lost.probability(),
              5 * deviation(process->lost));
  EXPECT_NEAR(static_cast<double>(seen.duplicated) / 300'000, process->doubled.probability(),
              5 * deviation(process->doubled));
  // What it would be without the second step lies outside of that.
  EXPECT_GT(std::abs(process->lost.probability() - 0.5 / 11), 10 * deviation(process->lost));
}

}  // namespace
}  // namespace linkfab::measure
