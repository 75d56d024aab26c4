#include "fabric/traffic.hpp"

#include <gmock/gmock.h>

namespace linkfab::fabric {
namespace {

using fabric::EndView;
using fabric::LinkView;
using testing::ElementsAre;
using testing::SizeIs;
using namespace std::chrono_literals;

EndView end(const char* node, std::map<std::string, std::int64_t> statistics) {
  return {.endpoint = fabric::Endpoint{node, "eth0"},
          .toward = "",
          .state = "up",
          .error = "",
          .warning = "",
          .statistics = std::move(statistics)};
}

LinkView link(std::vector<EndView> ends, const char* kind = "link") {
  return {.name = "l",
          .kind = kind,
          .wanted = "up",
          .state = "up",
          .error = "",
          .ends = std::move(ends)};
}

TEST(Directions, OfALinkGoFromWhatOneSentToWhatReachedTheOther) {
  auto b = end("b", {{"rx_packets", 90},
                     {"rx_bytes", 9000},
                     {"rx_dropped", 2},
                     {"rx_errors", 1},
                     {"qdisc_drops", 7},
                     {"qdisc_backlog", 3},
                     {"qdisc_backlog_bytes", 300},
                     {"carrier_changes", 4}});
  b.toward = "loss=7%";
  const auto all = directions({link(
      {end("a", {{"tx_packets", 100}, {"tx_bytes", 10000}, {"tx_dropped", 5}, {"rx_packets", 1}}),
       b})});
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].from, "a:eth0");
  EXPECT_EQ(all[0].to, "b:eth0");
  EXPECT_EQ(all[0].impairment, "loss=7%");
  EXPECT_EQ(all[0].counters, (TrafficCounters{.sent_frames = 100,
                                              .sent_bytes = 10000,
                                              .sent_dropped = 5,
                                              .received_frames = 90,
                                              .received_bytes = 9000,
                                              .received_dropped = 3,
                                              .lost = 7,
                                              .queued_frames = 3,
                                              .queued_bytes = 300,
                                              .carrier_changes = 4}));
  EXPECT_EQ(all[1].from, "b:eth0");
  EXPECT_EQ(all[1].counters.received_frames, 1);
  EXPECT_EQ(all[1].counters.lost, 0) << "nothing is lost without an impairment";
  EXPECT_EQ(all[1].counters.sent_frames, std::nullopt) << "no such counter was told";
}

TEST(Directions, OfASegmentAreTwoAMember) {
  auto segment = link({end("a", {{"tx_packets", 1}, {"rx_packets", 2}})}, "hub");
  segment.ends[0].toward = "delay=1ms";
  const auto all = directions({segment});
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].from + " " + all[0].to + " " + all[0].impairment, "a:eth0 l ");
  EXPECT_EQ(all[0].counters.sent_frames, 1);
  EXPECT_EQ(all[0].counters.received_frames, std::nullopt);
  EXPECT_EQ(all[1].from + " " + all[1].to + " " + all[1].impairment, "l a:eth0 delay=1ms");
  EXPECT_EQ(all[1].counters.received_frames, 2);
  EXPECT_EQ(all[1].counters.sent_frames, std::nullopt);
}

TEST(Directions, OfAnInterfaceWithoutADeviceHaveNoCounters) {
  const auto all = directions({link({end("a", {}), end("b", {})})});
  EXPECT_EQ(all[0].counters, TrafficCounters{});
}

TEST(Rates, AreDifferencesByTime) {
  const TrafficCounters before{.received_frames = 10, .received_bytes = 1000, .lost = 1};
  const TrafficCounters now{.received_frames = 30, .received_bytes = 3000, .lost = 2};
  const auto its = rates(before, now, 2s);
  EXPECT_EQ(its.received_frames, 10.0);
  EXPECT_EQ(its.received_bits, 8000.0);
  EXPECT_EQ(its.lost, 0.5);
  EXPECT_EQ(its.refused, std::nullopt);
  EXPECT_EQ(its.sent_frames, std::nullopt);
  EXPECT_EQ(its.drops(), 0.5);
}

TEST(Rates, ACounterThatStartedAnewCountsFromZero) {
  EXPECT_EQ(rates(TrafficCounters{.sent_frames = 1000}, TrafficCounters{.sent_frames = 20}, 1s)
                .sent_frames,
            20.0);
}

TEST(Rates, WithoutTimeThereAreNone) {
  EXPECT_EQ(rates(TrafficCounters{.sent_frames = 1}, TrafficCounters{.sent_frames = 2}, 0s),
            TrafficRates{});
}

TEST(Rates, OfADirectionThatIsNewAreNone) {
  const auto before = directions({link({end("a", {{"tx_packets", 1}}), end("b", {})})});
  auto now = directions({link({end("a", {{"tx_packets", 3}}), end("b", {})}),
                         link({end("c", {{"tx_packets", 9}}), end("d", {})})});
  const auto all = rates(before, now, 1s);
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(all[0].sent_frames, 2.0);
  EXPECT_EQ(all[2].sent_frames, std::nullopt);
}

TEST(ShortNumber, HasThreeDigitsAndAUnit) {
  std::vector<std::string> texts;
  for (const double value : {0.0, 0.004, 1.5, 9.999, 12.34, 99.96, 999.4, 999.6, 1250.0, 12'345.0,
                             999'600.0, 1.25e6, 4.2e9})
    texts.push_back(short_number(value));
  EXPECT_THAT(texts, ElementsAre("0", "0", "1.5", "10", "12.3", "100", "999", "1k", "1.25k",
                                 "12.3k", "1M", "1.25M", "4.2G"));
}

}  // namespace
}  // namespace linkfab::fabric
