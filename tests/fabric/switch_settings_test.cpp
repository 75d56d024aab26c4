#include "fabric/switch_settings.hpp"

#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fabric/rows.hpp"
#include "fabric/standard_topology.hpp"
#include "fabric/topology_file.hpp"

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string file_with(const std::string& settings, const std::string& interfaces = "{}") {
  return fmt::format(R"({{"nodes": {{"s1": {{"kind": "switch", "interfaces": {}{}{}}}}}}})",
                     interfaces, settings.empty() ? "" : ", ", settings);
}

Node read(const std::string& settings, const std::string& interfaces = "{}") {
  const auto topology = parse_topology(file_with(settings, interfaces), "lab.json");
  if (topology) return topology->nodes.at("s1");
  for (const auto& finding : topology.error()) ADD_FAILURE() << format(finding);
  return {};
}

// What is said of the only mistake.
std::string mistake(const std::string& settings, const std::string& interfaces = "{}") {
  const auto topology = parse_topology(file_with(settings, interfaces), "lab.json");
  if (topology) return "none";
  EXPECT_EQ(topology.error().size(), 1U);
  return format(topology.error().front());
}

Node with_interfaces(const std::vector<std::string>& names, const std::string& settings = {}) {
  Node node{.kind = NodeKind::bridge, .switch_settings = settings};
  for (const auto& name : names) node.interfaces[name];
  return node;
}

TEST(SwitchSettings, ColumnsAreKeptAsTheyAreGiven) {
  EXPECT_EQ(read(R"("protocols": ["OpenFlow13"], "fail_mode": "secure", "flood_vlans": [1, 2])")
                .switch_settings,
            R"({"fail_mode":"secure","flood_vlans":[1,2],"protocols":["OpenFlow13"]})");
  EXPECT_EQ(read("").switch_settings, "");
}

TEST(SwitchSettings, NamesThatPeopleExpectAreThoseOfTheColumns) {
  EXPECT_EQ(read(R"("controllers": ["tcp:127.0.0.1:6653"], "stp": true, "datapath_id": "0xAB",
                    "other_config": {"hwaddr": "02:00:00:00:00:01"})")
                .switch_settings,
            R"({"controller":["tcp:127.0.0.1:6653"],"other_config":{"datapath-id":)"
            R"("00000000000000ab","hwaddr":"02:00:00:00:00:01"},"stp_enable":true})");
}

TEST(SwitchSettings, WhatIsWrittenReadsTheSame) {
  const auto node = read(R"("controllers": ["tcp:127.0.0.1:6653"], "rstp": true, "datapath_id": "7",
                            "ports": {"eth1": {"tag": 10, "interface": {"ofport_request": 9}}})",
                         R"({"eth1": []})");
  const Topology topology{.name = "lab", .nodes = {{"s1", node}}};
  const auto again = parse_topology(write_topology(topology), "lab.json");
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, topology);
}

TEST(SwitchSettings, TheDatabaseHoldsThem) {
  const auto node = read(R"("stp": true)");
  std::string kept;
  for (const auto& [name, value] : node_columns("s1", node))
    if (name == "switch") kept = value.string();
  EXPECT_EQ(kept, R"({"stp_enable":true})");
  EXPECT_EQ(format(node.kind), "switch");
}

TEST(SwitchSettings, WhatWouldTakeTheBridgeFromItsNodeIsRefused) {
  EXPECT_EQ(
      mistake(R"("name": "br0")"),
      "lab.json:1:55: nodes.s1.name: 'name' cannot be set here: it is the node's own: linkfab "
      "sets it");
  EXPECT_THAT(mistake(R"("external_ids": {"linkfab-instance": "x"})"),
              HasSubstr("marks that begin with linkfab are linkfab's own"));
  EXPECT_THAT(mistake(R"("ports": {"eth1": {"interfaces": []}})", R"({"eth1": []})"),
              HasSubstr("'interfaces' cannot be set here"));
  EXPECT_THAT(
      mistake(R"("ports": {"eth1": {"interface": {"type": "internal"}}})", R"({"eth1": []})"),
      HasSubstr("'type' cannot be set here"));
}

TEST(SwitchSettings, WhatASwitchIsNotIsRefused) {
  EXPECT_THAT(mistake(R"("command": ["sleep", "1"])"), HasSubstr("a switch node has no 'command'"));
  EXPECT_THAT(mistake(R"("state": "paused")"), HasSubstr("'paused'"));
  EXPECT_THAT(mistake("", R"({"eth1": "10.0.0.1/8"})"), HasSubstr("eth1 has addresses"));
  EXPECT_THAT(mistake(R"("ports": {"eth7": {"tag": 1}})", R"({"eth1": []})"),
              HasSubstr("the switch has no interface 'eth7'; did you mean 'eth1'?"));
  EXPECT_THAT(mistake(R"("datapath_id": "xyz")"), HasSubstr("'xyz' is no datapath id"));
  EXPECT_THAT(mistake(R"("stp": true, "stp_enable": true)"), HasSubstr("given twice"));
}

