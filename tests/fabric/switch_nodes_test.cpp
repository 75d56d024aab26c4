#include "fabric/switch_nodes.hpp"

#include <gmock/gmock.h>

#include "tests/fabric/desired_of.hpp"
#include "tests/fabric/switch_fixture.hpp"

namespace linkfab::fabric {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

class SwitchNodesTest : public WithSwitch {
 protected:
  void SetUp() override {
    WithSwitch::SetUp();
    if (!switch_) return;
    vswitch_.emplace(context_.get_executor(),
                     VswitchOptions{.remote = "unix:" + switch_->database(),
                                    .instance = "linkfab",
                                    .bridge = "fabric",
                                    .datapath_type = "dummy"});
    vswitch_->on_switch_gone([this](const std::string& node) { gone_.insert(node); });
    vswitch_->start();
    const auto connected = run(vswitch_->wait_connected(10s));
    ASSERT_TRUE(connected) << format(connected.error());
    ASSERT_TRUE(run(vswitch_->prepare()));
    nodes_.emplace(*vswitch_);
  }

  static Node switch_node(const std::string& settings,
                          const std::vector<std::string>& interfaces = {"eth1", "eth2"}) {
    Node node{.kind = NodeKind::bridge, .switch_settings = settings};
    for (const auto& name : interfaces) node.interfaces[name];
    return node;
  }
  void step(const std::map<std::string, Node>& nodes, const std::set<std::string>& also = {}) {
    const auto desired = Dump({.nodes = nodes}).desired();
    auto names = also;
    for (const auto& [name, node] : nodes) names.insert(name);
    run(step_of(desired, names));
  }
  boost::asio::awaitable<bool> step_of(const Desired& desired, std::set<std::string> names) {
    const std::set<Endpoint> none;
    co_await nodes_->step(desired, names, none);
    co_return true;
  }
  // There are no devices behind the ports here: what Open vSwitch says of that is not the subject.
  std::string error(const std::string& node) {
    const auto* said = nodes_->error(node);
    return said == nullptr || said->attempt.starts_with("attach port") ? "" : format(*said);
  }
  std::string get(const std::string& table, const std::string& row, const std::string& column) {
    auto text = switch_->vsctl({"get", table, row, column});
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }

  std::optional<Vswitch> vswitch_;
  std::optional<SwitchNodes> nodes_;
  std::set<std::string> gone_;
};

TEST_F(SwitchNodesTest, ABridgeHasItsPortsUnderTheirNumbersAndItsDefaults) {
  step({{"s1", switch_node("")}});
  EXPECT_EQ(error("s1"), "");
  EXPECT_EQ(get("Bridge", "s1", "fail_mode"), "standalone");
  EXPECT_EQ(get("Bridge", "s1", "other_config"),
            R"({datapath-id="0000000000000001", disable-in-band="true"})");
  EXPECT_EQ(get("Interface", "s1-eth2", "ofport_request"), "2");
  const auto before = configuration();
  step({{"s1", switch_node("")}});
  EXPECT_EQ(configuration(), before);
}

TEST_F(SwitchNodesTest, RowsOfOtherTablesAreMadeWithTheirReferences) {
  step({{"s1", switch_node(R"({"controller": ["tcp:127.0.0.1:1", {"target": "ptcp:0:127.0.0.1",
                               "max_backoff": 2000}],
      "netflow": {"targets": ["127.0.0.1:2055"], "active_timeout": 30},
      "sflow": {"targets": "127.0.0.1:6343", "sampling": 64},
      "ipfix": {"targets": ["127.0.0.1:4739"]},
      "flow_tables": {"1": {"flow_limit": 10, "overflow_policy": "evict"}},
      "mirrors": [{"name": "m", "select_src_port": ["eth1"], "output_port": "eth2"}],
      "ports": {"eth1": {"qos": {"type": "linux-htb", "other_config": {"max-rate": 1000000},
                                 "queues": {"0": {"other_config": {"min-rate": "1000"}}}}}}})")}});
  EXPECT_EQ(error("s1"), "");
  EXPECT_EQ(get("Bridge", "s1", "fail_mode"), "secure");
  EXPECT_THAT(switch_->vsctl({"--columns=target,max_backoff", "list", "Controller"}),
              HasSubstr("2000"));
  EXPECT_THAT(switch_->vsctl({"list", "NetFlow"}), HasSubstr("127.0.0.1:2055"));
  EXPECT_THAT(switch_->vsctl({"list", "Flow_Table"}), HasSubstr("evict"));
  EXPECT_THAT(get("Mirror", "m", "select_src_port"), HasSubstr(get("Port", "s1-eth1", "_uuid")));
  EXPECT_EQ(get("QoS", get("Port", "s1-eth1", "qos"), "other_config"), R"({max-rate="1000000"})");
  EXPECT_THAT(switch_->vsctl({"list", "Queue"}), HasSubstr("min-rate"));

  step({{"s1", switch_node("")}});
  EXPECT_EQ(error("s1"), "");
  EXPECT_EQ(get("Bridge", "s1", "controller"), "[]");
  EXPECT_EQ(get("Bridge", "s1", "fail_mode"), "standalone");
  EXPECT_THAT(switch_->vsctl({"list", "Mirror"}), IsEmpty());
  EXPECT_THAT(switch_->vsctl({"list", "Queue"}), IsEmpty());
  EXPECT_THAT(switch_->vsctl({"--columns=type", "list", "QoS"}), Not(HasSubstr("htb")));
}

TEST_F(SwitchNodesTest, EachValueIsCheckedAgainstItsType) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {R"({"protocols": ["OpenFlow99"]})", "nodes.s1.protocols[0]: 'OpenFlow99' is none of"},
      {R"({"stp_enable": "yes"})", R"(nodes.s1.stp_enable: true or false is needed, not "yes")"},
      {R"({"fail_mode": ["secure", "standalone"]})", "nodes.s1.fail_mode: at most 1 can be given"},
      {R"({"failmode": "secure"})",
       "no such column of the table Bridge; did you mean 'fail_mode'?"},
      {R"({"datapath_id": "1"})", "nodes.s1.datapath_id: Open vSwitch reports it"},
      {R"({"controller": [{"target": "tcp:127.0.0.1", "max_backoff": 10}]})",
       "nodes.s1.controller[0].max_backoff: 10 is not between 1000 and -"},
      {R"({"mirrors": [{"name": "m", "output_port": "eth9"}]})",
       "nodes.s1.mirrors[0].output_port: an interface of the switch is needed, one of eth1, eth2"},
      {R"({"ports": {"eth1": {"tag": 4096}}})",
       "nodes.s1.ports.eth1.tag: 4096 is not between 0 and 4095"},
      {R"({"ports": {"eth1": {"interface": {"ingress_policing_rate": -1}}}})",
       "nodes.s1.ports.eth1.interface.ingress_policing_rate: -1 is not"},
      {R"({"other_config": ["x"]})", "nodes.s1.other_config: an object is needed"},
      {R"({"netflow": 7})", "nodes.s1.netflow: an object with columns of the table NetFlow"}};
  for (const auto& [settings, said] : wrong) {
    step({{"s1", switch_node(settings)}, {"s2", switch_node("")}});
    EXPECT_THAT(error("s1"), HasSubstr(said));
    EXPECT_EQ(error("s2"), "");
    EXPECT_THAT(switch_->vsctl({"list-br"}), Not(HasSubstr("s1")));
  }
}

