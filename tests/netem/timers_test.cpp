#include "netem/timers.hpp"

#include <gtest/gtest.h>

#include "netem/traffic_class.hpp"

namespace linkfab::netem {
namespace {

using namespace std::chrono_literals;

std::string warning(std::string_view key, std::string_view value, nanoseconds resolution = 4ms) {
  Impairment impairment;
  EXPECT_TRUE(set_option(impairment, key, value));
  return timer_warning(impairment, resolution);
}

TEST(Timers, FineOnesNeedNoWarning) {
  EXPECT_EQ(warning("delay", "1us", 1ns), "");
  EXPECT_EQ(warning("rate", "100gbit", 1ns), "");
}

TEST(Timers, WhatACoarseOneSpoilsIsNamed) {
  const std::string intro =
      "this kernel has no high-resolution timers, frames leave up to 4ms late: ";
  EXPECT_EQ(warning("delay", "5ms"), intro + "a delay of 5ms");
  EXPECT_EQ(warning("delay", "40ms"), "");
  EXPECT_EQ(warning("jitter", "2ms"), intro + "a jitter of 2ms");
  EXPECT_EQ(warning("slot", "3ms,9ms"), intro + "a slot of 3ms");
  EXPECT_EQ(warning("rate", "100mbit"), intro + "at the rate of 100mbit they leave 33 at a time");
  EXPECT_EQ(warning("rate", "1mbit"), "");
}

TEST(Timers, ClassesCountToo) {
  Impairment impairment;
  put_class(impairment, *parse_class("udp", "delay=8ms"));
  EXPECT_NE(timer_warning(impairment, 1ms).find("a delay of 8ms"), std::string::npos);
}

TEST(Timers, ThisKernelHasAResolution) {
  EXPECT_GE(timer_resolution(), 1ns);
  EXPECT_LE(timer_resolution(), 10ms);
}

}  // namespace
}  // namespace linkfab::netem
