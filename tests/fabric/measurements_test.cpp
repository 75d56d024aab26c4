#include "fabric/measurements.hpp"

#include <gtest/gtest.h>

#include "fabric/host_devices.hpp"
#include "ovsdb/datum.hpp"

namespace linkfab::fabric {
namespace {

HostDevice device() {
  HostDevice device;
  device.device.stats = {.rx_packets = 1,
                         .rx_bytes = 2,
                         .rx_errors = 3,
                         .rx_dropped = 4,
                         .tx_packets = 5,
                         .tx_bytes = 6,
                         .tx_errors = 7,
                         .tx_dropped = 8};
  device.device.carrier_changes = 9;
  return device;
}

TEST(InterfaceCounters, ANodeReceivesWhatItsFabricsEndSends) {
  EXPECT_EQ(counters_of(device(), {}),
            (InterfaceCounters{.received = {.packets = 5, .bytes = 6, .dropped = 8, .errors = 7},
                               .sent = {.packets = 1, .bytes = 2, .dropped = 4, .errors = 3},
                               .queue = std::nullopt,
                               .carrier_changes = 9}));
}

TEST(InterfaceCounters, WhatPassedByCountsAsIfItHadComeBy) {
  const auto counters =
      counters_of(device(), {.rx_packets = 10, .rx_bytes = 20, .tx_packets = 50, .tx_bytes = 60});
  EXPECT_EQ(counters.received.packets, 55U);
  EXPECT_EQ(counters.received.bytes, 66U);
  EXPECT_EQ(counters.sent.packets, 11U);
  EXPECT_EQ(counters.sent.bytes, 22U);
}

TEST(InterfaceCounters, TheDatabaseHasAQueueWhereThereIsAnImpairment) {
  auto its = device();
  EXPECT_EQ(statistics(counters_of(its, {})).as_map().size(), 9U);
  its.qdisc = std::make_unique<netem::Qdisc>();
  its.qdisc->stats = {.drops = 11, .backlog_packets = 12, .backlog_bytes = 13};
  const auto map = statistics(counters_of(its, {})).as_map();
  EXPECT_EQ(map.size(), 12U);
  const auto value = [&](const char* key) {
    return ovsdb::Datum(map.at(ovsdb::Atom(std::string(key)))).integer();
  };
  EXPECT_EQ(value("rx_packets"), 5);
  EXPECT_EQ(value("tx_dropped"), 4);
  EXPECT_EQ(value("rx_errors"), 7);
  EXPECT_EQ(value("qdisc_drops"), 11);
  EXPECT_EQ(value("qdisc_backlog"), 12);
  EXPECT_EQ(value("qdisc_backlog_bytes"), 13);
  EXPECT_EQ(value("carrier_changes"), 9);
}

TEST(DurationHistogram, ABoundBelongsToItsOwnBucket) {
  DurationHistogram steps;
  steps.add(std::chrono::milliseconds{1});
  steps.add(std::chrono::microseconds{1001});
  steps.add(std::chrono::seconds{1000});
  EXPECT_EQ(steps.counts[0], 1U);
  EXPECT_EQ(steps.counts[1], 1U);
  EXPECT_EQ(steps.count, 3U);
  EXPECT_NEAR(steps.sum, 1000.002001, 1e-9);
}

}  // namespace
}  // namespace linkfab::fabric
