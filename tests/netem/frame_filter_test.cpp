#include "netem/frame_filter.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

namespace linkfab::netem {
namespace {

using Frame = std::array<std::uint8_t, 64>;

// An Ethernet frame of IPv4, and of UDP to port 5060 where `protocol` is 17.
Frame frame(std::uint8_t protocol) {
  Frame made{};
  made[12] = 0x08;
  made[14] = 0x45;
  made[23] = protocol;
  made[36] = 5060 >> 8;
  made[37] = 5060 & 0xff;
  return made;
}

TEST(FrameFilter, TakesWhatItSays) {
  const auto sip = compile_filter("udp and dst port 5060");
  ASSERT_TRUE(sip) << sip.error().cause;
  // What the kernel's classifier takes for "as the filter says".
  EXPECT_TRUE(std::ranges::any_of(
      *sip, [](const FilterInstruction& one) { return one.operand == 0xffffffff; }));
  EXPECT_TRUE(takes(*sip, frame(17)));
  EXPECT_FALSE(takes(*sip, frame(6)));
  EXPECT_TRUE(takes(every_frame(), frame(6)));
}

TEST(FrameFilter, KnowsWhatPeopleFilter) {
  for (const char* expression :
       {"ip proto 89", "arp[6:2] = 2", "ip[1] & 0xfc == 0xb8", "vlan 10 and icmp", "ip6",
        "ether proto 0x88cc", "ether host 02:00:00:00:00:01",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "host 10.0.0.1 or net 192.168.0.0/16",
        "port domain", "ip6 host 2001:db8::1", "icmp[icmptype] == icmp-echo", "portrange 5000-5010",
        "greater 1000", "mpls", "!(tcp)"}) {
    const auto program = compile_filter(expression);
    EXPECT_TRUE(program) << expression << ": " << program.error().cause;
  }
}

TEST(FrameFilter, WrongOnesSayWhatIsWrong) {
  EXPECT_NE(compile_filter("udp and and").error().cause.find("syntax error"), std::string::npos);
  EXPECT_NE(compile_filter(" ").error().cause.find("it is empty"), std::string::npos);
  EXPECT_NE(compile_filter(std::string(1001, 'x')).error().cause.find("longer than 1000"),
            std::string::npos);
  EXPECT_FALSE(compile_filter("udp\nport 5"));
}

// Nothing waits for a resolver.
TEST(FrameFilter, AHostsNameIsRefused) {
  const auto named = compile_filter("host example.test");
  ASSERT_FALSE(named);
  EXPECT_NE(named.error().cause.find("'example.test' is neither"), std::string::npos);
  EXPECT_FALSE(compile_filter("dst localhost"));
  EXPECT_FALSE(compile_filter("udp and dst prt 5060"));
}

}  // namespace
}  // namespace linkfab::netem
