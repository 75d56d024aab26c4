// Two thousand measurements of links that do what they are told, of every kind.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "measure/judge.hpp"
#include "tests/measure/simulated_link.hpp"

namespace linkfab::measure {
namespace {

using netem::Impairment;

// Each quality is there in about a third, with any others.
Impairment any_impairment(std::mt19937_64& random) {
  const auto chance = [&] { return random() % 3 == 0; };
  const auto from_to = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  const auto millis = [&](double low, double high) {
    return nanoseconds(static_cast<std::int64_t>(from_to(low, high) * 1e6));
  };
  Impairment made;
  if (chance()) {
    made.loss = netem::RandomLoss{{from_to(0.1, 30)}, {}};
  } else if (chance()) {
    made.loss = netem::GilbertElliottLoss{
        {from_to(0.05, 5)}, {from_to(5, 60)}, {from_to(50, 100)}, {from_to(0, 1)}};
  } else if (chance()) {
    made.loss = netem::StateLoss{
        {from_to(0.1, 5)}, {from_to(5, 50)}, {from_to(0, 40)}, {from_to(10, 90)}, {from_to(0, 2)}};
  }
  if (chance()) made.delay = millis(0.1, 100);
  if (chance()) {
    constexpr const char* names[] = {"", "normal", "pareto", "paretonormal"};
    made.jitter = millis(0.1, 20);
    made.distribution = names[random() % 4];
  }
  if (chance()) made.duplicate = {from_to(0.1, 30)};
  if (chance()) made.corrupt = {from_to(0.1, 20)};
  if (made.delay.count() != 0 && chance()) {
    made.reorder = {from_to(1, 50)};
    if (chance()) made.gap = 3;
  }
  if (chance()) made.rate = {static_cast<std::uint64_t>(from_to(1e6, 100e6))};
  return made;
}

// In four parts, which run at the same time.
class FalseAlarms : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FalseAlarms, FiveHundredRightRecordsRaiseNone) {
  std::mt19937_64 random(GetParam());
  std::size_t findings = 0;
  std::size_t as_requested = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const auto does = any_impairment(random);
    const std::size_t probes = 100 + random() % 2400;
    const auto record = test::simulate({.does = does, .probes = probes, .seed = GetParam() + seed});
    for (const auto& finding : judge(does, record, {})) {
      ++findings;
      as_requested += finding.verdict == Verdict::as_requested ? 1 : 0;
      EXPECT_NE(finding.verdict, Verdict::differs)
          << netem::format(does) << ", " << probes << " probes: " << finding.quality << " "
          << finding.measured << ", " << finding.reason;
    }
  }
  // A judge that never decides raises no alarm either.
  EXPECT_GT(as_requested * 2, findings);
}

INSTANTIATE_TEST_SUITE_P(, FalseAlarms, testing::Values(1000, 2000, 3000, 4000));

}  // namespace
}  // namespace linkfab::measure