TEST_F(SwitchNodesTest, WhatTheDatabaseRefusesFailsAlone) {
  step({{"s1", switch_node(R"({"netflow": {"active_timeout": 1}})")}, {"s2", switch_node("")}});
  EXPECT_THAT(switch_->vsctl({"list-br"}), HasSubstr("s2"));
}

TEST_F(SwitchNodesTest, APortIsAddedWithoutTouchingWhatWasDoneByHand) {
  step({{"s1", switch_node("")}});
  switch_->vsctl({"set", "Bridge", "s1", "stp_enable=true", "--", "add-port", "s1", "mine", "--",
                  "set", "Interface", "mine", "type=dummy"});
  step({{"s1", switch_node("", {"eth1", "eth3"})}});
  EXPECT_EQ(get("Bridge", "s1", "stp_enable"), "true");
  EXPECT_THAT(switch_->vsctl({"list-ports", "s1"}), HasSubstr("s1-eth3"));
  EXPECT_THAT(switch_->vsctl({"list-ports", "s1"}), HasSubstr("mine"));
  EXPECT_THAT(switch_->vsctl({"list-ports", "s1"}), Not(HasSubstr("s1-eth2")));
}

TEST_F(SwitchNodesTest, ADeletedBridgeIsToldAndMadeAgain) {
  step({{"s1", switch_node("")}});
  switch_->vsctl({"del-br", "s1"});
  EXPECT_TRUE(run_until([&] { return gone_.contains("s1"); }));
  step({{"s1", switch_node("")}});
  EXPECT_THAT(switch_->vsctl({"list-ports", "s1"}), HasSubstr("s1-eth1"));
}

TEST_F(SwitchNodesTest, AForeignBridgeOfThatNameIsLeftAlone) {
  switch_->add_bridge("s1", {"p1"});
  const auto before = configuration();
  step({{"s1", switch_node("")}});
  EXPECT_THAT(error("s1"), HasSubstr("Open vSwitch has a bridge s1 already"));
  EXPECT_EQ(configuration(), before);
}

TEST_F(SwitchNodesTest, StoppedOrUnwantedItIsGoneWithAllItsRows) {
  const auto before = configuration();
  const auto node =
      switch_node(R"({"ports": {"eth1": {"qos": {"type": "linux-htb", "queues": {"1": {}}}}}})");
  step({{"s1", node}, {"s2", node}});
  auto stopped = node;
  stopped.state = NodeState::stopped;
  step({{"s1", stopped}}, {"s2"});
  EXPECT_EQ(configuration(), before);
  EXPECT_THAT(nodes_->found(), IsEmpty());
}

TEST_F(SwitchNodesTest, RemovingTheFabricTakesItsSwitchesAlong) {
  step({{"s1", switch_node(R"({"ports": {"eth1": {"qos": {"type": "linux-htb"}}}})")}});
  ASSERT_TRUE(run(vswitch_->remove_all()));
  EXPECT_THAT(switch_->vsctl({"list-br"}), IsEmpty());
  EXPECT_THAT(switch_->vsctl({"list", "QoS"}), IsEmpty());
}

TEST_F(SwitchNodesTest, WithAManagementNodeItConnectsToASocketOfOpenVSwitchs) {
  step({{"s1", switch_node(R"({"controller": ["tcp:10.9.0.1:6653"], "management": "m1"})")}});
  EXPECT_EQ(error("s1"), "");
  EXPECT_THAT(switch_->vsctl({"get-controller", "s1"}), HasSubstr("unix:s1.control0"));
  step({{"s1", switch_node(R"({"controller": ["tcp:10.9.0.1:6653"]})")}});
  EXPECT_THAT(switch_->vsctl({"get-controller", "s1"}), HasSubstr("tcp:10.9.0.1:6653"));
}

}  // namespace
}  // namespace linkfab::fabric
