#include "measure/echo_schedule.hpp"

#include <gtest/gtest.h>

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;
using Due = EchoSchedule::Due;

// Two hosts that ask two others each.
EchoSchedule two_hosts(std::uint32_t rounds = 1) {
  return EchoSchedule({{0, 1}, {0, 2}, {1, 2}, {1, 0}}, rounds, 1s);
}

TEST(EchoSchedule, AllHostsAskOneOtherEach) {
  auto schedule = two_hosts();
  EXPECT_EQ(schedule.due(10ms), (Due{0, 0}));
  EXPECT_EQ(schedule.due(10ms), (Due{2, 0}));
  EXPECT_EQ(schedule.due(10ms), std::nullopt);
}

TEST(EchoSchedule, AnAnswerMakesRoomForTheNext) {
  auto schedule = two_hosts();
  (void)schedule.due(10ms);
  (void)schedule.due(10ms);
  schedule.answered({2, 0}, 13ms);
  EXPECT_EQ(schedule.due(14ms), (Due{3, 0}));
  EXPECT_EQ(schedule.due(14ms), std::nullopt);
  EXPECT_EQ(schedule.round_trips()[2][0], 3ms);
}

TEST(EchoSchedule, ASilentHostHoldsNobodyUpForLong) {
  auto schedule = two_hosts();
  (void)schedule.due(0ms);
  (void)schedule.due(0ms);
  EXPECT_EQ(schedule.next(0ms), 100ms);
  EXPECT_EQ(schedule.due(100ms), (Due{1, 0}));
  schedule.answered({0, 0}, 900ms);  // late, and in time
  EXPECT_EQ(schedule.round_trips()[0][0], 900ms);
}

TEST(EchoSchedule, LateAnswersMakeFewerAskAtOnce) {
  std::vector<EchoSchedule::Pair> pairs;
  for (std::size_t from = 0; from < 100; ++from)
    for (std::size_t i = 1; i < 100; ++i) pairs.push_back({from, (from + i) % 100});
  EchoSchedule schedule(pairs, 1, 1s);
  const auto ask = [&](nanoseconds now) {
    std::vector<Due> asked;
    while (const auto which = schedule.due(now)) asked.push_back(*which);
    return asked;
  };
  const auto first = ask(0ms);
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(schedule.next(0ms), 100ms);
  for (const auto& which : first) schedule.answered(which, 1ms);
  const auto more = ask(2ms);
  EXPECT_EQ(more.size(), 17U);
  for (const auto& which : more) schedule.answered(which, 202ms);  // late, all together
  const auto fewer = ask(203ms);
  EXPECT_EQ(fewer.size(), 9U);
  EXPECT_EQ(schedule.next(203ms), 303ms);
}

TEST(EchoSchedule, WhatComesTooLateTwiceOrUnaskedDoesNotCount) {
  auto schedule = two_hosts();
  (void)schedule.due(0ms);
  schedule.answered({0, 0}, 1001ms);
  EXPECT_EQ(schedule.round_trips()[0][0], std::nullopt);
  schedule.answered({0, 0}, 5ms);
  schedule.answered({0, 0}, 7ms);
  EXPECT_EQ(schedule.round_trips()[0][0], 5ms);
  schedule.answered({1, 0}, 5ms);
  schedule.answered({9, 0}, 5ms);
  schedule.answered({0, 9}, 5ms);
  EXPECT_EQ(schedule.round_trips()[1][0], std::nullopt);
}

TEST(EchoSchedule, AllAreAskedOnceBeforeOneIsAskedAgain) {
  EchoSchedule schedule({{0, 1}, {0, 2}}, 2, 1s);
  std::vector<Due> order;
  for (nanoseconds now = 0ms; schedule.next(now); now += 1ms)
    if (const auto which = schedule.due(now)) {
      order.push_back(*which);
      schedule.answered(*which, now);
    }
  EXPECT_EQ(order, (std::vector<Due>{{0, 0}, {1, 0}, {0, 1}, {1, 1}}));
}

TEST(EchoSchedule, ItIsOverWithTheLastAnswerOrItsTime) {
  EchoSchedule schedule({{0, 1}, {0, 2}}, 1, 1s);
  const auto first = schedule.due(0ms);
  schedule.failed(*first);
  (void)schedule.due(1ms);
  EXPECT_EQ(schedule.next(1ms), 1001ms);
  EXPECT_EQ(schedule.next(1001ms), std::nullopt);
  schedule.answered({1, 0}, 20ms);
  EXPECT_EQ(schedule.next(20ms), std::nullopt);
  EXPECT_EQ(schedule.asked(), 2U);
}

}  // namespace
}  // namespace linkfab::measure
