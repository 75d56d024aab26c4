#include "fabric/topology_file.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// The topology of a text without mistakes.
Topology topology(std::string_view text, const std::string& file = "lab.json") {
  auto parsed = parse_topology(text, file);
  if (parsed) return *std::move(parsed);
  for (const Finding& finding : parsed.error()) ADD_FAILURE() << format(finding);
  return {};
}

constexpr std::string_view everything = R"({
  // A comment.
  "name": "all of it",
  "defaults": {"environment": {"LANG": "C"}, "sysctls": {"net.ipv4.ip_forward": 1}, "binds": ["lib:/lib:ro"]},
  "nodes": {
    "r1": {
      "command": "echo 'hello'",
      "environment": {"N": 3},
      "binds": ["/var/r1:/var:rw", "conf/r1:/etc/r1:ro"],
      "sysctls": {"net.ipv4.ip_forward": "0"},
      "interfaces": {
        "eth0": "10.0.12.1/24",
        "eth1": ["2001:DB8::1/64", "10.0.13.1/24"],
        "eth2": {"addresses": "10.0.14.1", "mac": "02:00:00:00:00:0A", "mtu": 9000, "carrier": "always"}
      },
      "routes": ["default via 10.0.12.2", {"to": "10.9.0.0/16", "via": "10.0.13.9", "dev": "eth1"},
                 "default via 2001:db8::9", "10.8.0.0/16 dev eth0"]
    },
    "r2": {"image": "debian", "command": ["sleep", "1"], "options": {"privileged": true, "cpus": 1.50},
           "state": "paused"},
    "r3": {"kind": "external", "options": {"pid": 17}},
    "h1": {}, "h2": {},
    "out": {"kind": "host", "interfaces": {
      "peer": {"udp": {"local": "127.0.0.1:20000", "remote": "127.0.0.1:20001"}},
      "vm": {"tap": "tap0"}, "trunk": {"nic": {"device": "eth9", "vlan": 7, "force": true}},
      "mgmt": "192.168.9.1/24"}}
  },
  "links": [
    ["r1:eth0", "r2:eth0"],
    {"ends": ["r1:eth1", "r3:eth0"], "name": "slow", "delay": "20ms", "loss": "1%", "ecn": true,
     "a_to_b": {"delay": "30ms"}, "b_to_a": {"rate": "10mbit", "limit": 100}, "up": false,
     "underlay": "subtract"}
  ],
  "segments": {
    "lan": {"kind": "hub", "interfaces": ["h1:eth0", {"interface": "h2:eth0", "jitter": "5ms",
            "distribution": "table", "distribution-table": [-1, 0, 1]}], "up": false}
  } /* and another */
})";

TEST(TopologyFile, EveryKeyIsRead) {
  const auto read = topology(everything, "/srv/lab.json");
  EXPECT_EQ(read.name, "all of it");
  const Node& r1 = read.nodes.at("r1");
  EXPECT_EQ(r1.kind, NodeKind::netns);
  EXPECT_THAT(r1.command, ElementsAre("/bin/sh", "-c", "echo 'hello'"));
  EXPECT_EQ(r1.environment, (std::map<std::string, std::string>{{"LANG", "C"}, {"N", "3"}}));
  EXPECT_THAT(r1.binds, ElementsAre("/srv/conf/r1:/etc/r1:ro", "/srv/lib:/lib:ro", "/var/r1:/var"));
  EXPECT_EQ(r1.sysctls.at("net.ipv4.ip_forward"), "0");
  EXPECT_THAT(r1.interfaces.at("eth1").addresses, ElementsAre("10.0.13.1/24", "2001:db8::1/64"));
  EXPECT_EQ(r1.interfaces.at("eth2"),
            (Interface{"02:00:00:00:00:0a", 9000, {"10.0.14.1/32"}, std::nullopt, true}));
  EXPECT_THAT(
      r1.routes,
      ElementsAre(Route{"0.0.0.0/0", "10.0.12.2", ""}, Route{"10.8.0.0/16", "", "eth0"},
                  Route{"10.9.0.0/16", "10.0.13.9", "eth1"}, Route{"::/0", "2001:db8::9", ""}));
  const Node& r2 = read.nodes.at("r2");
  EXPECT_EQ(r2.kind, NodeKind::docker);
  EXPECT_EQ(r2.options,
            (std::map<std::string, std::string>{{"cpus", "1.50"}, {"privileged", "true"}}));
  EXPECT_EQ(r2.state, NodeState::paused);
  EXPECT_EQ(r2.interfaces.at("eth0"), Interface{});
  EXPECT_EQ(read.nodes.at("r3").kind, NodeKind::external);
  EXPECT_TRUE(read.nodes.at("r3").sysctls.empty());
}

