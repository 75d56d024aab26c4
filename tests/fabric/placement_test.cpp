#include "fabric/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using testing::AllOf;
using testing::Eq;
using testing::HasSubstr;
using testing::Le;
using testing::Pair;
using testing::UnorderedElementsAre;

using Labels = std::map<std::string, std::string>;

Hosts hosts_of(const std::map<std::string, Labels>& labels) {
  Hosts hosts;
  for (const auto& [name, its] : labels) {
    Host host{.name = name, .labels = its, .version = "1"};
    host.labels["host"] = name;
    hosts.emplace(name, host);
  }
  return hosts;
}

Hosts three_hosts() {
  return hosts_of({{"h1", {{"rack", "1"}}}, {"h2", {{"rack", "1"}}}, {"h3", {{"rack", "2"}}}});
}

void link(Topology& topology, const std::string& a, const std::string& b) {
  const Endpoint from{a, "to-" + b};
  const Endpoint to{b, "to-" + a};
  topology.nodes[a].interfaces[from.interface];
  topology.nodes[b].interfaces[to.interface];
  topology.links[link_name(from, to)] = {.a = from, .b = to};
}

std::string numbered(const std::string& prefix, int number) {
  return prefix + std::to_string(number);
}

Topology nodes_of(int count) {
  Topology topology;
  for (int i = 1; i <= count; ++i) topology.nodes[numbered("r", i)];
  return topology;
}

std::map<std::string, int> counts(const Placement& placement) {
  std::map<std::string, int> counts;
  for (const auto& [node, host] : placement) ++counts[host];
  return counts;
}

// How many links leave a host.
int crossings(const Topology& topology, const Placement& placement) {
  int crossings = 0;
  for (const auto& [name, link] : topology.links)
    if (placement.at(link.a.node) != placement.at(link.b.node)) ++crossings;
  return crossings;
}

TEST(Place, NodesWithoutLinksAreSpreadEvenly) {
  const auto placed = place(nodes_of(7), three_hosts(), {}).value();
  EXPECT_THAT(counts(placed), UnorderedElementsAre(Pair("h1", 3), Pair("h2", 2), Pair("h3", 2)));
}

TEST(Place, NeighboursAreKeptTogether) {
  Topology chain;
  for (int i = 1; i < 30; ++i) link(chain, numbered("r", i), numbered("r", i + 1));
  const auto placed = place(chain, three_hosts(), {}).value();
  EXPECT_THAT(counts(placed), UnorderedElementsAre(Pair("h1", 10), Pair("h2", 10), Pair("h3", 10)));
  EXPECT_THAT(crossings(chain, placed), Le(4));
}

TEST(Place, MembersOfASegmentAreNeighbours) {
  auto topology = nodes_of(6);
  for (const auto& [segment, nodes] :
       std::map<std::string, std::vector<int>>{{"s1", {1, 3, 5}}, {"s2", {2, 4, 6}}})
    for (const int node : nodes)
      topology.segments[segment].members[{numbered("r", node), "eth0"}] = {};
  const auto placed = place(topology, hosts_of({{"h1", {}}, {"h2", {}}}), {}).value();
  EXPECT_THAT(placed, UnorderedElementsAre(Pair("r1", "h1"), Pair("r3", "h1"), Pair("r5", "h1"),
                                           Pair("r2", "h2"), Pair("r4", "h2"), Pair("r6", "h2")));
}

TEST(Place, LabelsNarrowTheChoice) {
  auto topology = nodes_of(4);
  topology.nodes["r1"].place = {{"rack", "2"}};
  topology.nodes["r2"].place = {{"rack", "1"}, {"host", "h2"}};
  const auto placed = place(topology, three_hosts(), {}).value();
  EXPECT_EQ(placed.at("r1"), "h3");
  EXPECT_EQ(placed.at("r2"), "h2");
}

TEST(Place, NeighboursGatherAroundOneWithASingleHost) {
  Topology topology;
  link(topology, "r1", "r2");
  link(topology, "r2", "r3");
  topology.nodes["r3"].place = {{"host", "h2"}};
  for (const char* other : {"x1", "x2", "x3"}) topology.nodes[other];
  const auto placed = place(topology, hosts_of({{"h1", {}}, {"h2", {}}}), {}).value();
  EXPECT_EQ(placed.at("r2"), "h2");
  EXPECT_THAT(counts(placed), UnorderedElementsAre(Pair("h1", 3), Pair("h2", 3)));
}

TEST(Place, WhatIsPlacedStays) {
  const Placement present{{"r1", "h3"}, {"r2", "h3"}, {"r3", "h3"}};
  EXPECT_EQ(place(nodes_of(3), three_hosts(), present).value(), present);
}

TEST(Place, ANodeOfASilentHostStaysAndNoneComes) {
  auto hosts = three_hosts();
  hosts["h1"].silent = true;
  const auto placed = place(nodes_of(5), hosts, {{"r1", "h1"}}).value();
  EXPECT_THAT(counts(placed), UnorderedElementsAre(Pair("h1", 1), Pair("h2", 2), Pair("h3", 2)));
}

