#include <gmock/gmock.h>

#include "formats/source.hpp"
#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string scenario(std::string_view links) {
  return fmt::format(
      "<scenario><devices><device id=\"1\" name=\"a\" type=\"PC\"/><device id=\"2\" name=\"b\" "
      "type=\"PC\"/></devices>\n<links>{}</links></scenario>",
      links);
}

std::string core_errors(std::string_view text) {
  return problems(Format::core, text);
}

TEST(Core, TheOldNamesOfAttributesAreTaken) {
  const auto result = imported(Format::core, scenario(R"(<link node_one="1" node_two="2">
    <interface_one id="0" name="eth3"/><interface_two id="0" name="eth4"/><options per="2"/></link>)"));
  EXPECT_EQ(format(result.topology.links.at("a:eth3--b:eth4").a_to_b), "loss=2%");
}

TEST(Core, ParallelLinksStayApart) {
  const auto result = imported(
      Format::core,
      scenario(
          R"(<link node1="1" node2="2"><iface1 id="0"/><iface2 id="0"/></link><link node1="1" node2="2"><iface1 id="1"/><iface2 id="1"/></link>)"));
  EXPECT_EQ(result.topology.links.size(), 2U);
}

TEST(Core, OneDirectionAloneLeavesTheOtherFree) {
  const auto result = imported(
      Format::core,
      scenario(R"(<link node1="1" node2="2"><options delay="1000" unidirectional="1"/></link>)"));
  const auto& link = result.topology.links.begin()->second;
  EXPECT_EQ(format(link.a_to_b), "delay=1ms");
  EXPECT_EQ(link.b_to_a, fabric::Impairment{});
}

TEST(Core, TakesNoEntities) {
  EXPECT_THAT(
      core_errors(
          R"(<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><scenario>&b;</scenario>)"),
      HasSubstr("a document type is not taken"));
  EXPECT_THAT(core_errors(R"(<!DOCTYPE x SYSTEM "file:///etc/passwd"><scenario/>)"),
              HasSubstr("document type"));
}

TEST(Core, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(core_errors("<scenario>\n<devices>"), StartsWith("x:2:"));
  EXPECT_THAT(core_errors("<lab/>"), HasSubstr("<scenario> is needed, not <lab>"));
  EXPECT_THAT(core_errors(""), HasSubstr("x:1:1"));
  EXPECT_THAT(core_errors("<scenario a=\"1\" a=\"2\"/>"),
              HasSubstr("attribute 'a' is there already"));
  EXPECT_THAT(core_errors(scenario("\n <link node1=\"1\" node2=\"9\"/>")),
              StartsWith("x:3:2: links.link: node2: there is no node with id '9'"));
  EXPECT_THAT(core_errors(scenario("<link node1=\"1\" node2=\"2\"><options delay=\"-1\"/></link>")),
              HasSubstr("'-1'"));
  EXPECT_THAT(
      core_errors(scenario("<link node1=\"1\" node2=\"2\"><options bandwidth=\"1e400\"/></link>")),
      HasSubstr("'1e400'"));
  EXPECT_THAT(
      core_errors(scenario(
          "<link node1=\"1\" node2=\"2\"><iface1 ip4=\"10.0.0.1\" ip4_mask=\"99\"/></link>")),
      HasSubstr("10.0.0.1/99"));
  EXPECT_THAT(
      core_errors(scenario(
          R"(<link node1="1" node2="2"><iface1 id="0"/></link><link node1="1" node2="2"><iface1 id="0"/></link>)")),
      HasSubstr("joined already"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_NE(core_errors(deep), "");
  std::string closed;
  for (int i = 0; i < 200; ++i) closed += "<a>";
  for (int i = 0; i < 200; ++i) closed += "</a>";
  EXPECT_THAT(core_errors(closed), HasSubstr("more than 64 levels"));
}

}  // namespace
}  // namespace linkfab::formats
