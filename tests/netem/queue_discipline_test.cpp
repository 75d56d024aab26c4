#include "netem/queue_discipline.hpp"

#include <gtest/gtest.h>

namespace linkfab::netem {
namespace {

using std::chrono::milliseconds;

std::string cause(std::string_view text) {
  const auto parsed = parse_queue(text);
  return parsed ? "" : parsed.error().cause;
}

TEST(QueueDiscipline, IsReadAndPrinted) {
  for (const char* text : {"fifo", "fifo:limit=50", "codel:target=5ms,interval=100ms",
                           "fq_codel:flows=16,ecn=no", "pie:limit=200,target=20ms",
                           "red:limit=400000,min=30000,max=90000,probability=2%,ecn=yes"}) {
    const auto queue = parse_queue(text);
    ASSERT_TRUE(queue) << text << ": " << queue.error().cause;
    EXPECT_EQ(format_queue(*queue), text);
  }
  EXPECT_EQ(format_queue(*parse_queue("fq_codel:ecn")), "fq_codel:ecn=yes");
}

TEST(QueueDiscipline, WrongTextsSayWhatIsWrong) {
  EXPECT_EQ(cause("fq_code"),
            "'fq_code' is none of fifo, codel, fq_codel, pie, red; did you mean "
            "'fq_codel'?");
  EXPECT_EQ(cause("fifo:target=5ms"), "'target': fifo has limit");
  EXPECT_EQ(cause("codel:limit"), "'limit' has no value");
  EXPECT_NE(cause("codel:target=0ms").find("between 1us and 4000s"), std::string::npos);
  EXPECT_EQ(cause("red:min=90000,max=30000"), "min is less than max");
  EXPECT_EQ(cause("red:max=30000,limit=20000"), "max is at most the limit");
  EXPECT_NE(cause("fq_codel:flows=0"), "");
  EXPECT_NE(cause("fq_codel:"), "");
}

TEST(QueueDiscipline, WhatIsNotGivenIsTheUsualValue) {
  const auto codel = resolved(*parse_queue("fq_codel:target=1ms"), 1'000'000);
  EXPECT_EQ(codel.target, milliseconds{1});
  EXPECT_EQ(codel.interval, milliseconds{100});
  EXPECT_EQ(codel.limit, 10240U);
  EXPECT_EQ(codel.flows, 1024U);
  EXPECT_EQ(codel.ecn, true);
  EXPECT_EQ(resolved(*parse_queue("codel"), 1).ecn, false);
  // 50 ms of 10 Mbit/s.
  const auto red = resolved(*parse_queue("red"), 1'250'000);
  EXPECT_EQ(red.max, 62'500U);
  EXPECT_EQ(red.min, 62'500U / 3);
  EXPECT_EQ(red.limit, 250'000U);
}

TEST(QueueDiscipline, RedsThresholdsStayInOrderHoweverExtreme) {
  for (const char* text : {"red", "red:min=1", "red:min=1000000000", "red:max=2"})
    for (const std::uint64_t rate : {1ULL, 1'000'000ULL, 1'000'000'000'000ULL}) {
      const auto red = resolved(*parse_queue(text), rate);
      EXPECT_LE(*red.min, *red.max) << text << " " << rate;
      EXPECT_LE(*red.max, *red.limit) << text << " " << rate;
    }
}

}  // namespace
}  // namespace linkfab::netem
