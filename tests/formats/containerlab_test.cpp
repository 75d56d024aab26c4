#include <gmock/gmock.h>

#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto clab = Format::containerlab;

std::string with_links(std::string_view links) {
  return "name: x\ntopology:\n  nodes:\n    a: {image: i}\n    b: {image: i}\n  links:\n" +
         std::string{links};
}

TEST(Containerlab, NodesInheritFromGroupKindAndDefaults) {
  const auto result = imported(clab, R"(
name: x
topology:
  defaults: {kind: linux, image: of-defaults, env: {A: d, B: d, C: d}}
  kinds: {linux: {image: of-kind, env: {A: k, B: k}}}
  groups: {g: {env: {A: g}}}
  nodes:
    n1: {group: g}
    n2: {image: own}
    n3:
)");
  EXPECT_EQ(result.topology.nodes.at("n1").image, "of-kind");
  EXPECT_EQ(result.topology.nodes.at("n1").environment.at("A"), "g");
  EXPECT_EQ(result.topology.nodes.at("n1").environment.at("B"), "k");
  EXPECT_EQ(result.topology.nodes.at("n1").environment.at("C"), "d");
  EXPECT_EQ(result.topology.nodes.at("n2").image, "own");
  EXPECT_EQ(result.topology.nodes.at("n3").image, "of-kind");
}

TEST(Containerlab, LinksHaveItsMtuUnlessTheySayAnother) {
  const auto result =
      imported(clab, with_links("    - endpoints: [\"a:eth1\", \"b:eth1\"]\n"
                                "    - {endpoints: [\"a:eth2\", \"b:eth2\"], mtu: 1500}\n"));
  EXPECT_EQ(result.topology.nodes.at("a").interfaces.at("eth1").mtu, 9500);
  EXPECT_EQ(result.topology.nodes.at("a").interfaces.at("eth2").mtu, std::nullopt);
}

TEST(Containerlab, ImpairmentsAreInTheVariablesOfALink) {
  const auto result = imported(
      clab, with_links("    - endpoints: [\"a:eth1\", \"b:eth1\"]\n      vars: {linkfab: {name: "
                       "wan, up: false, delay: 10ms, "
                       "b_to_a: {loss: 1%}, classes: [{match: arp, drop-every: 3}]}, other: 1}\n"));
  const auto& link = result.topology.links.at("wan");
  EXPECT_FALSE(link.up);
  EXPECT_EQ(format(link.a_to_b), "delay=10ms [arp: drop-every=3]");
  EXPECT_EQ(format(link.b_to_a), "delay=10ms loss=1% [arp: drop-every=3]");
  EXPECT_THAT(fate_of(result, "topology.links[0].vars.other"), StartsWith("refused"));
}

TEST(Containerlab, ADummyIsAnInterfaceOfANodeOnly) {
  const auto result = imported(clab, R"(
name: x
topology:
  nodes:
    a: {image: i}
    lan: {kind: bridge}
  links:
    - {type: dummy, endpoint: {node: a, interface: d0}}
    - {type: dummy, endpoint: {node: lan, interface: d0}}
)");
  EXPECT_TRUE(result.topology.nodes.at("a").interfaces.at("d0").carrier_always);
  EXPECT_THAT(fate_of(result, "topology.links[0]"), testing::Not(StartsWith("refused")));
  EXPECT_THAT(fate_of(result, "topology.links[1]"), StartsWith("refused"));
}

TEST(Containerlab, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(problems(clab, with_links("    - endpoints: [\"a:eth1\"]\n")),
              StartsWith("x:7:7: topology.links[0]: a link has two endpoints, not 1"));
  EXPECT_THAT(problems(clab, with_links("    - endpoints: [\"a:eth1\", \"c:eth1\"]\n")),
              HasSubstr("there is no node 'c'"));
  EXPECT_THAT(problems(clab, with_links("    - endpoints: [\"a:eth1\", \"b\"]\n")),
              HasSubstr("\"NODE:INTERFACE\""));
  EXPECT_THAT(
      problems(
          clab,
          with_links("    - endpoints: [\"a:e\", \"b:e\"]\n    - endpoints: [\"a:e\", \"b:f\"]\n")),
      HasSubstr("x:8:7: topology.links[1]: a:e is joined already"));
  EXPECT_THAT(problems(clab, with_links("    - {type: vxlan, endpoint: {node: a, interface: e}, "
                                        "vni: 99999999, remote: 192.0.2.1}\n")),
              HasSubstr("vni"));
  EXPECT_THAT(
      problems(clab, with_links("    - {type: tunnel, endpoint: {node: a, interface: e}}\n")),
      HasSubstr("'tunnel' is none of veth"));
  EXPECT_THAT(
      problems(clab, with_links(
                         "    - {endpoints: [\"a:e\", \"b:e\"], vars: {linkfab: {delai: 1ms}}}\n")),
      AllOf(HasSubstr("topology.links[0].vars.linkfab"), HasSubstr("did you mean 'delay'?")));
  EXPECT_THAT(problems(clab, with_links("    - {endpoints: [\"a:e\", \"b:e\"], mtu: 1e9}\n")),
              HasSubstr("between 68 and 65535"));
  EXPECT_THAT(problems(clab, "name: x\n"), HasSubstr("'topology' is missing"));
  EXPECT_THAT(problems(clab, "name: x\ntopology: {nodes: [a]}\n"),
              HasSubstr("an object is needed, not a list"));
  EXPECT_THAT(problems(clab, "name: x\ntopology: {nodes: {a: {kind: linux}}}\n"),
              HasSubstr("it has no image"));
}

TEST(Containerlab, VariablesOfTheEnvironmentAreNotExpanded) {
  EXPECT_THAT(problems(clab, "name: x\ntopology:\n  nodes: {a: {image: \"${IMAGE}\"}}\n"),
              HasSubstr("envsubst"));
}

TEST(Containerlab, AMacvlanIsAGatewayToTheDevice) {
  const auto result =
      imported(clab, with_links("    - endpoints: [\"a:eth1\", \"macvlan:enp3s0\"]\n"));
  const auto& gateway = result.topology.nodes.at("host").interfaces.at("enp3s0").gateway;
  ASSERT_TRUE(gateway);
  EXPECT_EQ(format(*gateway), "nic enp3s0");
}

}  // namespace
}  // namespace linkfab::formats
