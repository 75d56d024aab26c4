#include "netem/traffic_class.hpp"

#include <gtest/gtest.h>

namespace linkfab::netem {
namespace {

Impairment with(std::initializer_list<std::pair<const char*, const char*>> classes) {
  Impairment impairment;
  for (const auto& [match, options] : classes) put_class(impairment, *parse_class(match, options));
  return impairment;
}

std::string cause(const Impairment& impairment) {
  const auto valid = validate(impairment);
  return valid ? "" : linkfab::format(valid.error());
}

TEST(TrafficClass, StandsByItsRank) {
  const auto impairment =
      with({{"udp", ""}, {"arp", "priority=-1"}, {"tcp", ""}, {"icmp", "priority=7"}});
  std::vector<std::string> matches;
  for (const auto& each : impairment.classes) matches.push_back(each.match);
  EXPECT_EQ(matches, (std::vector<std::string>{"icmp", "tcp", "udp", "arp"}));
}

TEST(TrafficClass, AnotherOfTheSameFilterReplacesIt) {
  auto impairment = with({{"udp", "delay=1ms"}, {"tcp", ""}, {"udp", "priority=3 loss=2%"}});
  ASSERT_EQ(impairment.classes.size(), 2U);
  EXPECT_EQ(class_options(*find_class(impairment, "udp")), "priority=3 loss=2%");
  EXPECT_TRUE(erase_class(impairment, "udp"));
  EXPECT_FALSE(erase_class(impairment, "udp"));
  EXPECT_EQ(find_class(impairment, "udp"), nullptr);
}

TEST(TrafficClass, IsReadAndPrinted) {
  for (const char* text : {"", "priority=-5", "delay=80ms", "priority=2 delay=80ms loss=1%",
                           "drop-every=100", "delay=1ms jitter=1ms distribution=normal"}) {
    const auto traffic = parse_class("udp", text);
    ASSERT_TRUE(traffic) << linkfab::format(traffic.error());
    EXPECT_EQ(class_options(*traffic), text);
  }
  EXPECT_FALSE(parse_class("udp", "delay"));
  EXPECT_FALSE(parse_class("udp", "dely=5ms"));
  EXPECT_FALSE(parse_class("udp", "priority=40000"));
}

TEST(TrafficClass, ShowsInTheTextOfTheWhole) {
  auto impairment = with({{"udp port 53", "delay=80ms"}, {"arp", ""}});
  impairment.delay = std::chrono::milliseconds{20};
  EXPECT_EQ(format(impairment), "delay=20ms [arp: counted] [udp port 53: delay=80ms]");
  EXPECT_FALSE(with({{"arp", ""}}).idle());
}

TEST(TrafficClass, ActsOnSingleFramesWhereItsImpairmentDoes) {
  EXPECT_FALSE(needs_single_frames(with({{"udp", "delay=5ms"}})));
  EXPECT_TRUE(needs_single_frames(with({{"udp", "loss=1%"}})));
  EXPECT_TRUE(needs_single_frames(with({{"udp", "drop-every=2"}})));
}

TEST(TrafficClass, WhatMakesNoSenseIsRefused) {
  EXPECT_EQ(cause(with({{"udp", "delay=5ms"}, {"tcp", "drop-every=9"}})), "");
  EXPECT_NE(cause(with({{"udp and and", ""}})).find("class 'udp and and'"), std::string::npos);
  EXPECT_NE(cause(with({{"udp", "duplicate=1%"}})).find("exclude each other"), std::string::npos);
  EXPECT_NE(cause(with({{"udp", "rate=1mbit burst=32kb"}})).find("no bucket"), std::string::npos);
  EXPECT_NE(cause(with({{"udp", "rate=1mbit queue=fifo"}})).find("no queue discipline"),
            std::string::npos);
  EXPECT_NE(cause(with({{"udp", "reorder=5%"}})).find("set delay too"), std::string::npos);
  auto both = with({{"udp", ""}});
  both.duplicate = {1};
  EXPECT_NE(cause(both).find("exclude each other"), std::string::npos);
  both = with({{"udp", ""}});
  both.rate = {1'000'000};
  both.queue = QueueDiscipline{};
  EXPECT_NE(cause(both).find("queue excludes classes"), std::string::npos);
  auto nested = with({{"udp", ""}});
  nested.classes.front().impairment = with({{"tcp", ""}});
  EXPECT_NE(cause(nested).find("no classes of its own"), std::string::npos);
  Impairment many;
  for (int port = 1; port <= 16; ++port)
    put_class(many, *parse_class("udp port " + std::to_string(port), ""));
  EXPECT_NE(cause(many).find("at most 15"), std::string::npos);
}

TEST(TrafficClass, AQueueNeedsARate) {
  Impairment impairment;
  ASSERT_TRUE(set_option(impairment, "queue", "codel"));
  EXPECT_NE(cause(impairment).find("set rate too"), std::string::npos);
  ASSERT_TRUE(set_option(impairment, "rate", "1mbit"));
  EXPECT_EQ(cause(impairment), "");
  ASSERT_TRUE(set_option(impairment, "cell-size", "48"));
  EXPECT_NE(cause(impairment).find("cells"), std::string::npos);
}

}  // namespace
}  // namespace linkfab::netem
