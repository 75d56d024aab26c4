#include "netem/openflow_match.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/netem/openflow_frames.hpp"
#include "tests/netem/openflow_verdicts.hpp"

namespace linkfab::netem {
namespace {

using linkfab::test::wire;
using test::frames;
using test::verdicts;
using testing::HasSubstr;

FilterProgram compiled(const std::string& match) {
  const auto program = compile_filter(match);
  EXPECT_TRUE(program) << match << ": " << program.error().cause;
  return program.value_or(FilterProgram{});
}

std::string why(const std::string& match) {
  const auto program = compile_filter(match);
  return program ? "it is right" : program.error().cause;
}

bool has_tag(const Bytes& frame) {
  return (frame[12] == 0x81 && frame[13] == 0x00) || (frame[12] == 0x88 && frame[13] == 0xa8);
}

// The frame as the kernel has it when it keeps the tag beside it.
bool takes_with_tag_beside(const FilterProgram& program, Bytes frame) {
  const auto tag = static_cast<std::uint16_t>(frame[14] << 8 | frame[15]);
  frame.erase(frame.begin() + 12, frame.begin() + 16);
  return takes(program, frame, tag);
}

TEST(OpenflowMatch, TakesTheFramesThatItSaysAndNoOthers) {
  for (const auto& [match, expected] : verdicts()) {
    const auto program = compiled(match);
    std::string taken;
    for (const auto& [name, digits] : frames())
      if (takes(program, wire(digits))) taken += (taken.empty() ? "" : " ") + name;
    EXPECT_EQ(taken, expected) << match;
  }
}

TEST(OpenflowMatch, ATagBesideTheFrameIsLikeOneInIt) {
  int tags = 0;
  for (const auto& [match, expected] : verdicts()) {
    const auto program = compiled(match);
    for (const auto& [name, digits] : frames()) {
      const auto frame = wire(digits);
      if (!has_tag(frame)) continue;
      ++tags;
      EXPECT_EQ(takes_with_tag_beside(program, frame), takes(program, frame))
          << match << " of " << name;
    }
  }
  EXPECT_GT(tags, 500);
}

// As the kernel takes a filter of a socket, so it takes one of cls_bpf.
TEST(OpenflowMatch, TheKernelTakesEachProgram) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair.data()), 0);
  for (const auto& [match, expected] : verdicts()) {
    const auto program = compiled(match);
    std::vector<sock_filter> code;
    for (const auto& one : program)
      code.push_back({one.code, one.jump_true, one.jump_false, one.operand});
    const sock_fprog filter{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
    EXPECT_EQ(::setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter), 0)
        << match;
  }
  for (const int end : pair) ::close(end);
}

TEST(OpenflowMatch, AFrameThatEndsTooSoonDoesNotMatch) {
  const auto program = compiled("udp,tp_dst=5060");
  const auto whole = wire(frames().at("udp"));
  ASSERT_TRUE(takes(program, whole));
  constexpr std::size_t up_to_the_port = 14 + 20 + 4;
  for (std::size_t size = 0; size < up_to_the_port; ++size)
    EXPECT_FALSE(takes(program, ByteView(whole).first(size))) << size;
  // Too short for a SNAP header, but not for having no type.
  EXPECT_TRUE(takes(compiled("dl_type=0x05ff"), wire("02000000000b 02000000000a 0026 aaaa03")));
}

TEST(OpenflowMatch, BehindTooManyExtensionHeadersNothingIsSeen) {
  const auto frame = [](int headers) {
    std::string chain;
    for (int each = 0; each < headers; ++each)
      chain += each + 1 < headers ? "3c00 010400000000 " : "1100 010400000000 ";
    return wire(test::ethernet("86dd", test::ipv6("3c", chain + "1388 13c4 000c 0000 00000000")));
  };
  const auto program = compiled("udp6,tp_dst=5060");
  EXPECT_TRUE(takes(program, frame(1)));
  EXPECT_TRUE(takes(program, frame(6)));
  EXPECT_FALSE(takes(program, frame(7)));
  EXPECT_TRUE(takes(compiled("ipv6,nw_proto=60"), frame(7)));
}

