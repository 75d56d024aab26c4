// The bridge module, filters and captures apart.
#include "tests/ubridge/session.hpp"

namespace linkfab::ubridge::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class BridgeModule : public Session {};

TEST_F(BridgeModule, CommandsOnABridgeThatIsNotThereSaySo) {
  for (const std::string rest : {"delete N",
                                 "start N",
                                 "stop N",
                                 "rename N M",
                                 "show N",
                                 "get_stats N",
                                 "reset_stats N",
                                 "add_nio_udp N 1 h 2",
                                 "delete_nio_udp N 1 h 2",
                                 "remove_nio_udp N 1 h 2",
                                 "add_nio_tap N t",
                                 "add_nio_linux_raw N d",
                                 "add_nio_ethernet N d",
                                 "add_nio_unix N l r",
                                 "start_capture N f",
                                 "stop_capture N",
                                 "add_packet_filter N F delay 1",
                                 "delete_packet_filter N F",
                                 "reset_packet_filters N",
                                 "set_pcap_filter N",
                                 "set_pcap_filter N arp"})
    EXPECT_EQ(ask("bridge " + rest), "214-bridge 'N' doesn't exist") << rest;
  EXPECT_THAT(effects.calls, IsEmpty());
}

TEST_F(BridgeModule, BridgesAreCreatedListedNewestFirstAndDeleted) {
  play(R"(
    > bridge list
    < 100-OK
    > bridge create a
    < 100-bridge 'a' created
    > bridge create "b c"
    < 100-bridge 'b c' created
    > bridge create a
    < 206-bridge 'a' already exist
    > bridge create A
    < 100-bridge 'A' created
    > bridge add_nio_tap a tap0
    < 100-NIO TAP added to bridge 'a'
    > bridge list
    < 101 A (NIOs = 0)
    < 101 b c (NIOs = 0)
    < 101 a (NIOs = 1)
    < 100-OK
    > bridge delete "b c"
    < 100-bridge 'b c' deleted
    > bridge list
    < 101 A (NIOs = 0)
    < 101 a (NIOs = 1)
    < 100-OK)");
}

TEST_F(BridgeModule, ABridgeNeedsTwoNiosToStart) {
  play(R"(
    > bridge create a
    < 100-bridge 'a' created
    > bridge start a
    < 209-bridge 'a' must have 2 NIOs to be started
    > bridge stop a
    < 210-bridge 'a' is not running
    > bridge add_nio_udp a 10000 127.0.0.1 10001
    < 100-NIO UDP added to bridge 'a'
    > bridge start a
    < 209-bridge 'a' must have 2 NIOs to be started
    > bridge add_nio_tap a tap0
    < 100-NIO TAP added to bridge 'a'
    > bridge start a
    < 100-bridge 'a' started
    > bridge start a
    < 209-bridge 'a' is already running
    > bridge stop a
    < 100-bridge 'a' stopped
    > bridge stop a
    < 210-bridge 'a' is not running)");
  EXPECT_THAT(effects.calls, ElementsAre("open a source UDP 10000:127.0.0.1:10001",
                                         "open a destination TAP tap0", "join a", "separate a"));
}

TEST_F(BridgeModule, ARunningBridgeIsDeletedWithAllItHas) {
  make_bridge("a");
  (void)ask("bridge start a");
  (void)ask("bridge start_capture a /tmp/f");
  (void)ask("bridge add_packet_filter a f frequency_drop -1");
  effects.calls.clear();
  EXPECT_EQ(ask("bridge delete a"), "100-bridge 'a' deleted");
  EXPECT_THAT(effects.calls, ElementsAre("separate a", "stop_capture a", "set_filters a []",
                                         "close a source", "close a destination"));
}

