#include "formats/export.hpp"

#include <cmath>
#include <cstdio>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fabric/topology_file.hpp"
#include "formats/layout.hpp"
#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view lab = R"({
  "name": "lab",
  "nodes": {
    "r1": {"interfaces": {"eth0": {"addresses": "10.0.0.1/24", "mac": "02:00:00:00:00:01"}, "eth3": "10.9.0.1/24"},
           "routes": ["default via 10.0.0.2"], "sysctls": {"net.ipv4.ip_forward": 1}},
    "r2": {"image": "debian:12", "command": "echo 'it is' && sleep 60", "environment": {"A": "x: y"},
           "binds": ["/a:/b:ro"], "options": {"privileged": true, "cpus": 2}},
    "r3": {"interfaces": {"eth0": {"mtu": 9000}, "eth1": {"mtu": 9000}}},
    "out": {"kind": "host", "interfaces": {"lab0": [], "vx": {"vxlan": {"vni": 7, "remote": "192.0.2.1"}}}}
  },
  "links": [
    {"ends": ["r1:eth0", "r2:eth0"], "name": "wan", "delay": "20ms", "b_to_a": {"loss": "gemodel:1%,50%"},
     "classes": [{"match": "udp and port 53", "delay": "1ms"}]},
    {"ends": ["r2:eth1", "out:lab0"], "up": false},
    ["r2:eth2", "r2:eth3"],
    {"ends": ["r2:eth4", "out:vx"], "rate": "1mbit"}
  ],
  "segments": {"lan": {"kind": "hub", "interfaces": ["r1:eth1", {"interface": "r3:eth0", "jitter": "1ms"}]},
               "sw": {"interfaces": ["r1:eth2", "r3:eth1"]}}
})";

fabric::Topology topology(std::string_view text) {
  auto read = fabric::parse_topology(text, "/labs/lab.json");
  EXPECT_TRUE(read);
  if (!read)
    for (const auto& finding : read.error()) ADD_FAILURE() << fabric::format(finding);
  return read ? *std::move(read) : fabric::Topology{};
}

TEST(ExportContainerlab, IsReadBackWithTheSameLinks) {
  const auto wanted = topology(lab);
  const auto exported = export_containerlab(wanted);
  EXPECT_THAT(exported.left_out, IsEmpty());
  const auto again = imported(Format::containerlab, exported.text);
  EXPECT_EQ(count(again.report, Fate::refused), 0U) << losses(again.report);
  auto links = wanted.links;
  // Nodes of the host have one name there, and a tunnel one for each VNI.
  for (auto& [name, link] : links)
    if (link.b.node == "out") link.b = {"host", link.b.interface == "vx" ? "vx7" : "lab0"};
  ASSERT_EQ(again.topology.links.size(), links.size()) << exported.text;
  for (const auto& [name, link] : links) {
    const auto key = name.contains("out") ? link_name(link.a, link.b) : name;
    const auto found = std::ranges::find_if(
        again.topology.links, [&](const auto& other) { return other.second.a == link.a; });
    ASSERT_NE(found, again.topology.links.end()) << name;
    EXPECT_EQ(found->second, link) << name << "\n" << exported.text;
  }
  EXPECT_EQ(again.topology.segments, wanted.segments);
  EXPECT_EQ(again.topology.nodes.at("r2"), wanted.nodes.at("r2"));
  EXPECT_EQ(again.topology.nodes.at("r3"), wanted.nodes.at("r3"));
  EXPECT_EQ(again.topology.nodes.at("r1").routes, wanted.nodes.at("r1").routes);
  EXPECT_EQ(again.topology.nodes.at("r1").interfaces.at("eth0"),
            wanted.nodes.at("r1").interfaces.at("eth0"));
}

TEST(ExportContainerlab, KeepsKeysThatAreLongerThanYamlTakesForOne) {
  fabric::Topology wanted{.name = "lab", .nodes = {}, .links = {}, .segments = {}};
  wanted.nodes["r1"] = {
      .kind = fabric::NodeKind::docker,
      .image = "alpine:3",
      .environment = {{std::string(1020, 'A'), "1"}, {std::string(999, 'B'), "2"}}};
  const auto again = imported(Format::containerlab, export_containerlab(wanted).text);
  EXPECT_EQ(again.topology.nodes.at("r1").environment, wanted.nodes.at("r1").environment);
}