TEST(SwitchSettings, TwoSwitchesOfOneDatapathIdAreFound) {
  const auto topology = parse_topology(
      R"({"nodes": {"s1": {"kind": "switch"}, "x": {"kind": "switch", "datapath_id": "1"}}})",
      "lab.json");
  ASSERT_FALSE(topology);
  EXPECT_THAT(format(topology.error().front()),
              HasSubstr("datapath id 0000000000000001 is that of s1 already"));
}

TEST(SwitchSettings, DatapathIdsAreThoseOfMininetWhereNamesAre) {
  const Json::Value none(Json::objectValue);
  EXPECT_EQ(datapath_id("s1", none), "0000000000000001");
  EXPECT_EQ(datapath_id("s255", none), "00000000000000ff");
  std::set<std::string> ids;
  for (const char* name : {"s", "s01", "s1x1", "e1", "a1", "c1", "sw"}) {
    EXPECT_EQ(datapath_id(name, none).substr(0, 4), "0001") << name;
    ids.insert(datapath_id(name, none));
  }
  EXPECT_EQ(ids.size(), 7U);
}

TEST(SwitchSettings, FailModeFollowsTheController) {
  EXPECT_EQ(fail_mode(parse_switch_settings("")), "standalone");
  EXPECT_EQ(fail_mode(parse_switch_settings(R"({"controller": []})")), "standalone");
  EXPECT_EQ(fail_mode(parse_switch_settings(R"({"controller": ["tcp:127.0.0.1"]})")), "secure");
  EXPECT_EQ(fail_mode(parse_switch_settings(
                R"({"controller": ["tcp:127.0.0.1"], "fail_mode": "standalone"})")),
            "standalone");
}

TEST(SwitchSettings, PortsHaveTheNumbersOfTheirNames) {
  EXPECT_THAT(port_numbers(with_interfaces({"eth1", "eth2", "eth10"})),
              ElementsAre(Pair("eth1", 1), Pair("eth10", 10), Pair("eth2", 2)));
  EXPECT_THAT(port_numbers(with_interfaces({"eth0", "eth1", "ge1", "up"})),
              ElementsAre(Pair("eth0", 2), Pair("eth1", 1), Pair("ge1", 3), Pair("up", 4)));
  EXPECT_THAT(port_numbers(with_interfaces(
                  {"eth1", "eth2"}, R"({"ports":{"eth2":{"interface":{"ofport_request":1}}}})")),
              ElementsAre(Pair("eth1", 2), Pair("eth2", 1)));
}

std::string hosts_and_switches(const std::string& shape) {
  const auto topology = standard_topology({.shape = shape});
  if (!topology) return format(topology.error());
  int hosts = 0;
  int switches = 0;
  for (const auto& [name, node] : topology->nodes)
    ++(node.kind == NodeKind::bridge ? switches : hosts);
  EXPECT_THAT(check(*topology), testing::IsEmpty()) << shape;
  return fmt::format("{} hosts, {} switches, {} links", hosts, switches, topology->links.size());
}

TEST(StandardTopology, HasTheSizesThatMininetsHave) {
  EXPECT_EQ(hosts_and_switches("single,4"), "4 hosts, 1 switches, 4 links");
  EXPECT_EQ(hosts_and_switches("linear,3"), "3 hosts, 3 switches, 5 links");
  EXPECT_EQ(hosts_and_switches("linear,3,2"), "6 hosts, 3 switches, 8 links");
  EXPECT_EQ(hosts_and_switches("tree,2"), "4 hosts, 3 switches, 6 links");
  EXPECT_EQ(hosts_and_switches("tree,3,3"), "27 hosts, 13 switches, 39 links");
  EXPECT_EQ(hosts_and_switches("torus,3,4"), "12 hosts, 12 switches, 36 links");
  EXPECT_EQ(hosts_and_switches("fat-tree,4"), "16 hosts, 20 switches, 48 links");
}

TEST(StandardTopology, SaysWhatAShapeShouldBe) {
  EXPECT_EQ(hosts_and_switches("tree"), "make topology 'tree': write tree,DEPTH[,FANOUT]");
  EXPECT_EQ(hosts_and_switches("single,0"), "make topology 'single,0': write single,HOSTS");
  EXPECT_EQ(hosts_and_switches("single,2,2"), "make topology 'single,2,2': write single,HOSTS");
  EXPECT_EQ(hosts_and_switches("ring,4"),
            "make topology 'ring,4': there are single, linear, tree, torus and fat-tree");
  EXPECT_THAT(hosts_and_switches("torus,2,9"), HasSubstr("each from 3"));
  EXPECT_THAT(hosts_and_switches("fat-tree,3"), HasSubstr("an even number"));
  EXPECT_THAT(hosts_and_switches("tree,60,2"), HasSubstr("at most 10000"));
  EXPECT_THAT(hosts_and_switches("single,4x"), HasSubstr("write single,HOSTS"));
}

