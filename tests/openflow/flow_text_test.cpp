// Flows that controllers write, as ovs-ofctl puts them on a switch, and how they read here.

#include "openflow/flow_text.hpp"

#include <algorithm>

#include <gmock/gmock.h>

#include "openflow/instruction.hpp"
#include "openflow/match.hpp"
#include "tests/openflow/switch_test.hpp"

namespace linkfab::openflow::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FlowTextTest : public SwitchTest {
 protected:
  // A flow's match and actions as they read.
  std::string read(const std::string& flow) {
    switch_->ofctl({"del-flows", "br0"});
    switch_->ofctl({"add-flow", "br0", flow});
    const auto found = run(session_.described_flows(
        [](PortNo port) { return port.value == 2 ? std::string("h2:eth0") : std::string{}; }));
    if (!found || found->size() != 1) return "not one flow";
    return found->front().match + " -> " + found->front().actions;
  }
};

TEST_F(FlowTextTest, PortsAreCalledByTheirNames) {
  EXPECT_EQ(read("in_port=2,actions=output:1,output:2"),
            "in_port=h2:eth0 -> output:1,output:h2:eth0");
  EXPECT_EQ(read("in_port=LOCAL,actions=IN_PORT,NORMAL,FLOOD,ALL,LOCAL"),
            "in_port=LOCAL -> IN_PORT,NORMAL,FLOOD,ALL,LOCAL");
  EXPECT_EQ(read("actions=CONTROLLER:128"), " -> CONTROLLER:128");
  EXPECT_EQ(read("actions=drop"), " -> drop");
}

TEST_F(FlowTextTest, FieldsReadAsOvsOfctlHasThem) {
  EXPECT_EQ(
      read("dl_src=02:00:00:00:00:01,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=drop"),
      "dl_src=02:00:00:00:00:01,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 -> drop");
  EXPECT_EQ(read("tcp,nw_src=10.0.0.0/8,nw_dst=10.0.0.2,tp_dst=80,actions=drop"),
            "dl_type=0x800,nw_src=10.0.0.0/8,nw_dst=10.0.0.2,nw_proto=6,tcp_dst=80 -> drop");
  EXPECT_EQ(read("arp,arp_tpa=10.0.0.2,arp_op=1,actions=drop"),
            "dl_type=0x806,arp_op=1,arp_tpa=10.0.0.2 -> drop");
  EXPECT_EQ(read("ipv6,ipv6_dst=2001:db8::1,actions=drop"),
            "dl_type=0x86dd,ipv6_dst=2001:db8:0:0:0:0:0:1 -> drop");
  EXPECT_EQ(read("dl_vlan=10,dl_vlan_pcp=3,actions=drop"), "dl_vlan=10,dl_vlan_pcp=3 -> drop");
  EXPECT_EQ(read("metadata=0x5/0xf,reg3=7,actions=drop"), "reg3=0x7,metadata=0x5/0xf -> drop");
}

TEST_F(FlowTextTest, ActionsAndInstructionsReadAsTheyAre) {
  EXPECT_EQ(
      read("ip,actions=push_vlan:0x8100,set_field:4106->vlan_vid,dec_ttl,set_queue:3,output:2"),
      "dl_type=0x800 -> push_vlan:0x8100,set_field:10->dl_vlan,dec_ttl,set_queue:3,"
      "output:h2:eth0");
  EXPECT_EQ(
      read("actions=clear_actions,write_actions(output:2),write_metadata:0x1/0x3,goto_table:4"),
      " -> clear_actions,write_actions(output:h2:eth0),write_metadata:0x1/0x3,goto_table:4");
  EXPECT_EQ(read("actions=resubmit(,5)"), " -> resubmit(,5)");
}

TEST_F(FlowTextTest, WhatIsNotKnownIsShownAsItIs) {
  EXPECT_THAT(read("ip,actions=ct(commit)"), HasSubstr("nicira(35):0xffff"));
  EXPECT_THAT(read("ct_mark=1,pkt_mark=2,actions=drop"), HasSubstr("oxm(0x0001,33)=0x00000002"));
}

TEST_F(FlowTextTest, AResetSwitchHasNoFlowsGroupsAndMeters) {
  switch_->ofctl({"add-group", "br0", "group_id=1,type=all,bucket=output:1"});
  switch_->ofctl({"add-meter", "br0", "meter=1,kbps,band=type=drop,rate=1000"});
  switch_->ofctl({"add-flow", "br0", "cookie=7,table=3,actions=group:1"});
  const auto done = run(session_.apply({DeleteFlowsByCookie{.cookie = 0, .mask = 0, .table = {}},
                                        DeleteGroup{all_groups}, DeleteMeters{},
                                        AddFlow{{.actions = {Output{normal_port}}}}}));
  ASSERT_TRUE(done) << format(done.error());
  EXPECT_THAT(groups(), testing::IsEmpty());
  EXPECT_THAT(switch_->ofctl({"dump-meters", "br0"}), testing::Not(HasSubstr("meter=1")));
  const auto left = run(session_.described_flows({}));
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 1U);
  EXPECT_EQ(left->front().actions, "NORMAL");
}

TEST(FlowText, MalformedStatisticsAreRefused) {
  Writer out;
  const auto start = out.size();
  out.u16(0).u8(0).zeros(9).u16(7).zeros(10).u64(0).zeros(16);
  encode_match(out, {.in_port = PortNo{1}});
  encode_instructions(out, {.actions = {Output{PortNo{2}}}});
  out.set_u16(start, static_cast<std::uint16_t>(out.size()));
  const auto whole = out.view();
  std::vector<FlowText> flows;
  ASSERT_TRUE(describe_flow_stats(whole, {}, flows));
  ASSERT_EQ(flows.size(), 1U);
  EXPECT_EQ(flows.front().match, "in_port=1");
  EXPECT_EQ(flows.front().priority, 7);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    std::vector<FlowText> none;
    EXPECT_FALSE(describe_flow_stats(whole.first(length), {}, none)) << length;
  }
}

}  // namespace
}  // namespace linkfab::openflow::test