TEST(ExportContainerlab, ASwitchNodeIsABridgeOfOpenVSwitchAndReadBackAsItWas) {
  const auto wanted = topology(R"({
    "nodes": {"s1": {"kind": "switch", "controllers": ["tcp:127.0.0.1:6653"], "protocols": ["OpenFlow13"]},
              "access-switch": {"kind": "switch"}, "h1": {"interfaces": {"eth0": "10.0.0.1/24"}}},
    "links": [{"ends": ["h1:eth0", "s1:eth1"], "delay": "5ms"}, ["s1:eth2", "access-switch:eth1"]],
    "segments": {"lan": {"interfaces": ["access-switch:eth2", "h1:eth1"]}}})");
  const auto exported = export_containerlab(wanted);
  EXPECT_THAT(exported.left_out, IsEmpty());
  EXPECT_THAT(exported.text, HasSubstr("kind: ovs-bridge"));
  // Ends on bridges are devices of the host, whose names are unique there and not too long.
  EXPECT_THAT(exported.text, HasSubstr(R"(["h1:eth0", "s1:s1-eth1"])"));
  EXPECT_THAT(exported.text, Not(HasSubstr("access-switch-eth1")));
  const auto again = imported(Format::containerlab, exported.text);
  EXPECT_EQ(count(again.report, Fate::refused) + count(again.report, Fate::approximated), 0U)
      << losses(again.report);
  EXPECT_EQ(again.topology.nodes.at("s1"), wanted.nodes.at("s1")) << exported.text;
  EXPECT_EQ(again.topology.nodes.at("access-switch"), wanted.nodes.at("access-switch"));
  EXPECT_EQ(again.topology.links, wanted.links);
  EXPECT_EQ(again.topology.segments, wanted.segments);
}

TEST(ExportContainerlab, SaysWhatOfASwitchNodeItCannotHave) {
  const auto exported = export_containerlab(topology(R"({
    "nodes": {"a-switch-with-a-long-name": {"kind": "switch"},
              "s1": {"kind": "switch", "interfaces": {"eth7": {}}}, "h1": {}},
    "links": [["h1:eth0", "a-switch-with-a-long-name:eth1"]]})"));
  EXPECT_THAT(
      exported.left_out,
      ElementsAre("node a-switch-with-a-long-name: containerlab names it after a bridge, whose "
                  "name has 15 characters at most",
                  "interface s1:eth7: nothing is plugged in",
                  "link h1:eth0--a-switch-with-a-long-name:eth1: containerlab has nothing like its "
                  "end a-switch-with-a-long-name:eth1"));
}

TEST(ExportContainerlab, ASegmentThatIsCalledLikeANodeHasANameOfItsOwn) {
  const auto exported = export_containerlab(topology(R"({
    "nodes": {"pc": {"interfaces": {"eth0": {}}}, "lan": {}},
    "segments": {"pc": {"interfaces": ["pc:eth0"]}, "pc-switch": {}, "lan": {"kind": "hub"}}})"));
  EXPECT_THAT(exported.left_out,
              ElementsAre("segment lan: that it is called like a node; here it is lan-hub",
                          "segment pc: that it is called like a node; here it is pc-switch2"));
  const auto again = imported(Format::containerlab, exported.text);
  EXPECT_TRUE(again.topology.nodes.contains("pc")) << exported.text;
  EXPECT_EQ(again.topology.segments.at("pc-switch2").members.size(), 1U) << exported.text;
}

TEST(ExportContainerlab, SaysWhatItHasNoWordsFor) {
  const auto exported = export_containerlab(topology(R"({
    "nodes": {"a": {"image": "i"}, "vm": {"kind": "qemu", "options": {"kernel": "/k"}},
              "out": {"kind": "host", "interfaces": {"tap": {"tap": "tap0"}}}},
    "links": [["a:eth0", "vm:eth0"], ["a:eth1", "out:tap"]]})"));
  EXPECT_THAT(exported.left_out,
              ElementsAre("node vm: containerlab has no qemu nodes",
                          "link a:eth0--vm:eth0: containerlab has nothing like its end vm:eth0",
                          "link a:eth1--out:tap: containerlab has nothing like its end out:tap"));
}

