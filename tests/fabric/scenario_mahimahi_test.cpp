#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fabric/scenario_samples.hpp"

namespace linkfab::fabric {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

// "0ms rate=… extra-delay=…" of each step.
std::vector<std::string> steps(const std::string& trace, nanoseconds bin) {
  std::vector<std::string> lines;
  const auto scenario = read(trace, {.link = "l", .to = "b", .bin = bin});
  if (!scenario) return scenario.error();
  for (const auto& step : scenario->steps) {
    std::string line = std::to_string(step.at / milliseconds{1});
    for (const auto& [key, value] : std::get<SetValues>(step.action).settings)
      line += ' ' + key + '=' + value;
    lines.push_back(line);
  }
  return lines;
}

TEST(MahimahiTrace, EachOpportunityIsOf1504BytesAndItsTimeEndsItsBin) {
  // 12 Mbit/s: an opportunity a millisecond.
  std::string even;
  for (int i = 1; i <= 200; ++i) even += std::to_string(i) + '\n';
  EXPECT_THAT(steps(even, milliseconds{100}),
              ElementsAre("0 rate=12.032mbit extra-delay=none packet-overhead=-10"));
  EXPECT_THAT(steps("10\n10\n11\n20\n", milliseconds{10}),
              ElementsAre("0 rate=2406.4kbit extra-delay=none packet-overhead=-10"));
}

TEST(MahimahiTrace, ItsLastTimeIsItsLengthAndItRepeats) {
  const auto scenario = scenario_of("1\n5\n25\n", {.link = "l", .bin = milliseconds{10}});
  EXPECT_TRUE(scenario.loop);
  EXPECT_EQ(scenario.length, milliseconds{25});
  EXPECT_EQ(scenario.steps.front().to, (std::vector<std::string>{"a:eth0", "b:eth0"}));
}

TEST(MahimahiTrace, FramesWaitThroughEmptyBinsForTheNextOpportunity) {
  EXPECT_THAT(
      steps("5\n35\n38\n40\n", milliseconds{10}),
      ElementsAre("0 rate=1203.2kbit extra-delay=none packet-overhead=-10",
                  "10 rate=3609.6kbit extra-delay=20ms", "20 rate=3609.6kbit extra-delay=10ms",
                  "30 rate=3609.6kbit extra-delay=none"));
}

TEST(MahimahiTrace, AShortLastBinHasTheRateOfItsOwnLength) {
  EXPECT_THAT(steps("10\n15\n", milliseconds{10}),
              ElementsAre("0 rate=1203.2kbit extra-delay=none packet-overhead=-10",
                          "10 rate=2406.4kbit extra-delay=none"));
}

TEST(MahimahiTrace, CommentsAndEmptyLinesAndAnyLineEndAreFine) {
  EXPECT_EQ(steps("# x\r\n\r\n 10 \r\n20", milliseconds{10}).size(), 1U);
}

TEST(MahimahiTrace, MistakesHaveTheirPlace) {
  EXPECT_THAT(steps("5\n\n7x\n3\n", milliseconds{10}),
              ElementsAre("s:3:1: '7x' is no whole number of milliseconds",
                          "s:4:1: 3 comes before 5, the time of the line before; times do not go "
                          "backwards"));
  EXPECT_THAT(steps("0\n", milliseconds{10}),
              ElementsAre("s:1:1: the last time is the trace's length; it must be more than 0"));
  EXPECT_THAT(steps("1\n99999999\n", milliseconds{1}),
              ElementsAre("s:1:1: it would be more than 200000 steps; longer bins make fewer"));
  const auto nowhere = read("1\n2\n");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error(),
              ElementsAre("s:1:1: a packet delivery trace names no link: give LINK before the "
                          "file"));
}

}  // namespace
}  // namespace linkfab::fabric
