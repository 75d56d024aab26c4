#include "ubridge/frame_filter.hpp"

#include <deque>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::ubridge {
namespace {

using testing::ElementsAre;
using TimePoint = FrameFilter::TimePoint;

const TimePoint start{std::chrono::hours(1)};

// What a test says next, one number after another, then zeros.
class Frames : public testing::Test {
 protected:
  void set(std::vector<FilterAction> actions) {
    std::vector<Filter> filters;
    for (FilterAction& action : actions)
      filters.push_back({"f" + std::to_string(filters.size()), std::move(action)});
    const auto done = filter.set(filters);
    ASSERT_TRUE(done) << format(done.error());
  }

  bool passes(Slot from = Slot::source) { return filter.pass(from, start, frame).has_value(); }

  // How long a frame that comes `after` is held.
  milliseconds held(milliseconds after = {}, Slot from = Slot::source) {
    const auto left = filter.pass(from, start + after, frame);
    return std::chrono::duration_cast<milliseconds>(*left - start - after);
  }

  std::deque<std::uint32_t> numbers;
  std::vector<std::uint32_t> bounds;  // asked for
  FrameFilter filter{[this](std::uint32_t bound) {
    bounds.push_back(bound);
    if (numbers.empty()) return std::uint32_t{0};
    const auto number = numbers.front();
    numbers.pop_front();
    return number;
  }};
  Bytes frame = Bytes(64);
};

TEST_F(Frames, PassAtOnceWithoutFilters) {
  EXPECT_EQ(held(), milliseconds(0));
}

TEST_F(Frames, FrequencyDropCountsBothDirectionsTogether) {
  set({FrequencyDrop{3}});
  std::vector<bool> passed;
  for (std::size_t i = 0; i < 9; ++i) passed.push_back(passes(both_slots.at(i % 2)));
  EXPECT_THAT(passed, ElementsAre(true, true, false, true, true, false, true, true, false));
}

TEST_F(Frames, FrequencyDropOfMinusOneAndOneDropAllOthersBelowOneNone) {
  const std::pair<int, bool> table[]{{-1, false}, {1, false}, {0, true}, {-2, true}};
  for (const auto& [frequency, passed] : table) {
    set({FrequencyDrop{frequency}});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(passes(), passed) << frequency;
  }
}

TEST_F(Frames, PacketLossDropsUpToAndWithItsPercentage) {
  set({PacketLoss{50}});
  numbers = {49, 50, 51, 99, 0};
  EXPECT_FALSE(passes());
  EXPECT_FALSE(passes());
  EXPECT_TRUE(passes());
  EXPECT_TRUE(passes());
  EXPECT_FALSE(passes());
  EXPECT_THAT(bounds, testing::Each(100U));
}

TEST_F(Frames, PacketLossIsOnePercentMoreThanItSays) {
  std::mt19937 generator(1);
  FrameFilter random([&](std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(generator);
  });
  for (const int percentage : {0, 1, 50, 100}) {
    ASSERT_TRUE(random.set({{"f", PacketLoss{percentage}}}));
    constexpr int count = 20000;
    int dropped = 0;
    for (int i = 0; i < count; ++i) dropped += random.pass(Slot::source, start, frame) ? 0 : 1;
    EXPECT_NEAR(100.0 * dropped / count, std::min(percentage + 1, 100), 1.2) << percentage;
  }
}

TEST_F(Frames, DelayHoldsEachFrameAndNotThoseBehindIt) {
  set({Delay{milliseconds(100), milliseconds(0)}});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(held(milliseconds(i)), milliseconds(100));
  EXPECT_THAT(bounds, ElementsAre());
}

TEST_F(Frames, JitterIsUniformBetweenBothEndsAndNeverBelowZero) {
  set({Delay{milliseconds(10), milliseconds(30)}});
  numbers = {0, 60, 20};
  EXPECT_EQ(held(), milliseconds(0));  // not -20
  EXPECT_EQ(held(milliseconds(1000)), milliseconds(40));
  EXPECT_EQ(held(milliseconds(2000)), milliseconds(0));
  EXPECT_THAT(bounds, testing::Each(61U));
}

TEST_F(Frames, JitterNeverReordersOneDirectionNorHoldsUpTheOther) {
  set({Delay{milliseconds(50), milliseconds(50)}});
  numbers = {100, 0, 0, 100};
  EXPECT_EQ(held(milliseconds(0)), milliseconds(100));
  EXPECT_EQ(held(milliseconds(10)), milliseconds(90));  // not before the first
  EXPECT_EQ(held(milliseconds(10), Slot::destination), milliseconds(0));
  EXPECT_EQ(held(milliseconds(120)), milliseconds(100));
}

TEST_F(Frames, DelaysAddUp) {
  set({Delay{milliseconds(10), milliseconds(0)}, Delay{milliseconds(5), milliseconds(0)}});
  EXPECT_EQ(held(), milliseconds(15));
}

TEST_F(Frames, CorruptSpoilsAQuarterAroundTheMiddle) {
  set({Corrupt{100}});
  EXPECT_TRUE(passes());
  Bytes expected(64);
  const Bytes pattern{0x64, 0x13, 0x88, 0x40, 0x1f, 0xa0, 0xaa, 0x55};
  for (std::size_t i = 0; i < 16; ++i) expected[25 + i] = pattern[i % 8];
  EXPECT_EQ(frame, expected);
}

TEST_F(Frames, CorruptGoesOnInItsPatternFromFrameToFrame) {
  set({Corrupt{100}});
  frame = Bytes(14);  // three octets from 7 - 1 + 1
  EXPECT_TRUE(passes());
  EXPECT_EQ(Bytes(frame.begin() + 7, frame.begin() + 10), (Bytes{0x64, 0x13, 0x88}));
  frame = Bytes(14);
  EXPECT_TRUE(passes());
  EXPECT_EQ(Bytes(frame.begin() + 7, frame.begin() + 10), (Bytes{0x40, 0x1f, 0xa0}));
}

TEST_F(Frames, CorruptStaysWithinFramesOfAnyLength) {
  set({Corrupt{100}});
  for (std::size_t size = 0; size < 200; ++size) {
    frame = Bytes(size);
    EXPECT_TRUE(passes());
    EXPECT_EQ(std::ranges::count_if(frame, [](auto octet) { return octet != 0; }),
              static_cast<std::ptrdiff_t>(size / 4));
  }
}

TEST_F(Frames, BpfDropsWhatMatches) {
  set({Bpf{"arp", {}}});
  frame[12] = 0x08;
  frame[13] = 0x00;
  EXPECT_TRUE(passes(Slot::source));
  frame[13] = 0x06;
  EXPECT_FALSE(passes(Slot::source));
  EXPECT_FALSE(passes(Slot::destination));
}

TEST_F(Frames, TheFirstThatDropsEndsTheWalk) {
  set({FrequencyDrop{2}, FrequencyDrop{2}, PacketLoss{0}});
  numbers = {99};
  EXPECT_TRUE(passes());
  EXPECT_FALSE(passes());  // the first; the second has seen one
  EXPECT_FALSE(passes());  // the second
  EXPECT_EQ(bounds.size(), 1U);
}

TEST_F(Frames, FiltersThatStayInTheListKeepTheirState) {
  set({FrequencyDrop{2}});
  EXPECT_TRUE(passes());
  set({FrequencyDrop{2}, Delay{milliseconds(1), milliseconds(0)}});
  EXPECT_FALSE(passes());
}

TEST_F(Frames, AListThatDoesNotCompileLeavesTheOldOne) {
  set({FrequencyDrop{-1}});
  EXPECT_EQ(format(filter.set({{"f", Bpf{"(", {}}}}).error()).rfind("Cannot compile filter '('", 0),
            0U);
  EXPECT_FALSE(passes());
}

}  // namespace
}  // namespace linkfab::ubridge
