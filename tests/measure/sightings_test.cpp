#include "measure/sightings.hpp"

#include <gmock/gmock.h>

namespace linkfab::measure {
namespace {

using testing::ElementsAre;

constexpr std::int64_t millisecond = 1'000'000;

// Ten frames, one each 10 ms.
Stream ten() {
  Stream stream{.frame_size = 128};
  for (std::int64_t i = 0; i < 10; ++i) stream.sent.emplace_back(i * 10 * millisecond);
  return stream;
}

constexpr std::int64_t sent_at(std::uint32_t sequence) {
  return std::int64_t{sequence} * 10 * millisecond;
}

void arrive(Stream& stream, std::uint32_t sequence, std::int64_t time, bool intact = true) {
  stream.arrivals.push_back({sequence, nanoseconds(time), intact});
}

TEST(Sightings, NothingSentIsNothingSeen) {
  const auto seen = count({});
  EXPECT_EQ(seen.sent, 0U);
  EXPECT_EQ(seen.lost, 0U);
}

TEST(Sightings, WhatDoesNotComeIsLost) {
  auto stream = ten();
  for (const auto i : {0U, 1U, 2U, 4U, 5U, 6U, 8U, 9U})
    arrive(stream, i, sent_at(i) + 5 * millisecond);
  const auto seen = count(stream);
  EXPECT_EQ(seen.sent, 10U);
  EXPECT_EQ(seen.arrived, 8U);
  EXPECT_EQ(seen.lost, 2U);
  EXPECT_EQ(seen.overtaken, 0U);
  EXPECT_THAT(seen.delays, testing::Each(5.0 * millisecond));
}

TEST(Sightings, OfTwoCopiesTheFirstTellsTheDelayAndOnlyOneFrameIsDoubled) {
  auto stream = ten();
  for (std::uint32_t i = 0; i < 10; ++i) arrive(stream, i, sent_at(i) + millisecond);
  arrive(stream, 3, 100 * millisecond);
  arrive(stream, 3, 101 * millisecond);
  const auto seen = count(stream);
  EXPECT_EQ(seen.lost, 0U);
  EXPECT_EQ(seen.duplicated, 1U);
  EXPECT_EQ(seen.overtaken, 0U);  // copies overtake nobody
  EXPECT_EQ(seen.delays.size(), 10U);
  EXPECT_EQ(seen.delays.back(), millisecond);
  EXPECT_EQ(seen.single_delays.size(), 9U);
}

TEST(Sightings, OneThatComesAfterALaterOneIsOvertaken) {
  auto stream = ten();
  for (const auto i : {0U, 2U, 3U, 1U, 5U, 4U, 6U}) arrive(stream, i, 200 * millisecond);
  EXPECT_EQ(count(stream).overtaken, 2U);
}

TEST(Sightings, LateOnesCountWithTheirDelay) {
  auto stream = ten();
  for (std::uint32_t i = 0; i < 10; ++i)
    arrive(stream, i, sent_at(i) + (i == 9 ? 900 : 1) * millisecond);
  const auto seen = count(stream);
  EXPECT_EQ(seen.lost, 0U);
  EXPECT_EQ(seen.delays.front(), millisecond);
  EXPECT_EQ(seen.delays.back(), 900.0 * millisecond);
}

TEST(Sightings, BrokenOnesAreNeitherLostNorTimed) {
  auto stream = ten();
  for (std::uint32_t i = 0; i < 8; ++i) arrive(stream, i, sent_at(i) + millisecond, i != 5);
  stream.arrivals.push_back({std::nullopt, nanoseconds(0), false});  // one of the missing
  const auto seen = count(stream);
  EXPECT_EQ(seen.corrupted, 2U);
  EXPECT_EQ(seen.lost, 1U);
  EXPECT_EQ(seen.delays.size(), 7U);
}

TEST(Sightings, ANumberThatWasNeverSentIsIgnored) {
  auto stream = ten();
  arrive(stream, 10, millisecond);
  EXPECT_EQ(count(stream).lost, 10U);
}

}  // namespace
}  // namespace linkfab::measure
