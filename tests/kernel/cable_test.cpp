#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

// Two links that nobody touches but the tests, and between c and d one that must not notice.
constexpr const char* cables = R"({
  "name": "cables",
  "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24", "eth1": []}},
            "b": {"interfaces": {"eth0": "10.1.0.2/24"}},
            "c": {"interfaces": {"eth0": "10.2.0.1/24", "eth1": "10.1.0.3/24"}},
            "d": {"interfaces": {"eth0": "10.2.0.2/24"}}},
  "links": [{"ends": ["a:eth0", "b:eth0"], "name": "a--b"},
            {"ends": ["c:eth0", "d:eth0"], "name": "c--d"}]})";

class Cable : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (IsSkipped()) return;
    ok(up(cables));
    steady_ = std::make_unique<SteadyPing>("c", "10.2.0.2");
  }
  void TearDown() override {
    if (steady_) {
      const auto [sent, lost] = steady_->stop();
      EXPECT_GT(sent, 0);
      EXPECT_EQ(lost, 0) << "of " << sent << " on a link that was not touched";
    }
    KeptLabTest::TearDown();
  }

 private:
  std::unique_ptr<SteadyPing> steady_;
};

TEST_F(Cable, ACutTakesTheCarrierOfBothEndsAndRestoreBringsItBack) {
  ASSERT_TRUE(pings("a", "10.1.0.2"));
  ok("cut a--b");
  EXPECT_FALSE(carrier("a", "eth0"));
  EXPECT_FALSE(carrier("b", "eth0"));
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  EXPECT_EQ(link("a--b")["state"].asString(), "cut");
  ok("restore a--b");
  EXPECT_TRUE(eventually([] { return carrier("a", "eth0") && carrier("b", "eth0"); }));
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  EXPECT_EQ(link("a--b")["state"].asString(), "up");
}

TEST_F(Cable, AnEndThatItsNodeSetsDownIsSeenAtTheOther) {
  output_of(inside("a", "ip link set eth0 down"));
  EXPECT_TRUE(eventually([] { return !carrier("b", "eth0"); }));
  output_of(inside("b", "ip link set eth0 down"));
  output_of(inside("a", "ip link set eth0 up"));
  EXPECT_TRUE(eventually([] { return !carrier("a", "eth0"); }));
  output_of(inside("b", "ip link set eth0 up"));
  EXPECT_TRUE(eventually([] { return carrier("a", "eth0") && carrier("b", "eth0"); }));
  EXPECT_TRUE(pings("a", "10.1.0.2"));
}

TEST_F(Cable, ACutKeepsTheImpairment) {
  ok("set a--b delay=10ms");
  ok("cut a--b");
  ok("restore a--b");
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
}

TEST_F(Cable, ADisconnectedLinkIsGoneAndItsInterfacesStay) {
  ok("disconnect a--b");
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  EXPECT_FALSE(carrier("a", "eth0"));
  EXPECT_TRUE(contains(output_of(inside("a", "ip -o address show eth0")), "10.1.0.1/24"));
  EXPECT_EQ(json("links --no-stats")["links"].size(), 1U);
}

TEST_F(Cable, AConnectionIsMadeInARunningLab) {
  ok("disconnect a--b");
  ok("connect a:eth0 c:eth1 delay=5ms --name new");
  EXPECT_TRUE(pings("a", "10.1.0.3", 2));
  EXPECT_GE(round_trip("a", "10.1.0.3", 3), 10.0);
  EXPECT_EQ(link("new")["ends"][0]["impairment_toward"].asString(), "delay=5ms");
}

TEST_F(Cable, AnInterfaceThatIsNotThereIsMade) {
  ok("connect a:eth7 b:eth7");
  EXPECT_TRUE(carrier("a", "eth7"));
  EXPECT_TRUE(carrier("b", "eth7"));
  EXPECT_EQ(link("a:eth7--b:eth7")["state"].asString(), "up");
}

TEST_F(Cable, AMovedEndTakesTheCableAlong) {
  ok("set a--b delay=5ms");
  ok("move b:eth0 c:eth1");
  EXPECT_TRUE(pings("a", "10.1.0.3"));
  EXPECT_GE(round_trip("a", "10.1.0.3", 3), 10.0);
  EXPECT_FALSE(carrier("b", "eth0"));
  EXPECT_FALSE(pings("a", "10.1.0.2"));
}

TEST_F(Cable, StrangeFramesPassALink) {
  const FrameSocket a(netns("a"), "eth0");
  const FrameSocket b(netns("b"), "eth0");
  for (const auto& [name, frame] : strange_frames()) {
    a.send(frame);
    EXPECT_TRUE(b.receives(frame, std::chrono::seconds{1})) << name;
  }
}

}  // namespace
}  // namespace linkfab::test
