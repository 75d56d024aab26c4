#include <csignal>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

// Two hosts on a switch node, and beside it a link that must not notice.
std::string lab(const std::string& settings) {
  return fmt::format(R"({{
    "name": "sdn",
    "nodes": {{"h1": {{"interfaces": {{"eth0": "10.0.0.1/8"}}}},
              "h2": {{"interfaces": {{"eth0": "10.0.0.2/8"}}}},
              "c": {{"interfaces": {{"eth0": "10.2.0.1/24"}}}},
              "d": {{"interfaces": {{"eth0": "10.2.0.2/24"}}}},
              "s1": {{"kind": "switch"{}}}}},
    "links": [["h1:eth0", "s1:eth1"], ["h2:eth0", "s1:eth2"], ["c:eth0", "d:eth0"]]}})",
                     settings.empty() ? "" : ", " + settings);
}

class Switch : public KeptLabTest {
 protected:
  void TearDown() override {
    if (steady_) {
      const auto [sent, lost] = steady_->stop();
      EXPECT_GT(sent, 0);
      EXPECT_EQ(lost, 0) << "of " << sent << " on a link that was not touched";
    }
    if (!fabric_before_.empty()) {
      EXPECT_EQ(fabric_flows(), fabric_before_);
    }
    KeptLabTest::TearDown();
  }

  void start(const std::string& settings) {
    ok(up(lab(settings)));
    steady_ = std::make_unique<SteadyPing>("c", "10.2.0.2");
    fabric_before_ = fabric_flows();
  }
  // By ovs-ofctl: the second opinion.
  static std::string on_switch(const std::string& command, const std::string& more = {}) {
    return output_of("ovs-ofctl -O OpenFlow13 " + command + " unix:" + switch_dir() + "/s1.mgmt " +
                     more);
  }
  static std::string fabric_flows() { return ofctl("--no-stats dump-flows"); }
  static bool is_connected() {
    return contains(vsctl("--columns=is_connected list controller"), "true");
  }
  [[nodiscard]] std::string controller(const std::string& more = {}) const {
    return "ovs-testcontroller -vconsole:off --unixctl=" + file("ctl") + " " + more +
           " ptcp:6653:127.0.0.1";
  }

  std::unique_ptr<SteadyPing> steady_;
  std::string fabric_before_;
};

TEST_F(Switch, WithoutAControllerItLearns) {
  start("");
  EXPECT_TRUE(pings("h1", "10.0.0.2", 3));
  EXPECT_EQ(vsctl("get bridge s1 fail_mode"), "standalone");
  EXPECT_EQ(vsctl("get bridge s1 datapath_id"), "\"0000000000000001\"");
  EXPECT_EQ(vsctl("get interface s1-eth1 ofport"), "1");
  EXPECT_EQ(vsctl("get interface s1-eth2 ofport"), "2");
  EXPECT_TRUE(contains(on_switch("dump-flows"), "actions=NORMAL"));
  EXPECT_EQ(node("s1")["kind"].asString(), "switch");
  EXPECT_EQ(node("s1")["state"].asString(), "running");
}

TEST_F(Switch, ItsLinksAreShapedCutAndRestored) {
  start("");
  ok("set h1--s1 delay=10ms");
  EXPECT_GE(round_trip("h1", "10.0.0.2", 3), 20.0);
  ok("set h1--s1 --from s1 delay=30ms");
  EXPECT_GE(round_trip("h1", "10.0.0.2", 3), 40.0);
  ok("cut s1--h2");
  EXPECT_FALSE(pings("h1", "10.0.0.2"));
  EXPECT_FALSE(carrier("h2", "eth0"));
  EXPECT_TRUE(eventually([] {
    return contains(vsctl("get interface s1-eth2 link_state"), "down");
  })) << "the switch does not see that the cable is pulled";
  ok("restore s1--h2");
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
}

TEST_F(Switch, LostFramesAreCountedOneByOne) {
  start("");
  ok("set s1--h2 --from s1 loss=100%");
  EXPECT_FALSE(pings("h1", "10.0.0.2"));
  ok("set s1--h2 loss=none");
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
}

TEST_F(Switch, StoppedItsLinksLoseTheCarrierAndItsFlowsAreForgotten) {
  start("");
  on_switch("add-flow", "priority=7,dl_type=0x88b5,actions=drop");
  ok("stop s1");
  EXPECT_FALSE(carrier("h1", "eth0"));
  EXPECT_FALSE(contains(vsctl("list-br"), "s1"));
  EXPECT_EQ(node("s1")["state"].asString(), "stopped");
  ok("start s1");
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
  EXPECT_FALSE(contains(on_switch("dump-flows"), "priority=7"));
}

TEST_F(Switch, ARestartForgetsItsFlowsToo) {
  start("");
  on_switch("add-flow", "priority=7,dl_type=0x88b5,actions=drop");
  ok("restart s1");
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
  EXPECT_FALSE(contains(on_switch("dump-flows"), "priority=7"));
}

TEST_F(Switch, ItIsMadeAgainWhenSomebodyDeletesIt) {
  start("");
  vsctl("del-br s1");
  EXPECT_TRUE(eventually([] { return contains(run("ip link show s1").out, "s1"); }));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
  vsctl("del-port s1 s1-eth1");
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
  EXPECT_EQ(vsctl("get interface s1-eth1 ofport"), "1");
}

