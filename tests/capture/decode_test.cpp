#include "capture/decode.hpp"

#include <gtest/gtest.h>

#include "tests/support/wire.hpp"

namespace linkfab::capture {
namespace {

constexpr const char* to = "02 00 00 00 00 02";
constexpr const char* from = "02 00 00 00 00 01";

std::string described(const std::string& rest) {
  const auto frame = test::wire(std::string(to) + from + rest);
  return describe(frame, static_cast<std::uint32_t>(frame.size()));
}

// An IPv4 header of 10.0.0.1 to 10.0.0.2.
std::string ip(const std::string& length, const std::string& protocol,
               const std::string& fragment = "0000") {
  return "0800 45 00 " + length + " 0007 " + fragment + " 40 " + protocol +
         " 0000 0a000001 0a000002";
}
const std::string ip6 =
    "86dd 60000000 0008 3a ff fe80 00000000000000000000 00000001 "
    "ff02 00000000000000000000 00000002";

TEST(Describe, FramesInTheMannerOfTcpdump) {
  const struct {
    std::string rest;
    std::string text;
  } table[]{
      {"0806 0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002",
       "ARP who-has 10.0.0.2 tell 10.0.0.1"},
      {"0806 0001 0800 06 04 0002 020000000001 0a000001 020000000002 0a000002",
       "ARP 10.0.0.1 is-at 02:00:00:00:00:01"},
      {ip("001c", "01") + "08 00 0000 0102 0003",
       "10.0.0.1 > 10.0.0.2: ICMP echo request, id 258, seq 3, length 8"},
      {ip("001c", "01") + "03 01 0000 0000 0000",
       "10.0.0.1 > 10.0.0.2: ICMP unreachable, code 1, length 8"},
      {ip("0020", "11") + "9c40 0035 000c 0000 00000000",
       "10.0.0.1.40000 > 10.0.0.2.53: UDP, length 4"},
      {ip("0028", "06") + "9c40 0050 00000001 00000000 50 02 ffff 0000 0000",
       "10.0.0.1.40000 > 10.0.0.2.80: TCP [S], length 0"},
      {ip("002a", "06") + "9c40 0050 00000001 00000000 50 18 ffff 0000 0000 4141",
       "10.0.0.1.40000 > 10.0.0.2.80: TCP [P.], length 2"},
      {ip("0030", "59"), "10.0.0.1 > 10.0.0.2: OSPF, length 28"},
      {ip("0030", "2f"), "10.0.0.1 > 10.0.0.2: protocol 47, length 28"},
      {ip("0030", "11", "20b9"), "10.0.0.1 > 10.0.0.2: fragment of 7 at 1480, protocol 17"},
      {ip6 + "87 00 0000 00000000", "fe80::1 > ff02::2: ICMP6 neighbor solicitation, length 8"},
      {"8100 2007 " + ip("001c", "01") + "00 00 0000 0001 0002",
       "vlan 7, 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 1, seq 2, length 8"},
      {"88a8 0005 8100 0006 88cc",
       "vlan 5, vlan 6, 02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 0x88cc, length 22"},
      {"0026 424203", "02:00:00:00:00:01 > 02:00:00:00:00:02, LLC, length 17"},
  };
  for (const auto& [rest, text] : table) EXPECT_EQ(described(rest), text) << rest;
}

TEST(Describe, WhatIsCutOffSaysSo) {
  EXPECT_EQ(describe({}, 60), "Ethernet, cut off, length 60");
  EXPECT_EQ(described("8100"), "Ethernet, cut off, length 14");
  EXPECT_EQ(described("0800 45"), "IP, cut off");
  EXPECT_EQ(described(ip("0020", "11") + "9c"), "10.0.0.1 > 10.0.0.2: UDP, cut off, length 12");
  EXPECT_EQ(described("0806 0001"), "ARP, cut off");
  EXPECT_EQ(described("86dd 60"), "IP6, cut off");
}

TEST(Describe, EveryPartOfAFrameIsReadToItsEnd) {
  const auto frame = test::wire(std::string(to) + from + "8100 2007 " + ip("0028", "06") +
                                "9c40 0050 00000001 00000000 50 02 ffff 0000 0000");
  for (std::size_t size = 0; size <= frame.size(); ++size) {
    const Bytes part(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(describe(part, 58).find("cut off") != std::string::npos, size < 52) << size;
  }
}

TEST(Describe, AHeaderThatIsBrokenIsNotRead) {
  EXPECT_EQ(described("0800 42 00 0020 0007 0000 40 11 0000 0a000001 0a000002"),
            "IP, broken header");
  EXPECT_EQ(described(ip("0004", "11") + "9c40 0035 000c 0000"),
            "10.0.0.1.40000 > 10.0.0.2.53: UDP, length 0");
}

}  // namespace
}  // namespace linkfab::capture
