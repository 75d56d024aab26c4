#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <gtest/gtest.h>

#include "measure/loss_process.hpp"
#include "tests/measure/simulated_link.hpp"

namespace linkfab::measure {
namespace {

TEST(Chance, TheBoundOfATailIsAboveTheTailAndNotFarAbove) {
  for (const double p : {0.001, 0.01, 0.2, 0.9}) {
    const auto chance = Chance::independent(p);
    const boost::math::binomial_distribution law(2500.0, p);
    for (const double z : {2.0, 4.0, 6.0}) {
      const double away = z * std::sqrt(2500 * p * (1 - p));
      const double more = std::ceil(std::min(2500.0, 2500 * p + away));
      const double tail = boost::math::cdf(boost::math::complement(law, more - 1));
      EXPECT_GE(chance.tail(more, 2500), tail) << p << " " << more;
      EXPECT_LE(chance.tail(more, 2500), 40 * tail) << p << " " << more;
      const double less = std::floor(2500 * p - away);
      if (less < 0) continue;
      EXPECT_GE(chance.tail(less, 2500), boost::math::cdf(law, less)) << p << " " << less;
    }
  }
}

TEST(Chance, WhatIsExpectedIsNoTail) {
  EXPECT_NEAR(Chance::independent(0.1).tail(250, 2500), 1, 1e-3);
  EXPECT_NEAR(Chance::independent(0).tail(0, 2500), 1, 1e-3);
  EXPECT_NEAR(Chance::independent(1).tail(2500, 2500), 1, 1e-3);
}

TEST(Chance, WhatCannotBeHasNoChance) {
  EXPECT_LT(Chance::independent(0).tail(1, 2500), 1e-20);
  EXPECT_LT(Chance::independent(1).tail(2499, 2500), 1e-20);
}

TEST(Chance, OfNoneIsTheChanceOfNone) {
  EXPECT_NEAR(Chance::independent(0.01).tail(0, 500) / std::pow(0.99, 500), 1, 0.01);
}

TEST(Chance, HoldsForADayOfFrames) {
  const auto chance = Chance::independent(0.01);
  EXPECT_NEAR(chance.tail(432'000, 43'200'000), 1, 1e-3);
  EXPECT_LT(chance.tail(440'000, 43'200'000), 1e-20);
}

// Few bursts: their number is small and each is long, so counts far from the mean are frequent,
// more than a bell curve of the same variance has.
TEST(Chance, TheBoundHoldsForRareBursts) {
  const netem::GilbertElliottLoss bursts{{0.1}, {10}, {100}, {0}};
  const auto lost = loss_process(bursts)->lost;
  constexpr int rounds = 4000;
  int far = 0;
  for (std::uint64_t seed = 1; seed <= rounds; ++seed)
    far += test::simulate_losses(bursts, 1000, seed) >= 60 ? 1 : 0;
  const double seen = static_cast<double>(far) / rounds;
  EXPECT_GT(seen, 1e-3);
  EXPECT_GE(lost.tail(60, 1000), seen);
}

}  // namespace
}  // namespace linkfab::measure
