#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

class Set : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (!IsSkipped()) ok(up(pair));
  }

  // What tc says of the frames toward an end.
  std::string toward(const std::string& node) { return qdisc(device(node, "eth0")); }

  // Are super-frames of a node's interface switched on?
  static bool segmentation(const std::string& node) {
    return contains(output_of(inside(node, "ethtool -k eth0 | grep tcp-segmentation-offload")),
                    "offload: on");
  }
};

TEST_F(Set, ADelayIsThatOfBothDirections) {
  ok("set a--b delay=20ms");
  const auto time = round_trip("a", "10.1.0.2");
  EXPECT_GE(time, 40.0);
  EXPECT_LE(time, 50.0);
}

TEST_F(Set, FromANodeIsOneDirectionOnly) {
  ok("set a--b --from a delay=20ms");
  EXPECT_TRUE(contains(toward("b"), "delay 20ms")) << toward("b");
  EXPECT_FALSE(contains(toward("a"), "delay")) << toward("a");
  const auto time = round_trip("a", "10.1.0.2");
  EXPECT_GE(time, 20.0);
  EXPECT_LE(time, 30.0);
}

TEST_F(Set, ToANodeIsTheOtherDirection) {
  ok("set a--b --to a delay=20ms");
  EXPECT_TRUE(contains(toward("a"), "delay 20ms")) << toward("a");
  EXPECT_FALSE(contains(toward("b"), "delay")) << toward("b");
}

TEST_F(Set, WhatIsNotNamedKeepsItsValue) {
  ok("set a--b delay=20ms jitter=2ms loss=1%");
  ok("set a--b loss=none");
  EXPECT_TRUE(contains(toward("b"), "delay 20ms  2ms")) << toward("b");
  EXPECT_FALSE(contains(toward("b"), "loss")) << toward("b");
  ok("set a--b --from b delay=30ms");
  EXPECT_TRUE(contains(toward("a"), "delay 30ms  2ms")) << toward("a");
  EXPECT_TRUE(contains(toward("b"), "delay 20ms  2ms")) << toward("b");
}

TEST_F(Set, AQdiscIsChangedInItsPlace) {
  ok("set a--b delay=20ms");
  const auto before = toward("b");
  ok("set a--b delay=30ms");
  const auto after = toward("b");
  EXPECT_EQ(after.substr(0, after.find("root")), before.substr(0, before.find("root")));
}

TEST_F(Set, TheRateIsThatOfTheWire) {
  ok("set a--b --from a rate=8mbit");
  Background sink(inside("b", "iperf3 -s -1"));
  ASSERT_TRUE(eventually([] { return contains(output_of(inside("b", "ss -ltn")), ":5201"); }));
  const auto sent =
      output_of(inside("a", "iperf3 -c 10.1.0.2 -t 2 -J | jq .end.sum_received.bits_per_second"));
  // Of each 1514 bytes 1448 are counted.
  const double share = std::stod(sent) / 8e6;
  EXPECT_GT(share, 0.80) << sent;
  EXPECT_LT(share, 1448.0 / 1514 + 0.03) << sent;
  sink.wait();
}

TEST_F(Set, ALossOfEverythingLosesEverything) {
  ok("set a--b --from a loss=100%");
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  ok("set a--b loss=0%");
  EXPECT_TRUE(pings("a", "10.1.0.2", 3));
}

TEST_F(Set, LostFramesAreCounted) {
  ok("set a--b --from a loss=100%");
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  const auto end = json("links a--b")["links"][0]["ends"][1];
  EXPECT_GE(end["statistics"]["qdisc_drops"].asInt(), 1);
}

TEST_F(Set, NoneIsAPerfectCableAgain) {
  ok("set a--b delay=50ms jitter=5ms loss=5% rate=1mbit duplicate=3% corrupt=2%");
  ok("set a--b none");
  EXPECT_LT(round_trip("a", "10.1.0.2"), 5.0);
  for (const char* node : {"a", "b"})
    for (const char* word : {"delay", "loss", "rate", "duplicate", "corrupt"})
      EXPECT_FALSE(contains(toward(node), word)) << toward(node);
}

TEST_F(Set, ASenderHasNoSuperFramesWhereFramesCount) {
  EXPECT_TRUE(segmentation("a"));
  ok("set a--b --from a loss=1%");
  EXPECT_FALSE(segmentation("a"));
  EXPECT_TRUE(segmentation("b"));
  ok("set a--b loss=none delay=10ms");
  EXPECT_TRUE(segmentation("a"));
  ok("set a--b rate=10mbit");
  EXPECT_FALSE(segmentation("a"));
  EXPECT_FALSE(segmentation("b"));
  ok("set a--b none");
  EXPECT_TRUE(segmentation("a"));
  EXPECT_TRUE(segmentation("b"));
}

