#include <csignal>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

class Segment : public KeptLabTest {
 protected:
  // Four nodes, h1 to h4, on a segment "lan".
  void start(const std::string& kind) {
    std::string nodes;
    std::string members;
    for (int i = 1; i <= 4; ++i) {
      nodes += fmt::format(R"({}"h{}": {{"interfaces": {{"eth0": {{"addresses": "10.3.0.{}/24",
                               "mac": "02:00:00:00:03:0{}"}}}}}})",
                           i == 1 ? "" : ",", i, i, i);
      members += fmt::format(R"({}"h{}:eth0")", i == 1 ? "" : ",", i);
    }
    ok(up(fmt::format(R"({{"name": "lan", "nodes": {{{}}},
                          "segments": {{"lan": {{"kind": "{}", "interfaces": [{}]}}}}}})",
                      nodes, kind, members)));
  }

  void expect_all_reach_all() {
    std::vector<bool> reached;
    for (int i = 1; i <= 4; ++i)
      for (int j = 1; j <= 4; ++j)
        if (i != j) reached.emplace_back(pings(fmt::format("h{}", i), fmt::format("10.3.0.{}", j)));
    EXPECT_EQ(reached, std::vector<bool>(12, true));
  }

  // How many of the echo requests from h1 to h2 does h3 see?
  int seen_by_a_third() {
    Background sniffer(inside("h3", "tcpdump -n -l -i eth0 icmp"), file("sniffed"));
    const auto sniffed = [this] { return run("cat " + file("sniffed")).out; };
    EXPECT_TRUE(eventually([&] { return contains(sniffed(), "listening on"); }));
    EXPECT_TRUE(pings("h1", "10.3.0.2", 10));
    (void)eventually([&] { return contains(sniffed(), "seq 10"); }, std::chrono::milliseconds{500});
    sniffer.signal(SIGINT);
    sniffer.wait();
    int count = 0;
    for (const auto& line : lines_of(sniffed())) count += contains(line, "echo request") ? 1 : 0;
    return count;
  }

  void expect_strange_frames_pass() {
    const FrameSocket sender(netns("h1"), "eth0");
    const FrameSocket second(netns("h2"), "eth0");
    const FrameSocket third(netns("h3"), "eth0");
    for (const auto& [name, frame] : strange_frames()) {
      sender.send(frame);
      EXPECT_TRUE(second.receives(frame, std::chrono::seconds{1})) << name;
      EXPECT_TRUE(third.receives(frame, std::chrono::seconds{1})) << name;
    }
  }
};

TEST_F(Segment, AllOfASwitchReachAll) {
  start("switch");
  expect_all_reach_all();
}

TEST_F(Segment, AllOfAHubReachAll) {
  start("hub");
  expect_all_reach_all();
}

TEST_F(Segment, ASwitchKeepsKnownUnicastToItself) {
  start("switch");
  ASSERT_TRUE(pings("h1", "10.3.0.2", 3));
  EXPECT_EQ(seen_by_a_third(), 0);
}

TEST_F(Segment, AHubRepeatsEverything) {
  start("hub");
  ASSERT_TRUE(pings("h1", "10.3.0.2", 3));
  EXPECT_EQ(seen_by_a_third(), 10);
}

TEST_F(Segment, StrangeFramesPassASwitch) {
  start("switch");
  expect_strange_frames_pass();
}

TEST_F(Segment, StrangeFramesPassAHub) {
  start("hub");
  expect_strange_frames_pass();
}

TEST_F(Segment, AnImpairmentIsThatOfOneMember) {
  start("switch");
  ok("set lan --to h3:eth0 delay=20ms");
  ASSERT_TRUE(pings("h1", "10.3.0.3"));
  EXPECT_GE(round_trip("h1", "10.3.0.3", 3), 20.0);
  EXPECT_LT(round_trip("h1", "10.3.0.3", 3), 30.0);
  EXPECT_LT(round_trip("h1", "10.3.0.2", 3), 5.0);
}

TEST_F(Segment, ACutSwitchLeavesNobodyACarrier) {
  start("switch");
  ok("cut lan");
  for (const char* node : {"h1", "h2", "h3", "h4"}) EXPECT_FALSE(carrier(node, "eth0")) << node;
  ok("restore lan");
  EXPECT_TRUE(pings("h1", "10.3.0.4"));
}

TEST_F(Segment, AMacThatMovesIsFoundAtItsNewPlace) {
  start("switch");
  ASSERT_TRUE(pings("h1", "10.3.0.2"));
  // h3 takes over the addresses of h2.
  ok("stop h2");
  output_of(inside("h3", "ip link set eth0 address 02:00:00:00:03:02"));
  output_of(inside("h3", "ip address add 10.3.0.2/24 dev eth0"));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.3.0.2"); }));
}

}  // namespace
}  // namespace linkfab::test
