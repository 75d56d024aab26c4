#include "fabric/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;

std::vector<std::string> lines(const std::vector<Error>& errors) {
  std::vector<std::string> result;
  for (const Error& error : errors) result.push_back(linkfab::format(error));
  return result;
}

TEST(Endpoint, IsReadBackFromItsText) {
  EXPECT_EQ(*parse_endpoint("r1:eth0"), (Endpoint{"r1", "eth0"}));
  EXPECT_EQ(format(*parse_endpoint("a.b-c:eth0.100")), "a.b-c:eth0.100");
}

TEST(Endpoint, NeedsANodeAndAnInterface) {
  const auto error = [](const char* text) {
    const auto end = parse_endpoint(text);
    return end ? "none" : linkfab::format(end.error());
  };
  EXPECT_EQ(error("r1"), "read 'r1': an end is written NODE:INTERFACE, for example r1:eth0");
  EXPECT_EQ(error(":eth0"), "read ':eth0': node '': a name is needed");
  EXPECT_EQ(error("r1:"), "read 'r1:': interface '': a name is needed");
  EXPECT_EQ(error("r1:eth0:1"),
            "read 'r1:eth0:1': interface 'eth0:1': it may not hold '/', ':', '%', a space or a "
            "control character");
}

TEST(Names, OfNodesAreShortAndPlain) {
  EXPECT_TRUE(check_node_name("r1"));
  EXPECT_TRUE(check_node_name("_a.b-C9"));
  EXPECT_TRUE(check_node_name(std::string(63, 'a')));
  EXPECT_FALSE(check_node_name(std::string(64, 'a')));
  for (const char* name : {"", "-a", ".a", "a b", "a:b", "a/b", "ä"})
    EXPECT_FALSE(check_node_name(name)) << name;
}

TEST(Names, OfLinksMayHoldColons) {
  EXPECT_TRUE(check_link_name(link_name({"r1", "eth0"}, {"r2", "eth0"})));
  EXPECT_EQ(link_name({"r1", "eth0"}, {"r2", "eth0"}), "r1:eth0--r2:eth0");
  EXPECT_FALSE(check_link_name("a b"));
}

TEST(Names, OfInterfacesAreThoseThatTheKernelTakes) {
  EXPECT_TRUE(check_interface_name("eth0.100@x"));
  EXPECT_TRUE(check_interface_name("fifteen-letters"));
  for (const char* name :
       {"", "sixteen-letters-", ".", "..", "lo", "a/b", "a:b", "a b", "a\tb", "a%d", "a\xa0"})
    EXPECT_FALSE(check_interface_name(name)) << name;
}

TEST(Check, FindsNothingInASoundTopology) {
  EXPECT_TRUE(check({}).empty());
  Topology topology;
  topology.nodes["r1"].interfaces["eth0"];
  topology.nodes["r2"].interfaces["eth0"];
  topology.links["l"] = {{"r1", "eth0"}, {"r2", "eth0"}, {}, {}};
  EXPECT_TRUE(check(topology).empty());
}

TEST(Check, NamesTheObjectOfEachFinding) {
  Topology topology;
  topology.nodes["r1"].kind = NodeKind::docker;
  topology.nodes["r1"].interfaces["eth0"];
  topology.links["l"] = {{"r1", "eth0"}, {"r1", "eth1"}, {}, {}};
  topology.links["l"].a_to_b.reorder = {5};
  topology.segments["l"].members[{"r1", "eth0"}].gap = 3;
  EXPECT_THAT(
      lines(check(topology)),
      ElementsAre(
          "node r1: a docker node needs an image, for example \"image\": \"debian\"",
          "link l: node r1 has no interface 'eth1'; did you mean 'eth0'?",
          "link l: a_to_b: use reorder=5%: reordered frames skip the delay and there is none; "
          "set delay too, for example delay=10ms",
          "segment l: a link has that name; links and segments share their names",
          "segment l: r1:eth0 is in link l already; an interface is in one link or segment",
          "segment l: r1:eth0: use gap=3: it counts between reordered frames; set reorder too, "
          "for example reorder=100%"));
}

}  // namespace
}  // namespace linkfab::fabric
