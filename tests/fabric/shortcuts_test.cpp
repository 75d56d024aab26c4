#include "fabric/shortcuts.hpp"

#include <gtest/gtest.h>

#include "tests/fabric/desired_of.hpp"

namespace linkfab::fabric {
namespace {

using Names = std::set<std::string>;
using openflow::PortNo;

// a--g1 and g2--b, where g1 and g2 are spliced.
class ShortcutsTest : public testing::Test {
 protected:
  ShortcutsTest() {
    for (const char* name : {"a", "b"}) lab.nodes[name].interfaces["eth0"];
    lab.nodes["out"] = {.kind = NodeKind::host};
    lab.nodes["out"].interfaces["g1"].gateway = TapGateway{"t1"};
    lab.nodes["out"].interfaces["g2"].gateway = TapGateway{"t2"};
    lab.links["left"] = {.a = a, .b = g1};
    lab.links["right"] = {.a = g2, .b = b};
    numbers = {{a, PortNo{1}}, {b, PortNo{2}}, {g1, PortNo{3}}, {g2, PortNo{4}}};
  }

  Names update() {
    return shortcuts.update(
        Dump(lab).desired(), spliced,
        [this](const Endpoint& end) {
          const auto found = numbers.find(end);
          return found == numbers.end() ? std::nullopt : std::optional(found->second);
        },
        stats_of);
  }
  [[nodiscard]] bool has_way(const std::string& link, PortNo in, PortNo out) const {
    return shortcuts.find(link) == Shortcuts::Way{in, out};
  }
  // Frames that came from the node, and that went to it.
  void count(const Endpoint& end, std::uint64_t from, std::uint64_t to) {
    stats[end] = {
        .rx_packets = from, .rx_bytes = from * 100, .tx_packets = to, .tx_bytes = to * 100};
  }

  const Endpoint a{"a", "eth0"}, b{"b", "eth0"}, g1{"out", "g1"}, g2{"out", "g2"};
  Topology lab;
  Shortcuts::Spliced spliced{{g1, g2}, {g2, g1}};
  std::map<Endpoint, PortNo> numbers;
  std::map<Endpoint, netem::DeviceStats> stats;
  const Shortcuts::StatsOf stats_of = [this](const Endpoint& end) { return stats[end]; };
  Shortcuts shortcuts;
};

TEST_F(ShortcutsTest, EachLinkLeadsToTheOthersEnd) {
  EXPECT_EQ(update(), (Names{"left", "right"}));
  EXPECT_TRUE(has_way("left", PortNo{1}, PortNo{2}));
  EXPECT_TRUE(has_way("right", PortNo{2}, PortNo{1}));
  EXPECT_EQ(update(), Names{});
}

TEST_F(ShortcutsTest, NoneWhereAnythingIsDoneToFrames) {
  update();
  lab.links["left"].a_to_b.delay = std::chrono::milliseconds{1};
  EXPECT_EQ(update(), (Names{"left", "right"}));
  EXPECT_FALSE(shortcuts.find("left"));
  lab.links["left"].a_to_b = {};
  EXPECT_EQ(update(), (Names{"left", "right"}));
  lab.links["right"].up = false;
  EXPECT_EQ(update(), (Names{"left", "right"}));
  EXPECT_FALSE(shortcuts.find("right"));
}

TEST_F(ShortcutsTest, NoneWithoutASecondLinkOrASpliceOrAPort) {
  lab.links.erase("right");
  EXPECT_EQ(update(), Names{});
  lab.links["right"] = {.a = g2, .b = b};
  numbers.erase(b);
  EXPECT_EQ(update(), Names{});
  numbers[b] = PortNo{2};
  spliced.clear();
  EXPECT_EQ(update(), Names{});
}

TEST_F(ShortcutsTest, TwoGatewaysOnOneLinkHaveNone) {
  lab.links.erase("right");
  lab.links["left"] = {.a = g2, .b = g1};
  EXPECT_EQ(update(), Names{});
}

TEST_F(ShortcutsTest, APortMadeAnewIsLedToAnew) {
  update();
  numbers[b] = PortNo{9};
  EXPECT_EQ(update(), (Names{"left", "right"}));
  EXPECT_TRUE(has_way("left", PortNo{1}, PortNo{9}));
}

TEST_F(ShortcutsTest, WhatPassesByIsCountedThroughEveryChange) {
  count(a, 10, 5);
  update();
  count(a, 30, 6);
  EXPECT_EQ(shortcuts.passed_by(g1, stats_of).tx_packets, 20U);
  EXPECT_EQ(shortcuts.passed_by(g1, stats_of).tx_bytes, 2000U);
  EXPECT_EQ(shortcuts.passed_by(g1, stats_of).rx_packets, 1U);
  lab.links["left"].a_to_b.delay = std::chrono::milliseconds{1};
  update();
  count(a, 40, 9);  // these pass the gateway
  EXPECT_EQ(shortcuts.passed_by(g1, stats_of).tx_packets, 20U);
  lab.links["left"].a_to_b = {};
  update();
  count(a, 41, 9);
  EXPECT_EQ(shortcuts.passed_by(g1, stats_of).tx_packets, 21U);
  count(a, 2, 1);  // the device was made anew
  EXPECT_EQ(shortcuts.passed_by(g1, stats_of).tx_packets, 20U);
}

}  // namespace
}  // namespace linkfab::fabric
