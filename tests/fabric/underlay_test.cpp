#include "fabric/underlay.hpp"

#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using namespace std::chrono_literals;

class UnderlayTest : public testing::Test {
 protected:
  UnderlayTest() { underlay.follow({"h2"}); }

  // An answer a second; how often the way has become another.
  int answers(nanoseconds round_trip, int count) {
    int changes = 0;
    for (int i = 0; i < count; ++i) {
      now += 1s;
      changes += underlay.add("h2", round_trip, now) ? 1 : 0;
    }
    return changes;
  }
  [[nodiscard]] std::optional<nanoseconds> way() const { return underlay.way("h2"); }

  Underlay underlay;
  TimePoint now{};
};

TEST_F(UnderlayTest, OneWayIsHalfARoundTripOnceSomeHaveCome) {
  EXPECT_EQ(answers(10ms, 4), 0);
  EXPECT_EQ(way(), std::nullopt);
  EXPECT_EQ(answers(10ms, 1), 1);
  EXPECT_EQ(way(), 5ms);
}

TEST_F(UnderlayTest, SingleLateAnswersDoNotCount) {
  for (int i = 0; i < 20; ++i) {
    answers(10ms, 2);
    answers(80ms, 1);
    EXPECT_TRUE(!way() || *way() == 5ms) << i;
  }
}

TEST_F(UnderlayTest, NoiseChangesNothing) {
  answers(10ms, 11);
  // A twentieth of 5 ms, and of a short way 0.1 ms.
  EXPECT_EQ(answers(10500us, 60), 0);
  EXPECT_EQ(answers(9500us, 60), 0);
  EXPECT_EQ(way(), 5ms);
  underlay.follow({});
  underlay.follow({"h2"});
  answers(200us, 11);
  EXPECT_EQ(answers(400us, 60), 0);
  EXPECT_EQ(answers(402us, 60), 1);
  EXPECT_EQ(way(), 201us);
}

TEST_F(UnderlayTest, AnotherWayIsFollowedWithTheMajorityOfAnswers) {
  answers(10ms, 30);
  EXPECT_EQ(answers(16ms, 5), 0);
  EXPECT_EQ(answers(16ms, 1), 1);
  EXPECT_EQ(way(), 8ms);
}

TEST_F(UnderlayTest, OneThatKeepsChangingIsFollowedAtMostEachTenSeconds) {
  int changes = 0;
  for (int i = 0; i < 100; ++i) changes += answers(10ms + i * 2ms, 1);
  EXPECT_GE(changes, 9);
  EXPECT_LE(changes, 10);
}

TEST_F(UnderlayTest, SilenceTellsNothing) {
  answers(10ms, 11);
  now += 1h;
  EXPECT_EQ(answers(10ms, 1), 0);
  EXPECT_EQ(way(), 5ms);
}

TEST_F(UnderlayTest, WhatAnAgentBeforeHasSettledHoldsUntilItIsMeasuredOtherwise) {
  underlay.adopt({{"h2", 5ms}, {"h3", 1ms}});
  EXPECT_EQ(way(), 5ms);
  EXPECT_TRUE(underlay.follow({"h2"}));
  EXPECT_EQ(underlay.way("h3"), std::nullopt);
  EXPECT_EQ(answers(10200us, 20), 0);
  EXPECT_EQ(way(), 5ms);
  EXPECT_EQ(answers(16ms, 20), 1);
  EXPECT_EQ(way(), 8ms);
}

TEST_F(UnderlayTest, OnlyHostsOfInterestAreKept) {
  EXPECT_FALSE(underlay.add("h9", 10ms, now));
  answers(10ms, 5);
  EXPECT_FALSE(underlay.follow({"h2", "h3"}));
  EXPECT_EQ(way(), 5ms);
  EXPECT_TRUE(underlay.follow({"h3"}));
  EXPECT_TRUE(underlay.ways().empty());
}

TEST(RemainingDelay, IsWhatTheNetworkLeavesAndNeverNegative) {
  EXPECT_EQ(remaining_delay(20ms, 5ms), 15ms);
  EXPECT_EQ(remaining_delay(20ms, 31ms), 0ms);
  EXPECT_EQ(remaining_delay(20ms, std::nullopt), 20ms);
  EXPECT_EQ(remaining_delay(0ms, 5ms), 0ms);
}

TEST(UnderlayWarning, SaysWhatCannotBeHad) {
  EXPECT_EQ(underlay_warning("h2", 20ms, 31ms),
            "the way between the hosts takes 31ms, more than the 20ms asked for");
  EXPECT_EQ(underlay_warning("h2", 20ms, 20ms), "");
  EXPECT_EQ(underlay_warning("h2", 0ms, 31ms), "");
  EXPECT_EQ(underlay_warning("h2", 0ms, std::nullopt), "");
  EXPECT_NE(underlay_warning("h2", 20ms, std::nullopt).find("host h2 is not measured yet"),
            std::string::npos);
}

TEST(FormatWay, RoundsToAHundredthOfAMillisecond) {
  EXPECT_EQ(format_way(5'023'456ns), "5.02ms");
  EXPECT_EQ(format_way(87'100ns), "90us");
}

}  // namespace
}  // namespace linkfab::fabric