TEST(OpenflowMatch, APcapExpressionIsNone) {
  for (const char* expression : {"udp",
                                 "ip",
                                 "arp",
                                 "rarp",
                                 "icmp",
                                 "icmp6",
                                 "tcp",
                                 "sctp",
                                 "mpls",
                                 "vlan",
                                 "ip6",
                                 "vlan 10",
                                 "tcp[13]=2",
                                 "tcp[13] = 2",
                                 "ip[1]&0xfc=0xb8",
                                 "len<=100",
                                 "len=100",
                                 "len = 100",
                                 "len==100",
                                 "icmptype=0",
                                 "5=5",
                                 "arp[6:2]=2",
                                 "(len=100)",
                                 "!udp",
                                 "not udp",
                                 "udp port 53",
                                 "ip proto 89",
                                 "ether[0]&1=1",
                                 "tcp[tcpflags]=tcp-syn",
                                 "greater 500",
                                 "tcp-syn=2",
                                 "dst net 10.0.0.0/8",
                                 "ether host 02:00:00:00:00:01",
                                 "ip[0]=0x45"}) {
    EXPECT_FALSE(is_openflow_match(expression)) << expression;
    const auto program = compile_filter(expression);
    EXPECT_TRUE(program) << expression << ": " << program.error().cause;
  }
  // A word that both have, alone, is of both kinds of IP, in a frame without a tag.
  EXPECT_TRUE(takes(compiled("udp"), wire(frames().at("udp6"))));
  EXPECT_FALSE(takes(compiled("udp"), wire(frames().at("udp-tagged"))));
}

TEST(OpenflowMatch, WhatIsNoPcapExpressionIsOne) {
  for (const auto& [match, taken] : verdicts()) EXPECT_TRUE(is_openflow_match(match)) << match;
  for (const char* match : {"udp6", " tcp6 ", "ipv6", "sctp6", "mplsm", "dl_type=2054", "tp_dts=5",
                            "in_port=1", "udp,", ",", "udp, and port 5", "Tp_dst=5"})
    EXPECT_TRUE(is_openflow_match(match)) << match;
  EXPECT_TRUE(takes(compiled(" udp6 "), wire(frames().at("udp6-options"))));
}

struct Mistake {
  std::string match;
  std::string told;
};

void expect_told(const std::vector<Mistake>& mistakes) {
  for (const auto& [match, told] : mistakes) EXPECT_THAT(why(match), HasSubstr(told)) << match;
}

TEST(OpenflowMatch, AWrongPartIsNamedWithItsPlace) {
  expect_told({
      {"udp,tp_dts=5060",
       "'tp_dts=5060' at character 5: it is neither a protocol nor a field of "
       "ovs-fields(7); did you mean 'tp_dst'?"},
      {"udpp,tp_dst=5060", "'udpp' at character 1: it is neither"},
      {"udp, and port 5", "'and port 5' at character 6: it is neither"},
      {"udp,", "'' at character 5: there is nothing; a comma stands between two parts"},
      {",udp", "'' at character 1: there is nothing"},
      {"udp,tp_dst", "a field has a value: tp_dst=VALUE"},
      {"ip,udp=1", "udp is a word of its own and takes no value"},
      {"tcp,udp", "'udp' at character 5: the protocol is 6 by what is before it"},
      {"tcp,tcp6", "the Ethernet type is 0x0800 by what is before it"},
      {"udp,nw_proto=6", "the protocol is 17 by what is before it"},
      {"udp,tp_src=1,udp_src=1", "'udp_src=1' at character 14: 'tp_src=1' says it already"},
      {"arp,nw_src=10.0.0.1,arp_spa=10.0.0.1", "'nw_src=10.0.0.1' says it already"},
      {"dl_type=0x800,eth_type=0x800", "'dl_type=0x800' says it already"},
  });
}

TEST(OpenflowMatch, WhatAFieldNeedsIsSaid) {
  expect_told({
      {"tp_dst=5060", "tp_dst needs a protocol with ports beside it: tcp, udp, sctp, tcp6"},
      {"ip,tp_dst=5060", "'tp_dst=5060' at character 4: tp_dst needs a protocol with ports"},
      {"icmp,tp_src=8", "tp_src needs a protocol with ports"},
      {"nw_proto=17,tp_dst=5060", "nw_proto needs ip or ipv6 beside it"},
      {"udp,tcp_dst=80", "tcp_dst needs tcp or tcp6 beside it"},
      {"tcp,udp_dst=80", "udp_dst needs udp or udp6 beside it"},
      {"udp,tcp_flags=+syn", "tcp_flags needs tcp or tcp6 beside it"},
      {"tcp,sctp_src=1", "sctp_src needs sctp or sctp6 beside it"},
      {"nw_src=10.0.0.1", "nw_src needs ip beside it"},
      {"ipv6,nw_dst=10.0.0.1", "nw_dst needs ip beside it; IPv6 has ipv6_src and ipv6_dst"},
      {"ip,ipv6_src=::1", "ipv6_src needs ipv6 beside it"},
      {"ip_dscp=46", "ip_dscp needs ip or ipv6 beside it"},
      {"arp,nw_ttl=1", "nw_ttl needs ip or ipv6 beside it"},
      {"arp_op=2", "arp_op needs arp beside it"},
      {"ip,arp_spa=10.0.0.1", "arp_spa needs arp beside it"},
      {"mpls_label=5", "mpls_label needs mpls beside it"},
      {"tcp,icmp_type=8", "icmp_type needs icmp or icmp6 beside it"},
      {"icmp,icmpv6_type=128", "icmpv6_type needs icmp6 beside it"},
  });
}

