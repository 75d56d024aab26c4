#include "fabric/gateway.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;
using testing::Pair;

struct Written {
  std::string type;
  GatewayOptions options;
  std::string text;
};
void PrintTo(const Written& written, std::ostream* out) {
  *out << written.type << ' ' << testing::PrintToString(written.options);
}

class Gateways : public testing::TestWithParam<Written> {};

TEST_P(Gateways, AreReadAndWrittenAlike) {
  const auto gateway = parse_gateway(GetParam().type, GetParam().options);
  ASSERT_TRUE(gateway) << format(gateway.error());
  EXPECT_EQ(type_of(*gateway), GetParam().type);
  EXPECT_EQ(options(*gateway), GetParam().options);
  EXPECT_EQ(format(*gateway), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    All, Gateways,
    testing::ValuesIn(std::vector<Written>{
        {"udp",
         {{"local", "127.0.0.1:20000"}, {"remote", "192.0.2.1:30000"}},
         "udp 127.0.0.1:20000 to 192.0.2.1:30000"},
        {"udp", {{"local", "[::1]:1"}, {"remote", "[::1]:2"}}, "udp [::1]:1 to [::1]:2"},
        {"vxlan", {{"vni", "42"}}, "vxlan 42 to whoever sends"},
        {"vxlan",
         {{"vni", "16777215"}, {"remote", "192.0.2.1"}, {"local", "192.0.2.2"}, {"port", "14789"}},
         "vxlan 16777215 to 192.0.2.1"},
        {"nic", {{"device", "eth1"}}, "nic eth1"},
        {"nic", {{"device", "eth1"}, {"vlan", "7"}, {"force", "true"}}, "vlan 7 of nic eth1"},
        {"tap", {{"device", "tap0"}}, "tap tap0"},
        {"bridge", {{"device", "virbr0"}}, "bridge virbr0"}}));

TEST(Gateway, DefaultsAreLeftOutAndAddressesCanonical) {
  const auto vxlan =
      parse_gateway("vxlan", {{"vni", "7"}, {"remote", "2001:DB8:0::1"}, {"port", "4789"}});
  ASSERT_TRUE(vxlan);
  EXPECT_THAT(options(*vxlan), ElementsAre(Pair("remote", "2001:db8::1"), Pair("vni", "7")));
}

struct Refused {
  std::string type;
  GatewayOptions options;
  std::string message;
};
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.type << ' ' << testing::PrintToString(refused.options);
}

class WrongGateways : public testing::TestWithParam<Refused> {};

TEST_P(WrongGateways, AreRefusedWithWhatWouldBeRight) {
  const auto gateway = parse_gateway(GetParam().type, GetParam().options);
  ASSERT_FALSE(gateway);
  EXPECT_EQ(gateway.error().code, Errc::invalid);
  EXPECT_THAT(format(gateway.error()), testing::HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongGateways,
    testing::ValuesIn(std::vector<Refused>{
        {"gre", {}, "'gre' is none of its types: udp, vxlan, nic, tap, bridge"},
        {"udp", {{"local", "127.0.0.1:1"}}, "udp gateway: it needs remote"},
        {"udp", {{"local", "localhost:1"}, {"remote", "127.0.0.1:2"}}, "local 'localhost:1': "},
        {"udp", {{"local", "127.0.0.1:1"}, {"remote", "127.0.0.1:1"}}, "are the same"},
        {"udp", {{"local", "127.0.0.1:1"}, {"remote", "[::1]:2"}}, "different IP versions"},
        {"udp", {{"local", "127.0.0.1:1"}, {"remote", "127.0.0.1:0"}}, "1 to 65535"},
        {"vxlan", {}, "it needs vni"},
        {"vxlan", {{"vni", "16777216"}}, "vni is a number from 0 to 16777215, not '16777216'"},
        {"vxlan", {{"vni", "1"}, {"prot", "1"}}, "unknown option 'prot'; did you mean 'port'?"},
        {"vxlan", {{"vni", "1"}, {"remote", "::1"}, {"local", "10.0.0.1"}}, "different IP"},
        {"nic", {}, "it needs device"},
        {"nic", {{"device", "eth1"}, {"vlan", "4095"}}, "vlan is a number from 1 to 4094"},
        {"nic", {{"device", "eth1"}, {"force", "yes"}}, "force is true or false, not 'yes'"},
        {"tap", {{"device", "a/b"}}, "device 'a/b': "},
        {"bridge", {{"device", "lo"}}, "device 'lo': "}}));

TEST(Gateway, ClaimsWhatAnotherCannotHaveAsWell) {
  const Gateway nic = NicGateway{.device = "eth1"};
  EXPECT_EQ(claim(nic), claim(TapGateway{.device = "eth1"}));
  EXPECT_NE(claim(nic), claim(NicGateway{.device = "eth1", .vlan = 7}));
  EXPECT_NE(claim(VxlanGateway{.vni = 7}), claim(VxlanGateway{.vni = 7, .port = 14789}));
  EXPECT_EQ(claim(BridgeGateway{.device = "br0"}), "");
}

}  // namespace
}  // namespace linkfab::fabric
