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
  for (const char* text :
       {"fifo", "fifo:limit=50", "codel:target=5ms,interval=100ms", "fq_codel:flows=16,ecn=no",
        "pie:limit=200,target=20ms", "cake", "cake:flows=dual-srchost,diffserv=diffserv4,rtt=30ms",
        "cake:ack-filter=yes,memlimit=8mb", "sfq:limit=200,perturb=10s",
        "sfq:perturb=0,quantum=3028",
        "red:limit=400000,min=30000,max=90000,probability=2%,ecn=yes"}) {
    const auto queue = parse_queue(text);
    ASSERT_TRUE(queue) << text << ": " << queue.error().cause;
    EXPECT_EQ(format_queue(*queue), text);
  }
  EXPECT_EQ(format_queue(*parse_queue("fq_codel:ecn")), "fq_codel:ecn=yes");
  EXPECT_EQ(format_queue(*parse_queue("cake:ack-filter")), "cake:ack-filter=yes");
}

TEST(QueueDiscipline, WrongTextsSayWhatIsWrong) {
  EXPECT_EQ(cause("fq_code"),
            "'fq_code' is none of fifo, codel, fq_codel, pie, red, cake, sfq; did you mean "
            "'fq_codel'?");
  EXPECT_EQ(cause("fifo:target=5ms"), "'target': fifo has limit");
  EXPECT_EQ(cause("codel:limit"), "'limit' has no value");
  EXPECT_NE(cause("codel:target=0ms").find("between 1us and 4000s"), std::string::npos);
  EXPECT_EQ(cause("red:min=90000,max=30000"), "min is less than max");
  EXPECT_EQ(cause("red:max=30000,limit=20000"), "max is at most the limit");
  EXPECT_EQ(cause("cake:limit=5"), "'limit': cake has flows, diffserv, rtt, ack-filter, memlimit");
  EXPECT_EQ(cause("cake:flows=7"),
            "'flows=7': it is none of flowblind, srchost, dsthost, hosts, flows, dual-srchost, "
            "dual-dsthost, triple-isolate");
  EXPECT_NE(cause("cake:diffserv=diffserv5").find("did you mean 'diffserv"), std::string::npos);
  EXPECT_NE(cause("cake:memlimit=4gb").find("4294967295b"), std::string::npos);
  EXPECT_NE(cause("fq_codel:flows=triple-isolate"), "");
  EXPECT_NE(cause("sfq:perturb=1.5s").find("whole seconds"), std::string::npos);
  EXPECT_NE(cause("sfq:limit=1"), "");
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

// A cake that does not know its rate would drop at 5 ms what takes 12 ms to send.
TEST(QueueDiscipline, CakesTimesAndMemoryFollowTheRate) {
  const auto fast = resolved(*parse_queue("cake"), 125'000'000);
  EXPECT_EQ(fast.target, milliseconds{5});
  EXPECT_EQ(fast.interval, milliseconds{100});
  EXPECT_EQ(fast.memlimit, Size{50'000'000});
  EXPECT_EQ(fast.isolation, QueueDiscipline::Isolation::triple_isolate);
  EXPECT_EQ(fast.diffserv, QueueDiscipline::Diffserv::diffserv3);
  EXPECT_EQ(fast.ack_filter, false);
  const auto slow = resolved(*parse_queue("cake"), 125'000);
  EXPECT_EQ(slow.target, std::chrono::microseconds{18'168});
  EXPECT_EQ(slow.interval, std::chrono::microseconds{113'168});
  EXPECT_EQ(slow.memlimit, Size{4 << 20});
  const auto metro = resolved(*parse_queue("cake:rtt=10ms,memlimit=1mb"), 125'000'000);
  EXPECT_EQ(metro.target, std::chrono::microseconds{500});
  EXPECT_EQ(metro.memlimit, Size{1 << 20});
  const auto slowest = resolved(*parse_queue("cake:rtt=4000s"), 1);
  EXPECT_LE(slowest.interval, std::chrono::seconds{4000});
  EXPECT_LE(slowest.target, *slowest.interval);
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