TEST_F(Switch, ADeletedDeviceComesBackUnderItsNumber) {
  start("");
  ok(run("ip link delete s1-eth2"));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
  EXPECT_EQ(vsctl("get interface s1-eth2 ofport"), "2");
}

TEST_F(Switch, FlowsOfTheExperimenterSurviveTheAgent) {
  start(R"("fail_mode": "secure")");
  EXPECT_FALSE(pings("h1", "10.0.0.2"));
  on_switch("add-flow", "in_port=1,actions=output:2");
  on_switch("add-flow", "in_port=2,actions=output:1");
  EXPECT_TRUE(pings("h1", "10.0.0.2"));
  const auto bridge = vsctl("get bridge s1 _uuid");
  SteadyPing steady("h1", "10.0.0.2");
  ok(run(fmt::format("kill -9 {}", agent())));
  ok(up(lab(R"("fail_mode": "secure")")));
  const auto [sent, lost] = steady.stop();
  EXPECT_GT(sent, 0);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(vsctl("get bridge s1 _uuid"), bridge);
}

TEST_F(Switch, ItLearnsAgainWhenOvsVswitchdIsBack) {
  start("");
  if (!private_switch()) GTEST_SKIP() << "the system's Open vSwitch is not ours to kill";
  ok(run("kill -9 $(pgrep -o -x ovs-vswitchd)"));
  EXPECT_TRUE(eventually([] { return contains(vsctl("list-br"), "s1"); }));
  EXPECT_TRUE(eventually(
      [] {
        return run("ovs-ofctl dump-flows unix:" + switch_dir() + "/s1.mgmt").status == 0 &&
               pings("h1", "10.0.0.2");
      },
      std::chrono::seconds{60}));
  EXPECT_EQ(vsctl("get interface s1-eth1 ofport"), "1");
}

TEST_F(Switch, WhatIsChangedByHandStaysUntilTheSettingsChange) {
  start("");
  vsctl("set bridge s1 other_config:mac-table-size=77");
  ok("set h1--s1 delay=1ms");
  EXPECT_TRUE(contains(vsctl("get bridge s1 other_config"), "77"));
  ok(up(lab(R"("stp": true, "ports": {"eth1": {"tag": 10}, "eth2": {"tag": 20}})")));
  EXPECT_FALSE(contains(vsctl("get bridge s1 other_config"), "77"));
  EXPECT_EQ(vsctl("get bridge s1 stp_enable"), "true");
  EXPECT_EQ(vsctl("get port s1-eth1 tag"), "10");
  ok(up(lab(R"("ports": {"eth1": {"tag": 10}, "eth2": {"tag": 20}})")));
  EXPECT_EQ(vsctl("get bridge s1 stp_enable"), "false");
  EXPECT_FALSE(pings("h1", "10.0.0.2")) << "they are in different VLANs";
  ok(up(lab("")));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
}

TEST_F(Switch, WrongSettingsAreToldAtTheirPlaceAndHurtNobodyElse) {
  const auto failed = up(lab(R"("protocols": ["OpenFlow99"], "ports": {"eth1": {"tag": 4096}})"));
  fails_with(failed, "nodes.s1.ports.eth1.tag: 4096 is not between 0 and 4095");
  EXPECT_TRUE(pings("c", "10.2.0.2"));
  fails_with(up(lab(R"("protocol": ["OpenFlow13"])")), "nodes.s1.protocol: Open vSwitch");
  ok(up(lab(R"("protocols": ["OpenFlow13"])")));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
}

TEST_F(Switch, AMovedLinkGoesOn) {
  start("");
  ok("connect c:eth1 s1:eth3");
  EXPECT_EQ(vsctl("get interface s1-eth3 ofport"), "3");
  ok("exec c -- ip address add 10.0.0.3/8 dev eth1");
  EXPECT_TRUE(eventually([] { return pings("c", "10.0.0.2"); }));
  ok("disconnect c:eth1--s1:eth3");
  EXPECT_FALSE(pings("c", "10.0.0.2"));
  fabric_before_.clear();
}

TEST_F(Switch, AControllerSaysHowFramesGo) {
  start(R"("controllers": ["tcp:127.0.0.1:6653"])");
  EXPECT_EQ(vsctl("get bridge s1 fail_mode"), "secure");
  EXPECT_FALSE(pings("h1", "10.0.0.2")) << "nobody has told the switch what to do";
  {
    const Background controls(controller());
    EXPECT_TRUE(eventually(is_connected));
    EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
    EXPECT_EQ(vsctl("get bridge linkfab controller"), "[]");
  }
  EXPECT_TRUE(eventually([] { return !is_connected(); }));
  const Background again(controller());
  EXPECT_TRUE(eventually(is_connected));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }));
}

TEST_F(Switch, StandaloneItGoesOnWithoutItsController) {
  start(R"("controllers": ["tcp:127.0.0.1:6653"], "fail_mode": "standalone")");
  EXPECT_TRUE(eventually([] { return pings("h1", "10.0.0.2"); }, std::chrono::seconds{60}));
}

TEST_F(Switch, AStormOfFlowsLeavesOthersAlone) {
  start(R"("fail_mode": "secure")");
  output_of("seq 1 2000 | sed 's/.*/priority=9,udp,nw_dst=10.1.0.1,tp_dst=&,actions=output:2/' > " +
            file("flows"));
  on_switch("add-flows", file("flows"));
  on_switch("del-flows");
}

}  // namespace
}  // namespace linkfab::test