TEST_F(BridgeModule, RenamingNamesTheOldBridgeWhereTheNewOneExists) {
  make_bridge("a");
  play(R"(
    > bridge start a
    < 100-bridge 'a' started
    > bridge create b
    < 100-bridge 'b' created
    > bridge rename a b
    < 213-bridge 'a' already exist
    > bridge rename a a
    < 213-bridge 'a' already exist
    > bridge rename a c
    < 100-bridge 'a' renamed to 'c'
    > bridge stop c
    < 100-bridge 'c' stopped
    > bridge start a
    < 214-bridge 'a' doesn't exist)");
  EXPECT_THAT(effects.calls, ElementsAre("join a", "renamed a c", "separate c"));
}

TEST_F(BridgeModule, ShowHasStateFiltersAndNiosAsTyped) {
  play(R"(
    > bridge create a
    < 100-bridge 'a' created
    > bridge show a
    < 101 bridge 'a' is not running
    < 100-OK
    > bridge add_nio_udp a 020000 localhost xyz
    < 100-NIO UDP added to bridge 'a'
    > bridge add_packet_filter a f1 delay 50 10
    < 100-Filter 'f1' type 'delay' added to bridge 'a'
    > bridge add_packet_filter a f2 packet_loss 20
    < 100-Filter 'f2' type 'packet_loss' added to bridge 'a'
    > bridge add_nio_unix a /tmp/l /tmp/r
    < 100-NIO UNIX added to bridge 'a'
    > bridge start a
    < 100-bridge 'a' started
    > bridge show a
    < 101 bridge 'a' is running
    < 101 Filter 'f1' configured in position 1
    < 101 Filter 'f2' configured in position 2
    < 101 Source NIO: 020000:localhost:xyz
    < 101 Destination NIO: /tmp/l -> /tmp/r
    < 100-OK)");
}

TEST_F(BridgeModule, StatisticsHaveALineForEachNio) {
  play(R"(
    > bridge create a
    < 100-bridge 'a' created
    > bridge get_stats a
    < 100-OK
    > bridge add_nio_tap a t
    < 100-NIO TAP added to bridge 'a'
    > bridge get_stats a
    < 101 Source NIO:      IN: 5 packets (90 bytes) OUT: 15 packets (410 bytes)
    < 100-OK
    > bridge add_nio_ethernet a e
    < 100-NIO Ethernet added to bridge 'a'
    > bridge get_stats a
    < 101 Source NIO:      IN: 5 packets (90 bytes) OUT: 15 packets (410 bytes)
    < 101 Destination NIO: IN: 5 packets (90 bytes) OUT: 15 packets (410 bytes)
    < 100-OK
    > bridge reset_stats a
    < 100-OK)");
  effects.fail("statistics");
  EXPECT_THAT(ask("bridge get_stats a"),
              testing::StartsWith("101 Source NIO:      IN: 0 packets (0 bytes)"));
}

TEST_F(BridgeModule, EveryKindOfNioIsAddedOrRefusedByItsName) {
  const struct {
    std::string command;
    std::string kind;
    std::string call;
  } table[]{
      {"add_nio_udp a 1 h 2", "UDP", "open a source UDP 1:h:2"},
      {"add_nio_tap a t", "TAP", "open a source TAP t"},
      {"add_nio_linux_raw a \"e 0\"", "Linux raw", "open a source Linux raw e 0"},
      {"add_nio_ethernet a e", "Ethernet", "open a source Ethernet e"},
      {"add_nio_unix a /l /r", "UNIX", "open a source UNIX /l -> /r"},
  };
  for (const auto& [command, kind, call] : table) {
    (void)ask("bridge create a");
    effects.fail("open", "Device or resource busy");
    EXPECT_EQ(ask("bridge " + command), "206-unable to create NIO " + kind + " for bridge 'a'");
    EXPECT_EQ(ask("bridge list"), "101 a (NIOs = 0)\n100-OK");
    EXPECT_EQ(log.back(), "try: Device or resource busy");
    effects.failures.clear();
    effects.calls.clear();
    EXPECT_EQ(ask("bridge " + command), "100-NIO " + kind + " added to bridge 'a'");
    EXPECT_THAT(effects.calls, ElementsAre(call));
    (void)ask("bridge add_nio_tap a x");
    EXPECT_EQ(ask("bridge " + command), "206-bridge 'a' has already 2 allocated NIOs");
    (void)ask("bridge delete a");
  }
}

TEST_F(BridgeModule, ATapHasNoMoreOfItsNameThanADeviceCanHave) {
  play(R"(
    > bridge create a
    < 100-bridge 'a' created
    > bridge add_nio_tap a a-name-of-21-letters-
    < 100-NIO TAP added to bridge 'a'
    > bridge add_nio_tap a /dev/tap21-of-a-macvtap
    < 100-NIO TAP added to bridge 'a'
    > bridge show a
    < 101 bridge 'a' is not running
    < 101 Source NIO: a-name-of-21-le
    < 101 Destination NIO: /dev/tap21-of-a-macvtap
    < 100-OK)");
}

TEST_F(BridgeModule, AUdpNioIsRemovedByItsPortsWhateverTheHost) {
  make_bridge("a");  // 1:h:2 and 3:h:4
  play(R"(
    > bridge remove_nio_udp a 1 h 4
    < 214-UDP nio missing in 'a'
    > bridge start a
    < 100-bridge 'a' started
    > bridge remove_nio_udp a 1 h 2
    < 214-bridge 'a' is running
    > bridge stop a
    < 100-bridge 'a' stopped
    > bridge remove_nio_udp a 01 elsewhere 2
    < 100-NIO UDP removed from bridge 'a'
    > bridge delete_nio_udp a 1 h 2
    < 214-UDP nio missing in 'a'
    > bridge delete_nio_udp a 3 h 4
    < 100-NIO UDP removed from bridge 'a')");
  EXPECT_THAT(effects.calls,
              ElementsAre("join a", "separate a", "close a source", "close a destination"));
}

TEST_F(BridgeModule, TheFreeSlotIsFilledFirst) {
  make_bridge("a");
  play(R"(
    > bridge remove_nio_udp a 1 h 2
    < 100-NIO UDP removed from bridge 'a'
    > bridge add_nio_tap a t
    < 100-NIO TAP added to bridge 'a'
    > bridge remove_nio_udp a 3 h 4
    < 100-NIO UDP removed from bridge 'a'
    > bridge add_nio_udp a 5 h 6
    < 100-NIO UDP added to bridge 'a'
    > bridge show a
    < 101 bridge 'a' is not running
    < 101 Source NIO: t
    < 101 Destination NIO: 5:h:6
    < 100-OK)");
}

TEST_F(BridgeModule, OfTwoNiosWithTheSamePortsTheSourceGoesFirst) {
  (void)ask("bridge create a");
  (void)ask("bridge add_nio_udp a 1 h 2");
  (void)ask("bridge add_nio_udp a 1 k 2");
  (void)ask("bridge remove_nio_udp a 1 k 2");
  EXPECT_EQ(ask("bridge show a"),
            "101 bridge 'a' is not running\n101 Destination NIO: 1:k:2\n100-OK");
}

TEST_F(BridgeModule, WhatCannotBeDoneIsRefusedAndNotRemembered) {
  make_bridge("a");
  effects.fail("join");
  EXPECT_EQ(ask("bridge start a"), "209-bridge 'a' could not be started");
  EXPECT_EQ(ask("bridge stop a"), "210-bridge 'a' is not running");
  effects.failures.clear();
  (void)ask("bridge start a");
  effects.fail("separate");
  EXPECT_EQ(ask("bridge stop a"), "210-bridge 'a' could not be stopped");
  EXPECT_EQ(ask("bridge start a"), "209-bridge 'a' is already running");
  effects.fail("renamed");
  EXPECT_EQ(ask("bridge rename a b"), "213-bridge 'a' could not be renamed");
  EXPECT_EQ(ask("bridge list"), "101 a (NIOs = 2)\n100-OK");
}

}  // namespace
}  // namespace linkfab::ubridge::test
