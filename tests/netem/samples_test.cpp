#include "netem/samples.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::netem {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::string error_of(std::string_view text) {
  const auto samples = parse_samples(text, "s.txt");
  return samples ? "none" : linkfab::format(samples.error());
}

TEST(Samples, AreTimesOrMilliseconds) {
  EXPECT_THAT(*parse_samples("12.3ms\n# a comment\n\n 20us # another\r\n1.5", "s.txt"),
              ElementsAre(12300us, 20us, 1500us));
}

TEST(Samples, AreTakenFromWhatPingPrints) {
  EXPECT_THAT(*parse_samples("PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n"
                             "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=12.3 ms\n"
                             "64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.045 ms\n\n"
                             "--- 10.0.0.2 ping statistics ---\n"
                             "2 packets transmitted, 2 received, 0% packet loss, time 1001ms\n"
                             "rtt min/avg/max/mdev = 0.045/6.172/12.300/6.127 ms\n",
                             "ping.txt"),
              ElementsAre(12300us, 45us));
}

TEST(Samples, MistakesAreNamedByLine) {
  EXPECT_EQ(error_of("1ms\n2ms\nfast"),
            "s.txt:3: 'fast' is no time; one a line, for example 12.3ms, or what ping prints");
  EXPECT_EQ(error_of("-1\n2"),
            "s.txt:1: '-1' is no time; one a line, for example 12.3ms, or what ping prints");
  EXPECT_EQ(error_of("nan\n2"),
            "s.txt:1: 'nan' is no time; one a line, for example 12.3ms, or what ping prints");
  EXPECT_EQ(error_of("1ms\n"),
            "read s.txt: it has one sample; a distribution needs two samples, and a good one "
            "thousands");
}

TEST(Samples, TheTableRepeatsTheirQuantiles) {
  // Two thirds at 10 ms, one third at 40 ms: mean 20 ms, deviation 14.142 ms.
  std::vector<nanoseconds> samples(2000, 10ms);
  samples.resize(3000, 40ms);
  const auto made = *sampled_delay(samples);
  EXPECT_EQ(made.delay, 20ms);
  EXPECT_NEAR(static_cast<double>(made.jitter.count()), std::sqrt(2.0) * 10e6, 1);
  ASSERT_EQ(made.table.size(), 4096U);
  const auto at = [&](double quantile) {
    const auto entry = made.table[static_cast<std::size_t>(quantile * 4096)];
    return static_cast<double>(made.delay.count()) +
           entry * static_cast<double>(made.jitter.count()) / 8192;
  };
  EXPECT_NEAR(at(0.0), 10e6, 2e3);
  EXPECT_NEAR(at(0.66), 10e6, 2e3);
  EXPECT_NEAR(at(0.67), 40e6, 2e3);
  EXPECT_NEAR(at(0.999), 40e6, 2e3);
  EXPECT_EQ(made.cut_off, 0U);
}

TEST(Samples, EqualOnesNeedNoJitter) {
  const auto made = *sampled_delay({5ms, 5ms, 5ms});
  Impairment impairment{.jitter = 1ms, .distribution = "normal"};
  apply(made, impairment);
  EXPECT_EQ(format(impairment), "delay=5ms");
}

TEST(Samples, WhatATableCannotReachIsCounted) {
  std::vector<nanoseconds> samples(100'000, 1ms);
  samples.push_back(1s);
  EXPECT_EQ(sampled_delay(samples)->cut_off, 1U);
  EXPECT_EQ(sampled_delay({0s, 10s}).error().cause,
            "their standard deviation is 5s; 2147ms is the most that the kernel draws");
}

}  // namespace
}  // namespace linkfab::netem