TEST(ExportDot, HasInterfacesAndImpairmentsOnTheEdges) {
  EXPECT_EQ(export_dot(picture(topology(R"({"name": "a \"b\"", "nodes": {"r1": {}, "r2": {}},
      "links": [{"ends": ["r1:eth0", "r2:eth1"], "delay": "5ms", "b_to_a": {"loss": "1%"}, "up": false}],
      "segments": {"lan": {"interfaces": [{"interface": "r1:eth1", "rate": "1mbit"}]}}})"))),
            R"(graph "a \"b\"" {
  node [fontname="sans-serif"];
  edge [fontname="sans-serif", fontsize=9];
  n0 [label="r1\nnetns", shape=box, color=black];
  n1 [label="r2\nnetns", shape=box, color=black];
  n2 [label="lan\nswitch", shape=ellipse, color=black];
  n0 -- n1 [color=gray, style=dashed, taillabel="eth0", headlabel="eth1", label="cut\n→ delay=5ms\n← delay=5ms loss=1%"];
  n2 -- n0 [color=black, headlabel="eth1", label="→ rate=1mbit"];
}
)");
}

TEST(ExportDot, HasTheStatesOfARunningLab) {
  fabric::LabView view;
  view.nodes = {{.name = "r1", .kind = "docker", .state = "running"},
                {.name = "r2", .kind = "netns", .state = "error", .error = "x"}};
  view.links = {
      {.name = "l",
       .kind = "link",
       .state = "error",
       .error = "no device",
       .ends = {{.endpoint = fabric::Endpoint{"r1", "eth0"}, .toward = "delay=1ms"},
                {.endpoint = fabric::Endpoint{"r2", "eth0"}}}},
      {.name = "gone",
       .kind = "link",
       .state = "dangling",
       .ends = {{.endpoint = fabric::Endpoint{"r1", "eth1"}}, {.endpoint = std::nullopt}}}};
  const auto text = export_dot(picture(view));
  EXPECT_THAT(text, HasSubstr("r2\\nnetns, error\", shape=box, color=red"));
  EXPECT_THAT(text, HasSubstr("n0 -- n1 [color=red, taillabel=\"eth0\", headlabel=\"eth0\", "
                              "label=\"error\\n← delay=1ms\"]"));
  EXPECT_THAT(text, Not(HasSubstr("eth1")));
}

TEST(ExportSvg, DrawsEveryNodeAndLinkAndEscapesText) {
  auto drawn = picture(topology(lab));
  drawn.name = "<lab> & \"co\"";
  const auto text = export_svg(drawn);
  EXPECT_THAT(text, HasSubstr("<title>&lt;lab&gt; &amp; &quot;co&quot;</title>"));
  for (const auto* what :
       {">r1<", ">r2<", ">r3<", ">out<", ">lan<", "loss=gemodel", "stroke-dasharray"})
    EXPECT_THAT(text, HasSubstr(what));
  EXPECT_EQ(text, export_svg(drawn));
}

// The lines of a picture, as the numbers of their paths.
std::vector<std::string> paths(const std::string& svg) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = svg.find("<path d=\"", at)) != std::string::npos; ++at)
    found.push_back(svg.substr(at, svg.find('"', at + 10) - at));
  return found;
}

TEST(ExportSvg, LinksBetweenTheSameNodesAreDrawnApart) {
  const auto lines = paths(export_svg(picture(topology(R"({"nodes": {"r1": {}, "r2": {}}, "links": [
      ["r1:a", "r2:a"], ["r2:b", "r1:b"], {"ends": ["r1:c", "r2:c"], "delay": "1ms"},
      ["r1:d", "r1:e"]]})"))));
  EXPECT_EQ(lines.size(), 4U);
  EXPECT_EQ(std::set(lines.begin(), lines.end()).size(), 4U);
}

// How far from the straight way a line's first third is.
double bend(const std::string& path) {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, x3 = 0, y3 = 0;
  EXPECT_EQ(std::sscanf(path.c_str(), "<path d=\"M%lf %lfC%lf %lf %lf %lf %lf %lf", &x0, &y0, &x1,
                        &y1, &x2, &y2, &x3, &y3),
            8);
  return std::hypot(x1 - (2 * x0 + x3) / 3, y1 - (2 * y0 + y3) / 3);
}

TEST(ExportSvg, MoreLinksDoNotDrawNodesNearerToEachOther) {
  Picture drawn;
  drawn.nodes = {{.name = "r1"}, {.name = "r2"}};
  drawn.edges = {{.from = 0, .to = 1}};
  const auto text_of_nodes = [&] {
    const auto text = export_svg(drawn);
    return text.substr(text.find("<rect x="));
  };
  const auto with_one = text_of_nodes();
  drawn.edges.assign(5, drawn.edges.front());
  EXPECT_EQ(text_of_nodes(), with_one);
}

TEST(ExportSvg, TheMiddleOfThreeLinksIsStraight) {
  Picture three;
  three.nodes = {{.name = "r1"}, {.name = "r2"}};
  for (const auto& [from, to] : {std::pair{0U, 1U}, {1U, 0U}, {0U, 1U}})
    three.edges.push_back({.from = from, .to = to});
  const auto lines = paths(export_svg(three));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_GT(bend(lines[0]), 20);
  EXPECT_LT(bend(lines[1]), 1);
  EXPECT_GT(bend(lines[2]), 20);
}

TEST(Layout, KeepsNodesApartAndJoinedOnesTogether) {
  std::vector<std::pair<std::size_t, std::size_t>> ring;
  for (std::size_t i = 0; i < 12; ++i) ring.emplace_back(i, (i + 1) % 12);
  const auto points = lay_out(12, ring);
  for (std::size_t a = 0; a < 12; ++a) {
    EXPECT_GE(points[a].x, 0);
    for (std::size_t b = a + 1; b < 12; ++b)
      EXPECT_GT(std::hypot(points[a].x - points[b].x, points[a].y - points[b].y), 0.4)
          << a << ' ' << b;
  }
  for (const auto& [a, b] : ring)
    EXPECT_LT(std::hypot(points[a].x - points[b].x, points[a].y - points[b].y), 2.5);
}

TEST(Layout, TakesNothingLoopsAndManyNodes) {
  EXPECT_TRUE(lay_out(0, {}).empty());
  const std::vector<std::pair<std::size_t, std::size_t>> loop{{0, 0}};
  EXPECT_EQ(lay_out(1, loop).size(), 1U);
  EXPECT_EQ(lay_out(1000, {}).size(), 1000U);
}

}  // namespace
}  // namespace linkfab::formats
