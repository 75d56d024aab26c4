// What is planned below a netem, checked by a model of the kernel that does the steps.
#include "netem/inner.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include <gtest/gtest.h>

#include "netem/attributes.hpp"
#include "netem/inner_wire.hpp"
#include "netem/traffic_class.hpp"

namespace linkfab::netem {
namespace {

using Kind = InnerSeen::Kind;

Inner inner(std::initializer_list<std::pair<const char*, const char*>> classes,
            std::initializer_list<std::pair<const char*, const char*>> options = {}) {
  Impairment impairment;
  for (const auto& [key, value] : options) EXPECT_TRUE(set_option(impairment, key, value));
  for (const auto& [match, text] : classes) put_class(impairment, *parse_class(match, text));
  auto made = to_inner(impairment, 1514);
  EXPECT_TRUE(made) << linkfab::format(made.error());
  return *made;
}

bool has(const InnerSeen& seen, auto member, const auto& value) {
  return std::ranges::find(seen.filters, value, member) != seen.filters.end();
}

// The kernel, as far as a step needs it.
struct Kernel {
  InnerSeen& seen;
  void operator()(const AddPrio&) const { seen = {.kind = Kind::classes}; }
  void operator()(const AddHtb&) const { seen = {.kind = Kind::bottleneck}; }
  void operator()(const DeleteInner&) const { seen = {}; }
  void operator()(const SetBand& step) const {
    EXPECT_EQ(seen.kind, Kind::classes);
    seen.bands[step.band].netem = step.netem;
    seen.bands[step.band].tables = tables_id(step.netem);
  }
  void operator()(const DeleteBand& step) const {
    EXPECT_EQ(seen.bands.erase(step.band), 1U);
    EXPECT_FALSE(has(seen, &ClassFilter::band, step.band));
  }
  void operator()(const AddFilter& step) const {
    EXPECT_EQ(seen.kind, Kind::classes);
    EXPECT_TRUE(step.filter.band == 0 || seen.bands.contains(step.filter.band));
    seen.filters.push_back(step.filter);
    std::ranges::sort(seen.filters, {}, &ClassFilter::preference);
  }
  void operator()(const DeleteFilter& step) const {
    EXPECT_EQ(
        std::erase_if(seen.filters,
                      [&](const ClassFilter& each) { return each.preference == step.preference; }),
        1U);
  }
  void operator()(const SetRate& step) const {
    EXPECT_EQ(seen.kind, Kind::bottleneck);
    seen.rate_bytes = step.bottleneck.rate_bytes;
    seen.packet_overhead = step.bottleneck.packet_overhead;
    seen.bucket = step.bottleneck.bucket;
  }
  void operator()(const SetQueue& step) const {
    EXPECT_TRUE(seen.rate_bytes);
    EXPECT_EQ(step.made, step.handle != seen.queue_handle);
    seen.queue = step.bottleneck.queue;
    seen.queue_handle = step.handle;
  }
};

std::size_t apply(const Inner& wanted, InnerSeen& seen) {
  const auto steps = plan_inner(wanted, seen);
  for (const auto& step : steps) std::visit(Kernel{seen}, step);
  return steps.size();
}

// The bands that the wanted rules' frames go to.
std::vector<std::uint32_t> bands(const InnerSeen& seen) {
  std::vector<std::uint32_t> result;
  for (const auto& filter : seen.filters) result.push_back(filter.band);
  return result;
}

TEST(Inner, NothingWantedIsNothingDone) {
  InnerSeen seen;
  EXPECT_EQ(apply({}, seen), 0U);
  seen.kind = Kind::foreign;
  EXPECT_EQ(apply({}, seen), 0U);
  EXPECT_FALSE(lingers({}, seen));
}

TEST(Inner, ClassesAreMadeOnceAndThenLeftAlone) {
  InnerSeen seen;
  const auto wanted = inner({{"udp", "delay=5ms"}, {"tcp", "loss=1%"}});
  EXPECT_EQ(apply(wanted, seen), 5U);  // the prio, two classes, two filters
  EXPECT_EQ(apply(wanted, seen), 0U);
  EXPECT_EQ(bands(seen), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_FALSE(lingers(wanted, seen));
}

TEST(Inner, AnotherValueChangesTheClassAlone) {
  InnerSeen seen;
  apply(inner({{"udp", "delay=5ms"}, {"tcp", "loss=1%"}}), seen);
  const auto steps = plan_inner(inner({{"udp", "delay=6ms"}, {"tcp", "loss=1%"}}), seen);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(std::get<SetBand>(steps.front()).netem.delay_ns, 6'000'000);
}

TEST(Inner, AnotherTableIsAnotherValueThoughTheKernelDoesNotReportIt) {
  InnerSeen seen;
  const auto normal = inner({{"udp", "delay=5ms jitter=1ms distribution=normal"}});
  apply(normal, seen);
  seen.bands.at(1).netem.distribution.clear();
  EXPECT_EQ(apply(normal, seen), 0U);
  EXPECT_EQ(apply(inner({{"udp", "delay=5ms jitter=1ms distribution=pareto"}}), seen), 1U);
  seen.bands.at(1).tables.reset();  // after a restart of ours
  EXPECT_EQ(apply(normal, seen), 1U);
}

// A class that comes before others must not take their bands: frames wait in them.
TEST(Inner, AClassKeepsItsBandWhenOthersComeAndGo) {
  InnerSeen seen;
  apply(inner({{"udp", "delay=5ms"}}), seen);
  apply(inner({{"udp", "delay=5ms"}, {"arp", "priority=9 delay=1ms"}}), seen);
  EXPECT_EQ(bands(seen), (std::vector<std::uint32_t>{2, 1}));
  apply(inner({{"udp", "delay=5ms"}}), seen);
  EXPECT_EQ(bands(seen), (std::vector<std::uint32_t>{1}));
}

// A frame that both the old and the new filters know is never without one of them.
TEST(Inner, NewFiltersAreThereBeforeOldOnesGo) {
  InnerSeen seen;
  apply(inner({{"udp", "delay=5ms"}, {"tcp", ""}}), seen);
  const auto udp = seen.filters.back().program;
  for (const auto& step : plan_inner(inner({{"udp", "delay=5ms"}, {"arp", ""}}), seen)) {
    std::visit(Kernel{seen}, step);
    EXPECT_TRUE(has(seen, &ClassFilter::program, udp));
  }
}

TEST(Inner, WhatHoldsFramesGoesWhenTheyHaveLeft) {
  InnerSeen seen;
  const auto one = inner({{"tcp", ""}});
  apply(inner({{"udp", "delay=5ms"}, {"tcp", ""}}), seen);
  const auto udp = seen.filters.back().band;
  seen.bands.at(udp).stats.backlog_packets = 3;
  apply(one, seen);
  EXPECT_TRUE(seen.bands.contains(udp));
  EXPECT_TRUE(lingers(one, seen));
  EXPECT_EQ(apply(one, seen), 0U);
  seen.bands.at(udp).stats.backlog_packets = 0;
  EXPECT_EQ(apply(one, seen), 1U);
  EXPECT_FALSE(seen.bands.contains(udp));
  EXPECT_FALSE(lingers(one, seen));
  // The last takes all along.
  apply({}, seen);
  EXPECT_TRUE(lingers({}, seen));
  apply({}, seen);
  EXPECT_EQ(seen.kind, Kind::none);
}

TEST(Inner, EveryNthOfAllComesAfterTheClasses) {
  InnerSeen seen;
  const auto wanted = inner({{"udp", "drop-every=3"}}, {{"drop-every", "7"}});
  apply(wanted, seen);
  ASSERT_EQ(seen.filters.size(), 2U);
  EXPECT_EQ(seen.filters[0].drop_every, 3U);
  EXPECT_EQ(seen.filters[1].program, every_frame());
  EXPECT_EQ(seen.filters[1].drop_every, 7U);
  EXPECT_EQ(seen.filters[1].band, 0U);
  EXPECT_EQ(apply(wanted, seen), 0U);
}

TEST(Inner, FilterNumbersDoNotRunOut) {
  InnerSeen seen;
  for (int i = 0; i < 10'000; ++i) {
    apply(inner({{"udp", ""},
                 {"tcp", i % 2 == 0 ? "priority=1" : ""},
                 {"arp", i % 2 == 0 ? "" : "priority=2"}}),
          seen);
    ASSERT_EQ(seen.filters.size(), 3U) << i;
    ASSERT_LT(seen.filters.back().preference, 65'000) << i;
  }
}

TEST(Inner, AQueueIsMadeChangedAndEnded) {
  InnerSeen seen;
  const auto wanted = inner({}, {{"rate", "10mbit"}, {"queue", "fq_codel"}});
  EXPECT_EQ(apply(wanted, seen), 3U);
  EXPECT_EQ(seen.rate_bytes, 1'250'000U);
  EXPECT_EQ(apply(wanted, seen), 0U);
  // Of the same kind it is changed in place, of another it is made anew.
  EXPECT_EQ(apply(inner({}, {{"rate", "10mbit"}, {"queue", "fq_codel:target=1ms"}}), seen), 1U);
  EXPECT_EQ(apply(inner({}, {{"rate", "10mbit"}, {"queue", "fq_codel:flows=2"}}), seen), 1U);
  EXPECT_EQ(apply(inner({}, {{"rate", "10mbit"}, {"queue", "pie"}}), seen), 1U);
  EXPECT_EQ(apply(inner({}, {{"rate", "20mbit"}, {"queue", "pie"}}), seen), 1U);
  seen.queue_stats.backlog_packets = 2;
  EXPECT_EQ(apply({}, seen), 1U);  // what waits is let go
  EXPECT_GT(seen.rate_bytes, 10'000'000'000U);
  EXPECT_EQ(apply({}, seen), 0U);
  EXPECT_TRUE(lingers({}, seen));
  seen.queue_stats.backlog_packets = 0;
  apply({}, seen);
  EXPECT_EQ(seen.kind, Kind::none);
}

TEST(Inner, ABurstIsABucketOfTheBottleneck) {
  InnerSeen seen;
  // 32,768 bytes at 1,250,000 bytes a second are 26.2144 ms.
  const auto wanted = inner({}, {{"rate", "10mbit"}, {"burst", "32kb"}});
  EXPECT_EQ(apply(wanted, seen), 3U);
  EXPECT_EQ(seen.bucket, 26'214'400U / 64);
  EXPECT_EQ(seen.queue, resolved({}, 1'250'000));
  EXPECT_EQ(apply(wanted, seen), 0U);
  // Rate and burst change the class alone, and what waits stays in its queue.
  EXPECT_EQ(apply(inner({}, {{"rate", "10mbit"}, {"burst", "64kb"}}), seen), 1U);
  EXPECT_EQ(apply(inner({}, {{"rate", "20mbit"}, {"burst", "64kb"}}), seen), 1U);
  EXPECT_EQ(apply(inner({}, {{"rate", "20mbit"}, {"queue", "fifo"}}), seen), 1U);
  EXPECT_EQ(seen.bucket, usual_bucket);
  seen.bucket = 0;  // somebody else's
  EXPECT_EQ(apply(inner({}, {{"rate", "20mbit"}, {"queue", "fifo"}}), seen), 1U);
}

TEST(Inner, CakeIsChangedInPlaceAndSfqCannotBe) {
  InnerSeen seen;
  const auto queue = [](const char* text) {
    return inner({}, {{"rate", "10mbit"}, {"queue", text}});
  };
  EXPECT_EQ(apply(queue("cake"), seen), 3U);
  for (const char* text : {"cake:flows=flowblind", "cake:diffserv=besteffort", "cake:rtt=30ms",
                           "cake:ack-filter", "cake:memlimit=1mb"}) {
    const auto steps = plan_inner(queue(text), seen);
    ASSERT_EQ(steps.size(), 1U) << text;
    EXPECT_FALSE(std::get<SetQueue>(steps.front()).made) << text;
  }
  EXPECT_EQ(apply(queue("sfq:quantum=3028"), seen), 1U);
  EXPECT_EQ(apply(queue("sfq:quantum=3028"), seen), 0U);
  EXPECT_EQ(apply(queue("sfq"), seen), 0U) << "any quantum is right where none is asked for";
  const auto steps = plan_inner(queue("sfq:perturb=10s"), seen);
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_TRUE(std::get<SetQueue>(steps.front()).made);
  EXPECT_EQ(apply(queue("sfq:perturb=10s"), seen), 1U);
}

// What is sent, as the kernel would report it.
TEST(Inner, EveryQueueIsReadBackFromTheWire) {
  for (const char* text : {"fifo", "codel", "fq_codel", "pie", "red", "sfq:perturb=10s,quantum=99",
                           "cake:flows=hosts,diffserv=precedence,rtt=7ms,ack-filter"}) {
    const auto wanted = *inner({}, {{"rate", "10mbit"}, {"queue", text}}).bottleneck;
    const auto message = message_of({7}, SetQueue{wanted, queue_handles[0], true});
    const auto seen = decode_qdisc(message.header());
    ASSERT_TRUE(seen && seen->queue) << text;
    InnerSeen held{.kind = Kind::bottleneck,
                   .rate_bytes = wanted.rate_bytes,
                   .bucket = wanted.bucket,
                   .queue = seen->queue,
                   .queue_handle = seen->handle};
    EXPECT_TRUE(plan_inner({.rules = {}, .bottleneck = wanted}, held).empty()) << text;
  }
}

TEST(Inner, ABucketIsNeverSmallerThanTheBurst) {
  for (const char* rate : {"8bit", "999kbit", "3gbit", "9200000tbit"})
    for (const std::uint64_t burst : {1U, 7U, 59U}) {
      const auto size = std::to_string(burst);
      const auto made = inner({}, {{"rate", rate}, {"burst", size.c_str()}}).bottleneck;
      ASSERT_TRUE(made);
      EXPECT_GE(static_cast<double>(made->bucket) * 64e-9 * static_cast<double>(made->rate_bytes),
                static_cast<double>(burst))
          << rate << " " << burst;
    }
}

// struct tc_htb_opt: two rates, two buckets, quantum, level, priority.
TEST(Inner, TheRateAndItsBucketOnTheWire) {
  const auto wanted = inner({}, {{"rate", "10mbit"}, {"burst", "32kb"}, {"overhead", "24"}});
  const auto message = message_of({7}, SetRate{*wanted.bottleneck});
  const auto header = load<tcmsg>(payload(message.header()));
  EXPECT_EQ(header.tcm_parent, htb_handle);
  EXPECT_EQ(header.tcm_handle, htb_handle | 1);
  const auto options = Attributes{message.header(), sizeof(tcmsg)}.nested(TCA_OPTIONS);
  const auto htb = options.get<tc_htb_opt>(TCA_HTB_PARMS);
  for (const auto& rate : {htb.rate, htb.ceil}) {
    EXPECT_EQ(rate.rate, 1'250'000U);
    EXPECT_EQ(rate.overhead, 24U);
    EXPECT_EQ(rate.linklayer, TC_LINKLAYER_ETHERNET);
  }
  EXPECT_EQ(htb.buffer, 409'600U);
  EXPECT_EQ(htb.cbuffer, 409'600U);
  EXPECT_EQ(htb.quantum, 1514U);
  EXPECT_FALSE(options.has(TCA_HTB_RATE64));
}

Qdisc qdisc(std::uint32_t parent, std::uint32_t handle, const char* kind) {
  Qdisc made{.device = {7}, .parent = parent, .handle = handle, .kind = kind};
  if (made.kind == "netem") made.netem = Netem{.delay_ns = 5'000'000};
  return made;
}

// A dump lists qdiscs in the order of the kernel's hash table.
TEST(Inner, IsSeenInWhateverOrderItIsTold) {
  const std::vector<Qdisc> parts{qdisc(inner_parent, prio_handle, "prio"),
                                 qdisc(prio_handle | 2, band_handle(1), "netem"),
                                 qdisc(prio_handle | 9, band_handle(8), "netem")};
  for (const auto& order : {std::vector{0, 1, 2}, std::vector{2, 0, 1}, std::vector{1, 2, 0}}) {
    InnerSeen seen;
    for (const int at : order) EXPECT_TRUE(follow(seen, parts.at(static_cast<std::size_t>(at))));
    EXPECT_EQ(seen.kind, Kind::classes);
    EXPECT_EQ(seen.bands.size(), 2U);
    // Another root of it takes all along.
    EXPECT_TRUE(follow(seen, qdisc(inner_parent, htb_handle, "htb")));
    EXPECT_EQ(seen.kind, Kind::bottleneck);
    EXPECT_TRUE(seen.bands.empty());
    EXPECT_TRUE(follow_gone(seen, htb_handle));
    EXPECT_EQ(seen.kind, Kind::none);
  }
}

TEST(Inner, CountsOfAClassAreThoseOfItsFilterAndQueue) {
  InnerSeen seen;
  apply(inner({{"udp", "drop-every=3"}, {"tcp", ""}}), seen);
  const auto program = seen.filters.back().program;
  seen.filters.back().drops = 4;
  seen.bands.at(seen.filters.back().band).stats = {
      .packets = 8, .bytes = 800, .drops = 1, .backlog_packets = 2, .backlog_bytes = 200};
  const auto stats = class_stats(seen, program);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->packets, 8U);
  EXPECT_EQ(stats->dropped, 5U);
  EXPECT_EQ(backlog(seen).backlog_bytes, 200U);
  EXPECT_FALSE(class_stats(seen, every_frame()));
}

}  // namespace
}  // namespace linkfab::netem