TEST(OpenflowMatch, WhatNoFrameShowsIsSaid) {
  expect_told({
      {"in_port=1,udp", "in_port is not of a frame: --from and --to say the direction"},
      {"udp,priority=5", "priority is not of a frame: a class has an option priority=NUMBER"},
      {"reg0=1", "reg0 is the switch's own and not of a frame"},
      {"metadata=1/1", "metadata is the switch's own and not of a frame"},
      {"tun_id=5", "tun_id is of the tunnel that a frame came by"},
      {"ct_state=+trk,ip", "ct_state is of connection tracking and not of a frame"},
      {"udp,actions=drop", "actions is of a flow in a switch and not of a frame"},
      {"table=0,udp", "table is of a flow"},
      {"icmp6,icmpv6_type=135,nd_target=::1", "nd_target is not told here"},
  });
}

TEST(OpenflowMatch, AWrongValueIsSaid) {
  expect_told({
      {"udp,tp_dst=70000", "70000 is too large; at most 65535"},
      {"udp,tp_dst=99999999999", "99999999999 is too large; at most 65535"},
      {"udp,tp_dst=domain", "'domain' is not a number, as 17 or 0x11"},
      {"udp,tp_dst=", "'' is not a number"},
      {"udp,tp_dst=0x", "'0x' is not a number"},
      {"udp,tp_dst=010", "'010' is not a number"},
      {"udp,tp_dst=-1", "'-1' is not a number"},
      {"udp,tp_dst=1/", "there is no mask behind the '/'"},
      {"udp,tp_dst=1/0x10000", "0x10000 is too large; at most 65535"},
      {"ip,nw_proto=1/1", "nw_proto takes no mask"},
      {"dl_type=0x800/0xff00", "dl_type takes no mask"},
      {"dl_type=0x26", "Ethernet types are from 0x600 on; 0x5ff stands for frames that have none"},
      {"dl_vlan=4096", "VLANs are from 0 to 4095; 0xffff stands for no tag"},
      {"vlan_vid=10", "vlan_vid has 0x1000 added for a tag: vlan_vid=0x100a or dl_vlan=10"},
      {"dl_vlan_pcp=8", "8 is too large; at most 7"},
      {"ip,ip_dscp=64", "64 is too large; at most 63"},
      {"ip,nw_tos=256", "256 is too large; at most 255"},
      {"ip,nw_ecn=4", "4 is too large; at most 3"},
      {"dl_src=aa:bb:cc:dd:ee", "'aa:bb:cc:dd:ee' is not an Ethernet address"},
      {"dl_src=aa:bb:cc:dd:ee:ff:00", "is not an Ethernet address"},
      {"dl_src=aa:bb:cc:dd:ee:100", "is not an Ethernet address"},
      {"dl_src=aa:bb:cc:dd:ee:ff/ff", "'ff' is not an Ethernet address"},
      {"ip,nw_src=10.0.0.300", "'10.0.0.300' is not an IPv4 address, as 10.0.0.1"},
      {"ip,nw_src=10.0.0.0/33", "33 is too large; at most 32"},
      {"ip,nw_src=fd00::1", "'fd00::1' is not an IPv4 address"},
      {"ip,nw_src=10.0.0.0/255.0.0", "'255.0.0' is not an IPv4 address"},
      {"ipv6,ipv6_src=10.0.0.1", "'10.0.0.1' is not an IPv6 address, as fd00::1"},
      {"ipv6,ipv6_src=::/129", "129 is too large; at most 128"},
      {"ip,ip_frag=some", "'some' is not one of no, yes, first, later, not_later"},
      {"tcp,tcp_flags=+sny",
       "'sny' is not a TCP flag (fin, syn, rst, psh, ack, urg, ece, cwr, ns); "
       "did you mean 'syn'?"},
      {"tcp,tcp_flags=+syn-syn", "'syn' is there twice"},
      {"tcp,tcp_flags=", "flags are written as +syn-ack, syn|ack or 0x2/0x12"},
      {"tcp,tcp_flags=syn|", "flags are written as"},
      {"tcp,tcp_flags=+", "'' is not a TCP flag"},
      {"tcp,tcp_flags=+syn/2", "flags by name have no mask"},
      {"tcp,tcp_flags=0x1000", "0x1000 is too large; at most 4095"},
  });
}

TEST(OpenflowMatch, TheErrorNamesTheWholeText) {
  const auto program = compile_filter("udp,tp_dts=1");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, Errc::invalid);
  EXPECT_EQ(program.error().attempt, "read the filter 'udp,tp_dts=1'");
}

}  // namespace
}  // namespace linkfab::netem