TEST(TopologyFile, GatewaysAreRead) {
  const auto read = topology(everything);
  const Node& out = read.nodes.at("out");
  EXPECT_EQ(out.kind, NodeKind::host);
  EXPECT_TRUE(out.sysctls.empty());
  EXPECT_EQ(out.interfaces.at("peer").gateway,
            Gateway(UdpGateway{.local = "127.0.0.1:20000", .remote = "127.0.0.1:20001"}));
  EXPECT_EQ(out.interfaces.at("vm").gateway, Gateway(TapGateway{.device = "tap0"}));
  EXPECT_EQ(out.interfaces.at("trunk").gateway,
            Gateway(NicGateway{.device = "eth9", .vlan = 7, .force = true}));
  EXPECT_EQ(out.interfaces.at("mgmt").gateway, std::nullopt);
}

TEST(TopologyFile, LinksAndSegmentsAreRead) {
  const auto read = topology(everything);
  EXPECT_EQ(read.links.at("r1:eth0--r2:eth0"), (Link{{"r1", "eth0"}, {"r2", "eth0"}, {}, {}}));
  const Link& slow = read.links.at("slow");
  EXPECT_EQ(netem::format(slow.a_to_b), "delay=30ms loss=1% ecn=yes");
  EXPECT_EQ(netem::format(slow.b_to_a), "delay=20ms loss=1% ecn=yes rate=10mbit limit=100");
  EXPECT_FALSE(slow.up);
  EXPECT_TRUE(slow.subtract_underlay);
  const Segment& lan = read.segments.at("lan");
  EXPECT_EQ(lan.kind, SegmentKind::hub);
  EXPECT_FALSE(lan.up);
  EXPECT_EQ(lan.members.at({"h1", "eth0"}), Impairment{});
  EXPECT_EQ(lan.members.at({"h2", "eth0"}).table, (netem::DistributionTable{-1, 0, 1}));
  EXPECT_TRUE(read.nodes.at("h1").interfaces.contains("eth0"));
}

TEST(TopologyFile, APresetHasTheSubscriberAtBAndWhatStandsBesideItOnTop) {
  const auto read = topology(R"({"nodes": {"r1": {}, "r2": {}, "h1": {}, "h2": {}},
      "links": [{"ends": ["r1:eth0", "r2:eth0"], "name": "line", "loss": "1%", "preset": "dsl"},
                {"ends": ["r1:eth1", "r2:eth1"], "name": "half", "b_to_a": {"preset": "dsl"}},
                {"ends": ["r1:eth2", "r2:eth2"], "name": "turned", "a_to_b": {"preset": "dsl/up"}}],
      "segments": {"lan": {"interfaces": [{"interface": "h1:eth0", "preset": "lte"}, "h2:eth0"]}}})");
  const auto& line = read.links.at("line");
  EXPECT_EQ(netem::format(line.a_to_b), "delay=25ms loss=1% rate=1.5mbit");
  EXPECT_EQ(netem::format(line.b_to_a), "delay=25ms loss=1% rate=384kbit");
  EXPECT_EQ(netem::format(read.links.at("half").a_to_b), "");
  EXPECT_EQ(netem::format(read.links.at("half").b_to_a), "delay=25ms rate=384kbit");
  EXPECT_EQ(netem::format(read.links.at("turned").a_to_b), "delay=25ms rate=384kbit");
  EXPECT_EQ(netem::format(read.segments.at("lan").members.at({"h1", "eth0"})),
            "delay=35ms rate=12mbit");
}

TEST(TopologyFile, WhatIsWrittenIsReadBackEqual) {
  for (const std::string_view text :
       {everything, std::string_view{R"({"name": "tab\tquote\"\\ ümlaut\u0001"})"}}) {
    const auto read = topology(text);
    EXPECT_EQ(topology(write_topology(read)), read) << write_topology(read);
  }
}