TEST(Place, NodesLeaveAHostThatDrainsOrIsGone) {
  auto hosts = three_hosts();
  hosts["h1"].wanted = Host::Wanted::draining;
  const auto placed =
      place(nodes_of(3), hosts, {{"r1", "h1"}, {"r2", "h2"}, {"r3", "gone"}}).value();
  EXPECT_EQ(placed.at("r2"), "h2");
  EXPECT_THAT(counts(placed), UnorderedElementsAre(Pair("h2", Le(2)), Pair("h3", Le(2))));
}

TEST(Place, ANodeMovesWhereItsLabelsForbidItsHost) {
  auto topology = nodes_of(1);
  topology.nodes["r1"].place = {{"rack", "2"}};
  EXPECT_EQ(place(topology, three_hosts(), {{"r1", "h1"}}).value().at("r1"), "h3");
}

TEST(Place, AHostWithoutAnAgentTakesNone) {
  auto hosts = hosts_of({{"h1", {}}, {"h2", {}}});
  hosts["h1"].version.clear();
  EXPECT_THAT(counts(place(nodes_of(2), hosts, {}).value()), UnorderedElementsAre(Pair("h2", 2)));
}

TEST(Place, SaysWhichNodesNoHostIsForAndWhatThereIs) {
  auto topology = nodes_of(3);
  topology.nodes["r1"].place = topology.nodes["r2"].place = {{"rack", "7"}};
  auto hosts = three_hosts();
  hosts["h2"].wanted = Host::Wanted::draining;
  hosts["h3"].version.clear();
  const auto placed = place(topology, hosts, {});
  ASSERT_FALSE(placed);
  EXPECT_EQ(format(placed.error()),
            "place node r1: there is no host for it with rack=7; the hosts are h1 (rack=1), h2 "
            "(rack=1; draining), h3 (rack=2; no agent); nor can r2 be placed");
}

TEST(Place, AHostThatIsToBeEmptiedIsNoneOfThoseThatThereAre) {
  auto topology = nodes_of(2);
  const auto hosts = three_hosts();
  const Placement present{{"r1", "h2"}, {"r2", "h3"}};
  const auto placed = place(topology, hosts, present, "h2").value();
  EXPECT_NE(placed.at("r1"), "h2");
  EXPECT_EQ(placed.at("r2"), "h3");
  topology.nodes["r1"].place = {{"host", "h2"}};
  const auto refused = place(topology, hosts, present, "h2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(format(refused.error()),
            "place node r1: there is no other host for it with host=h2; the others are h1 "
            "(rack=1), h3 (rack=2)");
}

TEST(Place, WithoutAnyHostNoNodeIsPlaced) {
  const auto placed = place(nodes_of(1), {}, {});
  ASSERT_FALSE(placed);
  EXPECT_THAT(format(placed.error()), HasSubstr("the hosts are none"));
}

TEST(Place, ANodeThatIsAHostsOwnSaysWhichWhereThereAreSeveral) {
  Topology topology;
  topology.nodes["out"].kind = NodeKind::host;
  EXPECT_EQ(place(topology, hosts_of({{"h1", {}}}), {}).value().at("out"), "h1");
  const auto placed = place(topology, three_hosts(), {});
  ASSERT_FALSE(placed);
  EXPECT_THAT(format(placed.error()), HasSubstr("\"place\": {\"host\": \"h1\"}"));
  topology.nodes["out"].place = {{"host", "h2"}};
  EXPECT_EQ(place(topology, three_hosts(), {}).value().at("out"), "h2");
}

TEST(Place, ASwitchIsWhereItsManagementNodeIs) {
  auto topology = nodes_of(6);
  topology.nodes["r6"].place = {{"rack", "2"}};
  auto& node = topology.nodes["s1"];
  node.kind = NodeKind::bridge;
  node.switch_settings = R"({"management": "r6"})";
  EXPECT_EQ(place(topology, three_hosts(), {{"s1", "h1"}}).value().at("s1"), "h3");
  node.place = {{"host", "h1"}};
  const auto placed = place(topology, three_hosts(), {});
  ASSERT_FALSE(placed);
  EXPECT_EQ(format(placed.error()),
            "place node s1: its management node r6 is on h3 (rack=2), its place is host=h1");
}

TEST(Place, ANodeThatIsAHostsOwnDoesNotLeaveIt) {
  Topology topology;
  topology.nodes["web"].kind = NodeKind::external;
  auto hosts = hosts_of({{"h1", {}}, {"h2", {}}});
  const Placement present{{"web", "h1"}};
  EXPECT_EQ(place(topology, hosts, present).value(), present);
  hosts["h1"].wanted = Host::Wanted::draining;
  const auto placed = place(topology, hosts, present);
  ASSERT_FALSE(placed);
  EXPECT_THAT(format(placed.error()),
              AllOf(HasSubstr("place node web"), HasSubstr("is on h1 (draining)")));
}

}  // namespace
}  // namespace linkfab::fabric