int limit_of(const std::string& qdisc) {
  const auto place = qdisc.find("limit ");
  return place == std::string::npos ? 0 : std::atoi(qdisc.c_str() + place + 6);
}

TEST_F(Set, TheQueueIsLongEnoughForTheDelay) {
  ok("set a--b delay=1s");
  // 10 Gbit/s of full frames would be more than anybody sends here.
  EXPECT_GT(limit_of(toward("b")), 10'000) << toward("b");
  ok("set a--b limit=77");
  EXPECT_EQ(limit_of(toward("b")), 77) << toward("b");
  ok("set a--b limit=auto");
  EXPECT_GT(limit_of(toward("b")), 10'000) << toward("b");
}

TEST_F(Set, AFullQueueIsInNobodysWayOnceItsImpairmentIsGone) {
  ok("set a--b --from a delay=5s limit=4");
  (void)run(inside("a", "ping -q -n -i 0.01 -W 1 -c 10 10.1.0.2"));
  ok("set a--b none");
  EXPECT_TRUE(pings("a", "10.1.0.2"));
}

struct Options {
  const char* settings;
  std::vector<const char*> shown;
};

TEST_F(Set, EveryOptionArrivesInTheKernel) {
  const std::vector<Options> all{
      {"delay=20ms jitter=2ms delay-correlation=25% loss=3% loss-correlation=25% duplicate=4% "
       "duplicate-correlation=25% corrupt=5% corrupt-correlation=25% rate=10mbit "
       "packet-overhead=4 limit=55",
       {"delay 20ms  2ms 25%", "loss 3% 25%", "duplicate 4% 25%", "corrupt 5% 25%",
        "rate 10Mbit packetoverhead 4", "limit 55"}},
      {"delay=20ms loss=3% ecn=yes duplicate=4% corrupt=5% reorder=25% rate=10mbit",
       {"delay 20ms", "loss 3%", "ecn", "duplicate 4%", "corrupt 5%", "reorder 25%",
        "rate 10Mbit"}},
      {"delay=20ms jitter=2ms distribution=normal reorder=25% reorder-correlation=50% rate=10mbit "
       "overhead=-14",
       {"delay 20ms  2ms", "reorder 25% 50%", "rate 10Mbit packetoverhead -14"}},
      {"delay=20ms jitter=2ms distribution=pareto reorder=25% gap=5 rate=10mbit cell-size=48",
       {"delay 20ms  2ms", "gap 5", "cellsize 48"}},
      {"delay=20ms jitter=2ms distribution=paretonormal loss=state:1%,30%,20%,40%,2% rate=10mbit "
       "cell-size=48 cell-overhead=5",
       {"delay 20ms  2ms", "loss state p13 1% p31 30% p32 20% p23 40% p14 2%",
        "cellsize 48 celloverhead 5"}},
      {"delay=20ms jitter=2ms distribution=table distribution-table=-8192,0,8192 "
       "loss=gemodel:1%,10%,70%,0.1%",
       {"delay 20ms  2ms", "loss gemodel p 1% r 10% 1-h 70% 1-k 0.1%"}},
      // A range is said in bounds and as a distribution; tc prints the latter.
      {"slot=800us,1ms", {"slot distribution 900us 100us"}},
      {"slot=800us,1ms,packets=8", {"packets 8"}},
      {"slot=800us,1ms,packets=8,bytes=2000", {"packets 8", "bytes 2000"}},
      {"slot=normal:5ms,1ms", {"slot distribution 5ms 1ms"}},
  };
  for (const auto& [settings, shown] : all) {
    ok("set a--b none");
    ok("set a--b " + std::string(settings));
    for (const char* node : {"a", "b"}) {
      const auto installed = toward(node);
      for (const char* part : shown)
        EXPECT_TRUE(contains(installed, part)) << part << ": " << installed;
    }
    const auto end = link("a--b")["ends"][0]["impairment_toward"].asString();
    EXPECT_FALSE(end.empty()) << settings;
  }
}

TEST_F(Set, ASeedNeedsAKernelThatHasIt) {
  const auto set = linkfab("set a--b loss=1% seed=42");
  if (set.status == 0) {
    EXPECT_TRUE(contains(toward("b"), "seed 42")) << toward("b");
  } else {
    fails_with(set, "seed");
    fails_with(set, "a--b");
    ok("set a--b seed=none");
  }
}

}  // namespace
}  // namespace linkfab::test