TEST(TopologyFile, IsWrittenAsAPersonWould) {
  const auto read = topology(R"({"nodes": {"r1": {"interfaces": {"eth0": "10.0.0.1/24"}}, "r2": {}},
      "links": [["r1:eth0", "r2:eth0"], {"ends": ["r1:eth1", "r2:eth1"], "b_to_a": {"delay": "20ms"}}]})");
  EXPECT_EQ(write_topology(read), R"({
  "name": "lab",
  "nodes": {
    "r1": {
      "interfaces": {
        "eth0": "10.0.0.1/24"
      }
    },
    "r2": {}
  },
  "links": [
    ["r1:eth0", "r2:eth0"],
    {"ends": ["r1:eth1", "r2:eth1"], "b_to_a": {"delay": "20ms"}}
  ]
}
)");
}

TEST(TopologyFile, TheDefaultNameIsTheFilesStem) {
  EXPECT_EQ(topology("{}", "some/dir/my.lab.json").name, "my.lab");
}

TEST(TopologyFile, ANodeIsADockerNodeWhenItHasAnImage) {
  const auto kind = [](const char* defaults, const char* node) {
    return topology(fmt::format(R"({{"defaults": {}, "nodes": {{"n": {}}}}})", defaults, node))
        .nodes.at("n");
  };
  EXPECT_EQ(kind("{}", "{}").kind, NodeKind::netns);
  EXPECT_EQ(kind("{}", R"({"image": "a"})").kind, NodeKind::docker);
  EXPECT_EQ(kind(R"({"image": "a"})", "{}").image, "a");
  EXPECT_EQ(kind(R"({"image": "a"})", R"({"image": "b"})").image, "b");
  EXPECT_EQ(kind(R"({"image": "a"})", R"({"kind": "netns"})").image, "");
  EXPECT_EQ(kind(R"({"kind": "netns"})", R"({"image": "b"})").kind, NodeKind::docker);
}

TEST(TopologyFile, AnEmptyCommandIsTheImagesOwnInSpiteOfADefault) {
  const auto read =
      topology(R"({"defaults": {"command": "x"}, "nodes": {"a": {"command": []}, "b": {}}})");
  EXPECT_TRUE(read.nodes.at("a").command.empty());
  EXPECT_FALSE(read.nodes.at("b").command.empty());
}

TEST(TopologyFile, ACorrelationMayStandBeforeItsLoss) {
  const auto read = topology(R"({"nodes": {"a": {}, "b": {}},
    "links": [{"ends": ["a:x", "b:x"], "loss-correlation": "25%", "loss": "1%"}]})");
  EXPECT_EQ(netem::format(read.links.begin()->second.a_to_b), "loss=1% loss-correlation=25%");
}

TEST(TopologyFile, TenThousandLinksAreRead) {
  std::string text = "{\"nodes\": {\"hub\": {}";
  for (int i = 0; i < 10'000; ++i)
    text += fmt::format(", \"n{}\": {{\"interfaces\": {{\"eth0\": \"10.0.0.1/24\"}}}}", i);
  text += "}, \"links\": [[\"hub:a\", \"hub:b\"]";
  for (int i = 0; i < 10'000; ++i)
    text += fmt::format(
        ",\n{{\"ends\": [\"n{}:eth0\", \"hub:e{}\"], \"delay\": \"20ms\", \"rate\": \"1mbit\"}}", i,
        i);
  const auto read = topology(text + "]}");
  EXPECT_EQ(read.links.size(), 10'001U);
  EXPECT_EQ(topology(write_topology(read)), read);
}

TEST(TopologyFile, AFileIsReadFromDiskAndAMissingOneIsNamed) {
  const test::TempDir directory;
  std::ofstream{directory / "net.json"} << R"({"nodes": {"a": {"binds": ["x:/x"]}}})";
  const auto read = read_topology(directory / "net.json");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "net");
  EXPECT_THAT(read->nodes.at("a").binds, ElementsAre(directory / "x" + ":/x"));
  const auto missing = read_topology("/nonexistent/net.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().error.code, Errc::not_found);
  EXPECT_EQ(format(missing.error().front()),
            "open /nonexistent/net.json: No such file or directory");
}

TEST(TopologyFile, EveryExampleIsSound) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LINKFAB_EXAMPLES}) {
    if (entry.path().extension() != ".json") continue;
    ++count;
    const auto read = read_topology(entry.path().string());
    if (read) {
      EXPECT_EQ(topology(write_topology(*read)), *read) << entry.path();
    } else {
      for (const Finding& finding : read.error()) ADD_FAILURE() << format(finding);
    }
  }
  EXPECT_GE(count, 5);
}

}  // namespace
}  // namespace linkfab::fabric
