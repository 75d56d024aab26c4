#include "formats/draft.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::formats {
namespace {

using testing::HasSubstr;
using testing::Not;

class Drafting : public testing::Test {
 protected:
  fabric::Topology finish() {
    auto topology = draft.finish(file);
    for (const auto& problem : problems) ADD_FAILURE() << fabric::format(problem);
    return topology ? *std::move(topology) : fabric::Topology{};
  }
  void join(const std::string& a, const std::string& b, const fabric::Impairment& a_to_b = {}) {
    draft.add_link(item, {.a = {a, a == "sw" ? "" : "eth0"},
                          .b = {b, b == "sw" ? "" : "eth0"},
                          .a_to_b = a_to_b,
                          .b_to_a = {}});
  }

  Element root;
  const std::string file = "f";
  Problems problems;
  Item item{root, file, problems};
  Draft draft{"lab", problems};
};

TEST_F(Drafting, ASwitchWithPlainCablesIsASegment) {
  draft.add_node(item, "a", {});
  draft.add_node(item, "b", {});
  draft.add_switch(item, "sw", {.kind = fabric::SegmentKind::hub, .ports = {}});
  join("a", "sw");
  fabric::Impairment slow;
  slow.delay = std::chrono::milliseconds{5};
  join("sw", "b", slow);  // toward a member
  const auto topology = finish();
  EXPECT_TRUE(topology.links.empty());
  const auto& segment = topology.segments.at("sw");
  EXPECT_EQ(segment.kind, fabric::SegmentKind::hub);
  EXPECT_EQ(segment.members.at({"a", "eth0"}), fabric::Impairment{});
  EXPECT_EQ(segment.members.at({"b", "eth0"}), slow);
}

TEST_F(Drafting, ImpairmentsTowardASwitchMakeABridgeOfIt) {
  draft.add_node(item, "a", {});
  draft.add_switch(item, "sw", {.ports = {}});
  fabric::Impairment slow;
  slow.delay = std::chrono::milliseconds{5};
  join("a", "sw", slow);
  const auto topology = finish();
  EXPECT_TRUE(topology.segments.empty());
  EXPECT_EQ(topology.links.at("a:eth0--sw:p1").a_to_b, slow);
  EXPECT_THAT(topology.nodes.at("sw").command.back(), HasSubstr("ip link set p1 master bridge"));
}

TEST_F(Drafting, AccessPortsMakeASegmentEachVlanAndATrunkABridge) {
  for (const auto* name : {"a", "b", "c"}) draft.add_node(item, name, {});
  const auto cable = [&](const char* node, const char* sw, const char* port) {
    draft.add_link(
        item,
        {.a = {node, fmt::format("{}{}", sw, port)}, .b = {sw, port}, .a_to_b = {}, .b_to_a = {}});
  };
  draft.add_switch(item, "s1",
                   {.ports = {{"e0", {.vlan = 10}}, {"e1", {.vlan = 10}}, {"e2", {.vlan = 20}}}});
  draft.add_switch(item, "s2",
                   {.ports = {{"e0", {.vlan = 10}}, {"e1", {.vlan = 1, .tagged = true}}}});
  cable("a", "s1", "e0");
  cable("b", "s1", "e1");
  cable("c", "s1", "e2");
  cable("a", "s2", "e0");
  cable("b", "s2", "e1");
  const auto topology = finish();
  EXPECT_EQ(topology.segments.at("s1-vlan10").members.size(), 2U);
  EXPECT_EQ(topology.segments.at("s1-vlan20").members.size(), 1U);
  const auto& script = topology.nodes.at("s2").command.back();
  EXPECT_THAT(script, HasSubstr("vlan_filtering 1"));
  EXPECT_THAT(script, HasSubstr("bridge vlan add dev e0 vid 10 pvid untagged"));
  EXPECT_THAT(script, HasSubstr("bridge vlan add dev e1 vid 1-4094"));
}

TEST_F(Drafting, NamesOfOtherProgramsAreMadeToFit) {
  EXPECT_EQ(draft.add_node(item, "R 1", {}), "R-1");
  EXPECT_EQ(draft.add_node(item, "R/1", {}), "R-1-2");
  EXPECT_EQ(draft.add_node(item, "--", {}), "x");
  EXPECT_EQ(draft.add_interface(item, "R-1", "ethernet-1/1"), "ethernet-1-1");
  EXPECT_EQ(draft.add_interface(item, "R-1", "GigabitEthernet0/0/0"), "GigabitEthernet");
}

// Names of ports stand in a shell's line.
TEST_F(Drafting, ThePortsOfABridgeAreSafeForAShell) {
  draft.add_node(item, "a", {});
  draft.add_switch(item, "sw", {.spanning_tree = true, .ports = {}});
  draft.add_link(item,
                 {.a = {"a", "eth0"}, .b = {"sw", "$(reboot);'"}, .a_to_b = {}, .b_to_a = {}});
  const auto topology = finish();
  EXPECT_THAT(topology.nodes.at("sw").command.back(), Not(HasSubstr("$")));
  EXPECT_TRUE(
      topology.nodes.at("sw").interfaces.contains(topology.links.begin()->second.b.interface));
}

TEST_F(Drafting, AnInterfaceIsInOneLink) {
  draft.add_node(item, "a", {});
  draft.add_node(item, "b", {});
  join("a", "b");
  join("a", "b");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(fabric::format(problems[0]), HasSubstr("a:eth0 is joined already"));
  EXPECT_FALSE(draft.finish(file));
}

}  // namespace
}  // namespace linkfab::formats
