#include "capture/frame_order.hpp"

#include <gtest/gtest.h>

namespace linkfab::capture {
namespace {

Time at(int count) {
  return Time(std::chrono::nanoseconds(count));
}

class Order : public testing::Test {
 protected:
  void put(std::uint32_t interface, int time) {
    const Bytes frame(static_cast<std::size_t>(time), static_cast<std::uint8_t>(interface));
    order_.put({.interface = interface, .time = at(time), .frame = frame, .whole_size = 9});
  }
  std::string released(int until) {
    std::string text;
    order_.release(at(until), [&](const Packet& packet) {
      text += std::to_string(packet.interface);
      EXPECT_EQ(packet.frame.size(),
                static_cast<std::size_t>(packet.time.time_since_epoch().count()));
      for (const auto byte : packet.frame) EXPECT_EQ(byte, packet.interface);
    });
    return text;
  }
  FrameOrder order_;
};

TEST_F(Order, FramesOfSeveralRingsComeInOrderOfTime) {
  put(0, 10);
  put(0, 30);
  put(1, 20);
  EXPECT_EQ(released(100), "010");
  EXPECT_EQ(order_.size(), 0U);
  EXPECT_EQ(order_.bytes(), 0U);
}

TEST_F(Order, WhatIsYoungerWaitsWithItsBytes) {
  put(2, 50);
  put(1, 20);
  EXPECT_EQ(released(20), "1");
  EXPECT_EQ(order_.bytes(), 50U);
  put(3, 40);
  EXPECT_EQ(released(60), "32");
}

TEST_F(Order, EqualTimesKeepTheOrderInWhichTheyCame) {
  put(1, 5);
  put(0, 5);
  EXPECT_EQ(released(5), "10");
  EXPECT_EQ(released(5), "");
}

}  // namespace
}  // namespace linkfab::capture
