// The flows as ovs-ofctl would take them.

#include "fabric/flows.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

using openflow::format;
using openflow::PortNo;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> flows(const Tables& tables) {
  std::vector<std::string> lines;
  for (const auto& flow : tables.flows) lines.push_back(format(flow));
  return lines;
}
std::vector<std::string> groups(const Tables& tables) {
  std::vector<std::string> lines;
  for (const auto& group : tables.groups) lines.push_back(format(group));
  return lines;
}

TEST(Flows, ALinkIsTwoFlowsThatMatchNothingButThePort) {
  const auto tables = link_tables("r1:eth0--r2:eth0", PortNo{1}, PortNo{2});
  const std::string cookie = "cookie=0xfab52ebabc38e2d1,";
  EXPECT_THAT(flows(tables),
              ElementsAre(cookie + "table=0,priority=100,in_port=1,actions=output:2",
                          cookie + "table=0,priority=100,in_port=2,actions=output:1"));
  EXPECT_THAT(groups(tables), IsEmpty());
}

TEST(Flows, AHubIsAGroupWithABucketAPort) {
  const auto tables = segment_tables("lan", 7, SegmentKind::hub, {PortNo{3}, PortNo{1}, PortNo{2}});
  const std::string cookie = "cookie=0xfab4623b2f5d8d4a,";
  EXPECT_THAT(groups(tables), ElementsAre("group_id=7,type=all,bucket=actions=output:1,"
                                          "bucket=actions=output:2,bucket=actions=output:3"));
  EXPECT_THAT(flows(tables),
              UnorderedElementsAre(cookie + "table=0,priority=100,in_port=1,actions=group:7",
                                   cookie + "table=0,priority=100,in_port=2,actions=group:7",
                                   cookie + "table=0,priority=100,in_port=3,actions=group:7"));
}

TEST(Flows, ALearningSegmentEntersThePipelineUnderItsNumber) {
  const auto tables = segment_tables("lan", 7, SegmentKind::learning, {PortNo{1}, PortNo{2}});
  const std::string cookie = "cookie=0xfab4623b2f5d8d4a,";
  const std::string enter = ",actions=write_metadata:0x7,goto_table:10";
  const std::string learn =
      "learn(table=21,idle_timeout=300,priority=10,cookie=0xfab4623b2f5d8d4a,limit=8192,"
      "OXM_OF_METADATA[],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
      "load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15])";
  EXPECT_THAT(flows(tables),
              UnorderedElementsAre(
                  cookie + "table=0,priority=100,in_port=1" + enter,
                  cookie + "table=0,priority=100,in_port=2" + enter,
                  cookie + "table=10,priority=1,metadata=0x7,actions=" + learn + ",resubmit(,20)",
                  cookie + "table=20,priority=10,metadata=0x7,"
                           "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=group:7",
                  cookie + "table=30,priority=2,reg0=0x0,metadata=0x7,actions=group:7"));
  EXPECT_EQ(tables.groups.size(), 1U);
}

TEST(Flows, ThePipelineIsSharedByAllLearningSegments) {
  const std::string cookie = "cookie=0xfab6908d8c93ee13,";
  EXPECT_THAT(flows(pipeline_tables()),
              UnorderedElementsAre(
                  cookie + "table=10,priority=2,dl_src=01:00:00:00:00:00/01:00:00:00:00:00,"
                           "actions=resubmit(,20)",
                  cookie + "table=20,priority=0,actions=resubmit(,21),resubmit(,30)",
                  cookie + "table=30,priority=1,actions=output:NXM_NX_REG0[0..15]"));
}

TEST(Flows, NoLinkCanHaveThePipelinesName) {
  EXPECT_FALSE(check_link_name(pipeline_name));
}

TEST(Flows, ASegmentWithoutPortsSendsNothing) {
  const auto tables = segment_tables("lan", 7, SegmentKind::hub, {});
  EXPECT_THAT(flows(tables), IsEmpty());
  EXPECT_THAT(groups(tables), ElementsAre("group_id=7,type=all"));
}

}  // namespace
}  // namespace linkfab::fabric
