#include "formats/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::formats {
namespace {

using testing::ElementsAre;

TEST(ShellWords, SplitsAsAShellWould) {
  EXPECT_THAT(*shell_words(R"(a  'b c' "d \" e" f\ g '')"),
              ElementsAre("a", "b c", "d \" e", "f g", ""));
}

TEST(ShellWords, LeavesWhatAShellWouldDoMoreWith) {
  for (const auto* line :
       {"a $B", "a `b`", "a | b", "a; b", "a > b", "a *", "a 'b", "\"$(x)\"", "a #b", "a \\"})
    EXPECT_FALSE(shell_words(line)) << line;
}

TEST(CommandOf, UsesAShellOnlyWhereOneIsNeeded) {
  EXPECT_THAT(command_of("sleep 60"), ElementsAre("sleep", "60"));
  EXPECT_THAT(command_of("a && b"), ElementsAre("/bin/sh", "-c", "a && b"));
}

TEST(MemoryOf, TakesTheUnitsOfOtherPrograms) {
  EXPECT_EQ(memory_of("64M"), "64m");
  EXPECT_EQ(memory_of("1.5 GiB"), "1.5g");
  EXPECT_EQ(memory_of("512MB"), "512m");
  EXPECT_EQ(memory_of("100"), "100");
}

TEST(Configure, ReadsWhatIproute2Says) {
  fabric::Node node;
  for (const auto* line :
       {"ip addr add 10.0.0.1/24 dev eth1", "ip a a 10.0.0.1/24 dev eth1",
        "/sbin/ip -6 address add 2001:DB8::1/64 dev eth1", "ip link set dev eth1 mtu 9000 up",
        "ip link set eth1 address 02:00:00:00:00:0A", "ip link set lo up",
        "ip route add default via 10.0.0.2", "ip -6 r a default via 2001:db8::2 dev eth1"})
    EXPECT_TRUE(configure(node, line)) << line;
  const auto& eth1 = node.interfaces.at("eth1");
  EXPECT_THAT(eth1.addresses, ElementsAre("10.0.0.1/24", "2001:db8::1/64"));
  EXPECT_EQ(eth1.mtu, 9000);
  EXPECT_EQ(eth1.mac, "02:00:00:00:00:0a");
  EXPECT_THAT(node.routes, ElementsAre(fabric::Route{"0.0.0.0/0", "10.0.0.2", ""},
                                       fabric::Route{"::/0", "2001:db8::2", "eth1"}));
}

TEST(Configure, ReadsWhatIfconfigAndRouteSay) {
  fabric::Node node;
  EXPECT_TRUE(configure(node, "ifconfig eth0 10.1.0.1/24 up"));
  EXPECT_TRUE(configure(node, "ifconfig eth1 10.2.0.1 netmask 255.255.255.252 up"));
  EXPECT_TRUE(configure(node, "route add default gw 10.1.0.2 dev eth0"));
  EXPECT_TRUE(configure(node, "route add -net 10.9.0.0/16 gw 10.1.0.3"));
  EXPECT_THAT(node.interfaces.at("eth1").addresses, ElementsAre("10.2.0.1/30"));
  EXPECT_THAT(node.routes, ElementsAre(fabric::Route{"0.0.0.0/0", "10.1.0.2", "eth0"},
                                       fabric::Route{"10.9.0.0/16", "10.1.0.3", ""}));
}

TEST(Configure, LeavesTheNodeAsItIsWhereALineSaysMore) {
  fabric::Node node;
  for (const auto* line :
       {"ip addr add 10.0.0.1/24 dev eth1 && reboot", "ip addr add 10.0.0.1/24 dev $IF",
        "ip addr add nonsense dev eth1", "ip addr del 10.0.0.1/24 dev eth1",
        "ip link add br0 type bridge", "ip link set eth1 mtu 9000 master br0",
        "ip link set eth1 mtu 99999", "ip route add default",
        "ip route add 10.0.0.1/8 via 10.0.0.2", "ip route add default via 10.0.0.2 dev none",
        "ifconfig eth0 10.0.0.1", "ifconfig eth0 10.0.0.1 netmask 255.0.255.0",
        "ifconfig eth0 netmask", "iptables -F", "ip", ""})
    EXPECT_FALSE(configure(node, line)) << line;
  EXPECT_EQ(node, fabric::Node{});
}

}  // namespace
}  // namespace linkfab::formats
