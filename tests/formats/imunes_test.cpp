#include <gmock/gmock.h>

#include "formats/source.hpp"
#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string imunes_errors(std::string_view text) {
  return problems(Format::imunes, text);
}

TEST(TclList, HasBracesQuotesAndBackslashes) {
  EXPECT_THAT(*tcl_list("a {b {c d}} \"e f\" g\\ h {}"),
              ElementsAre("a", "b {c d}", "e f", "g h", ""));
}

TEST(TclList, EvaluatesNothing) {
  EXPECT_FALSE(tcl_list("a $b"));
  EXPECT_FALSE(tcl_list("[exec reboot]"));
  EXPECT_FALSE(tcl_list("\"[exec reboot]\""));
  EXPECT_THAT(*tcl_list("{[exec reboot] $x}"), ElementsAre("[exec reboot] $x"));
  EXPECT_FALSE(tcl_list("{a"));
  EXPECT_FALSE(tcl_list("\"a"));
}

TEST(Imunes, ParallelLinksTakeInterfacesInOrder) {
  const auto result = imported(Format::imunes, R"(
node n0 { type pc interface-peer {eth0 n1} interface-peer {eth1 n1} }
node n1 { type pc interface-peer {eth5 n0} interface-peer {eth4 n0} }
link l0 { nodes {n0 n1} }
link l1 { nodes {n1 n0} delay 1000 })");
  EXPECT_TRUE(result.topology.links.contains("n0:eth0--n1:eth5"));
  EXPECT_EQ(format(result.topology.links.at("n1:eth4--n0:eth1").a_to_b), "delay=1ms");
}

TEST(Imunes, TextOfANetworkConfigIsReadAndNotRun) {
  const auto result = imported(Format::imunes, R"(
node n0 { type pc network-config {
	hostname alice
	!
	interface lo0
	 type lo
	 ip address 127.0.0.1/8
	!
	ip route 10.9.0.0/16 10.2.0.254
	!
	interface eth0
	 ip address 10.2.0.1/24
	!
} interface-peer {eth0 n1} }
node n1 { type pc interface-peer {eth0 n0} }
link l0 { nodes {n0 n1} })");
  const auto& alice = result.topology.nodes.at("alice");
  EXPECT_THAT(alice.routes, ElementsAre(fabric::Route{"10.9.0.0/16", "10.2.0.254", ""}));
  EXPECT_THAT(alice.interfaces.at("eth0").addresses, ElementsAre("10.2.0.1/24"));
  EXPECT_EQ(alice.interfaces.size(), 1U);
}

TEST(Imunes, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(imunes_errors("node n0 {\n type pc\n model $x\n}"),
              StartsWith("x:3:1: variables and commands of Tcl"));
  EXPECT_THAT(imunes_errors("node n0 {type pc"), HasSubstr("a brace is not closed"));
  EXPECT_THAT(imunes_errors("node n0"), HasSubstr("CLASS NAME {BODY}"));
  EXPECT_THAT(imunes_errors("node n0 {type}"), HasSubstr("'type' has no value"));
  EXPECT_THAT(imunes_errors("node n0 {type pc}\nnode n0 {type pc}"),
              HasSubstr("node n0 is there already"));
  EXPECT_THAT(imunes_errors("node n0 {type pc}\nlink l {nodes {n0 n1}}"),
              HasSubstr("no free interface to n1"));
  EXPECT_THAT(imunes_errors("node n0 {type pc}\nlink l {nodes {n7 n0}}"),
              HasSubstr("there is no node 'n7'"));
  EXPECT_THAT(imunes_errors("node n0 {type pc}\nlink l {nodes n0}"),
              HasSubstr("a link has two nodes"));
  EXPECT_THAT(imunes_errors(std::string(100'000, '{')), HasSubstr("x:1:"));
  EXPECT_THAT(imunes_errors("node n0 " + std::string(100'000, '{')),
              HasSubstr("a brace is not closed"));
  EXPECT_THAT(
      imunes_errors(
          R"({"nodes": {"n0": {"type": "pc"}}, "links": {"l": {"peers": "n0 n0", "peers_ifaces": "a b"}}})"),
      HasSubstr("node n0 has no interface 'a'"));
  EXPECT_THAT(
      imunes_errors(
          R"({"nodes": {"n0": {"type": "pc"}}, "links": {"l": {"peers": "n0 n0", "bandwidth": "-1"}}})"),
      HasSubstr("links.l.bandwidth: '-1'"));
  EXPECT_THAT(imunes_errors(R"({"nodes": {"n0": {"type": "pc", "ifaces": {"i": {"mac": "x"}}}}})"),
              HasSubstr("'x'"));
  EXPECT_THAT(imunes_errors("{}"), HasSubstr("this is no IMUNES file"));
  EXPECT_THAT(imunes_errors(""), HasSubstr("this is no IMUNES file"));
}

}  // namespace
}  // namespace linkfab::formats
