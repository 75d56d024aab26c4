#include "core/backoff.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab {
namespace {

constexpr TimePoint start{};

TimePoint at(int count) {
  return start + milliseconds{count};
}

TEST(Backoff, WhatNeverFailedIsTriedAtOnce) {
  const Backoff backoff;
  EXPECT_FALSE(backoff.holds("r1", start));
  EXPECT_EQ(backoff.next(), std::nullopt);
}

TEST(Backoff, TheWaitDoublesUpToTheMost) {
  Backoff backoff(milliseconds{100}, milliseconds{500});
  std::vector<long> waits;
  for (int failure = 0; failure < 5; ++failure) {
    backoff.fail("r1", start);
    waits.push_back(std::chrono::duration_cast<milliseconds>(*backoff.next() - start).count());
  }
  EXPECT_THAT(waits, testing::ElementsAre(100, 200, 400, 500, 500));
}

TEST(Backoff, HoldsUntilTheWaitIsOver) {
  Backoff backoff(milliseconds{100});
  backoff.fail("r1", at(50));
  EXPECT_TRUE(backoff.holds("r1", at(50)));
  EXPECT_TRUE(backoff.holds("r1", at(149)));
  EXPECT_FALSE(backoff.holds("r1", at(150)));
}

TEST(Backoff, SuccessForgetsTheFailures) {
  Backoff backoff(milliseconds{100});
  backoff.fail("r1", at(0));
  backoff.fail("r1", at(100));
  backoff.clear("r1");
  EXPECT_FALSE(backoff.holds("r1", at(101)));
  EXPECT_EQ(backoff.next(), std::nullopt);
  backoff.fail("r1", at(200));
  EXPECT_EQ(backoff.next(), at(300));
}

TEST(Backoff, SubjectsDoNotHoldEachOtherAndTheEarliestIsNext) {
  Backoff backoff(milliseconds{100});
  backoff.fail("slow", at(0));
  backoff.fail("slow", at(0));
  backoff.fail("quick", at(50));
  EXPECT_FALSE(backoff.holds("other", at(60)));
  EXPECT_EQ(backoff.next(), at(150));
  EXPECT_FALSE(backoff.holds("quick", at(150)));
  EXPECT_TRUE(backoff.holds("slow", at(150)));
}

}  // namespace
}  // namespace linkfab