TEST(StandardTopology, HostsHaveMininetsAddressesAndLinksTheirImpairment) {
  auto wanted = StandardTopology{.shape = "single,300", .controllers = {"tcp:127.0.0.1:6653"}};
  wanted.impairment.delay = std::chrono::milliseconds{5};
  const auto topology = standard_topology(wanted);
  ASSERT_TRUE(topology);
  EXPECT_THAT(topology->nodes.at("h1").interfaces.at("eth0").addresses, ElementsAre("10.0.0.1/8"));
  EXPECT_THAT(topology->nodes.at("h300").interfaces.at("eth0").addresses,
              ElementsAre("10.0.1.44/8"));
  EXPECT_EQ(topology->links.at("h1:eth0--s1:eth1").b_to_a.delay, std::chrono::milliseconds{5});
  EXPECT_EQ(topology->nodes.at("s1").switch_settings, R"({"controller":["tcp:127.0.0.1:6653"]})");
}

TEST(StandardTopology, HostsAreSilentUnlessIpv6IsWanted) {
  const auto quiet = standard_topology({.shape = "linear,2"});
  ASSERT_TRUE(quiet);
  EXPECT_THAT(quiet->nodes.at("h2").sysctls,
              ElementsAre(Pair("net.ipv6.conf.all.disable_ipv6", "1")));
  EXPECT_THAT(quiet->nodes.at("s2").sysctls, testing::IsEmpty());
  const auto both = standard_topology({.shape = "linear,2", .ipv6 = true});
  ASSERT_TRUE(both);
  EXPECT_THAT(both->nodes.at("h2").sysctls, testing::IsEmpty());
}

TEST(SwitchSettings, ManagementIsANodeOfTheFile) {
  const auto file = [](const std::string& management, const std::string& controller) {
    const auto topology = parse_topology(
        fmt::format(R"({{"nodes": {{"m1": {{}}, "v": {{"kind": "vpcs"}}, "s1": {{"kind": "switch",
                        "management": {}, "controllers": [{}]}}}}}})",
                    management, controller),
        "lab.json");
    return topology ? std::string("none") : format(topology.error().front());
  };
  EXPECT_EQ(file(R"("m1")", R"("tcp:10.9.0.1:6653")"), "none");
  EXPECT_EQ(file(R"("m1")", R"({"target": "tcp:[::1]"})"), "none");
  EXPECT_THAT(file(R"("m2")", R"("tcp:10.9.0.1")"), HasSubstr("there is no node 'm2'"));
  EXPECT_THAT(file(R"("v")", R"("tcp:10.9.0.1")"), HasSubstr("no connection can be made from v"));
  EXPECT_THAT(file(R"("s1")", R"("tcp:10.9.0.1")"), HasSubstr("no connection can be made"));
  EXPECT_THAT(file("7", R"("tcp:10.9.0.1")"), HasSubstr("management is the name of a node"));
  EXPECT_THAT(file(R"("m1")", R"("ssl:10.9.0.1")"), HasSubstr("tcp:ADDRESS[:PORT] can"));
}

TEST(SwitchSettings, TargetsAreReadAndReplacedInEachForm) {
  for (const auto* text : {R"({"controller": "tcp:1.1.1.1"})", R"({"controller": ["tcp:1.1.1.1"]})",
                           R"({"controller": {"target": "tcp:1.1.1.1"}})"}) {
    auto settings = parse_switch_settings(text);
    EXPECT_THAT(controller_targets(settings), ElementsAre("tcp:1.1.1.1")) << text;
    set_controller_targets(settings, {"unix:s1.control0"});
    EXPECT_THAT(controller_targets(settings), ElementsAre("unix:s1.control0")) << text;
  }
  auto settings = parse_switch_settings(
      R"({"controller": ["tcp:1.1.1.1", {"target": "tcp:2.2.2.2", "max_backoff": 1000}]})");
  set_controller_targets(settings, {"unix:a", "unix:b"});
  EXPECT_EQ(settings["controller"][1]["max_backoff"].asInt(), 1000);
  EXPECT_THAT(controller_targets(settings), ElementsAre("unix:a", "unix:b"));
  EXPECT_THAT(controller_targets(parse_switch_settings("")), ElementsAre());
}

}  // namespace
}  // namespace linkfab::fabric
