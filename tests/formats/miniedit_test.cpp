#include <gmock/gmock.h>

#include "fabric/switch_settings.hpp"
#include "tests/formats/imported.hpp"

namespace linkfab::formats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string minilab(std::string_view links, std::string_view base = "10.0.0.0/8") {
  return fmt::format(
      R"({{"version": "2", "application": {{"ipBase": "{}"}}, "hosts": [{{"opts": {{"hostname": "h1", "nodeNum": 1}}}}, {{"opts": {{"hostname": "h2", "nodeNum": 300, "ip": "10.5.0.1"}}}}], "links": [{}]}})",
      base, links);
}

std::string miniedit_errors(std::string_view text) {
  return problems(Format::miniedit, text);
}

TEST(MiniEdit, HostsHaveTheAddressOfTheirNumberOnTheirFirstInterface) {
  const auto result = imported(
      Format::miniedit,
      minilab(R"({"src": "h1", "dest": "h2"}, {"src": "h1", "dest": "h2"})", "192.168.0.0/16"));
  const auto& h1 = result.topology.nodes.at("h1");
  EXPECT_THAT(h1.interfaces.at("h1-eth0").addresses, ElementsAre("192.168.0.1/16"));
  EXPECT_TRUE(h1.interfaces.at("h1-eth1").addresses.empty());
  EXPECT_THAT(result.topology.nodes.at("h2").interfaces.at("h2-eth0").addresses,
              ElementsAre("10.5.0.1/16"));
}

std::string with_switch(std::string_view options, std::string_view controller) {
  return fmt::format(
      R"({{"version": "2", "application": {{"openFlowVersions": {{"ovsOf10": "1", "ovsOf13": "1", "ovsOf14": "0"}}}},
           "hosts": [{{"opts": {{"hostname": "h1", "nodeNum": 1}}}}],
           "controllers": [{{"opts": {{"hostname": "c0", {}}}}}],
           "switches": [{{"opts": {{"hostname": "s1", "nodeNum": 1, "switchType": "default", {}}}}}],
           "links": [{{"src": "h1", "dest": "s1", "opts": {{"delay": "5ms"}}}}]}})",
      controller, options);
}

TEST(MiniEdit, ASwitchIsAnOpenVSwitchWithItsController) {
  const auto result = imported(
      Format::miniedit,
      with_switch(R"("dpid": "a1", "controllers": ["c0"])",
                  R"("controllerType": "remote", "remoteIP": "10.1.1.1", "remotePort": 6653)"));
  const auto& s1 = result.topology.nodes.at("s1");
  EXPECT_EQ(s1.kind, fabric::NodeKind::bridge);
  EXPECT_TRUE(s1.interfaces.contains("eth1"));
  const auto settings = fabric::parse_switch_settings(s1.switch_settings);
  EXPECT_THAT(fabric::controller_targets(settings), ElementsAre("tcp:10.1.1.1:6653"));
  EXPECT_EQ(fabric::datapath_id("s1", settings), "00000000000000a1");
  EXPECT_EQ(settings["protocols"].size(), 2U);
  EXPECT_EQ(format(result.topology.links.begin()->second.a_to_b), "delay=5ms");
}

TEST(MiniEdit, AControllerThatMiniEditStartsIsLeftOutAndSaidToBe) {
  const auto result = imported(
      Format::miniedit, with_switch(R"("controllers": ["c0"])", R"("controllerType": "ref")"));
  const auto settings =
      fabric::parse_switch_settings(result.topology.nodes.at("s1").switch_settings);
  EXPECT_EQ(fabric::fail_mode(settings), "standalone");
  EXPECT_THAT(fate_of(result, "controllers[0].opts.controllerType"),
              HasSubstr("approximated: it is not started"));
  EXPECT_THAT(problems(Format::miniedit, with_switch(R"("dpid": "x")", R"("a": 1)")),
              HasSubstr("'x' is no datapath id"));
}

TEST(MiniEdit, ADelayWithoutAUnitIsInMicroseconds) {
  const auto result =
      imported(Format::miniedit,
               minilab(R"({"src": "h1", "dest": "h2", "opts": {"delay": "500", "bw": "0.5"}})"));
  EXPECT_EQ(format(result.topology.links.begin()->second.b_to_a), "delay=500us rate=500kbit");
}

TEST(MiniEdit, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(miniedit_errors(minilab(R"({"src": "h1", "dest": "h9"})")),
              HasSubstr("links[0].dest: there is no node 'h9'"));
  EXPECT_THAT(miniedit_errors(minilab(R"({"src": "h1"})")), HasSubstr("'dest' is missing"));
  EXPECT_THAT(miniedit_errors(minilab(R"({"src": "h1", "dest": "h2", "opts": {"delay": "soon"}})")),
              HasSubstr("links[0].opts.delay"));
  EXPECT_THAT(miniedit_errors(minilab(R"({"src": "h1", "dest": "h2", "opts": {"bw": -3}})")),
              HasSubstr("'-3'"));
  EXPECT_THAT(
      miniedit_errors(minilab(R"({"src": "h1", "dest": "h2", "opts": {"max_queue_size": 1e99}})")),
      HasSubstr("1e99"));
  EXPECT_THAT(miniedit_errors(R"({"hosts": [{"opts": {}}]})"), HasSubstr("'hostname' is needed"));
  EXPECT_THAT(
      miniedit_errors(R"({"hosts": [{"opts": {"hostname": "a"}}, {"opts": {"hostname": "a"}}]})"),
      HasSubstr("'a' is there already"));
  EXPECT_THAT(miniedit_errors(R"({"hosts": {}})"), HasSubstr("a list is needed, not an object"));
}

}  // namespace
}  // namespace linkfab::formats
