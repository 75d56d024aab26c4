// Values that devices on running hosts carry: an upgrade that changed one would take every device
// for a stranger's.

#include "fabric/names.hpp"

#include <string>

#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

const Endpoint r1_eth0{"r1", "eth0"};
const Endpoint r1_eth1{"r1", "eth1"};

TEST(Names, TheHashOfATextStaysWhatItIs) {
  EXPECT_EQ(stable_hash(""), 0xefd01f60ba992926U);
  EXPECT_EQ(stable_hash("linkfab"), 0x2958f408d11ada73U);
  EXPECT_EQ(stable_hash("r1:eth0--r2:eth0"), 0x5be52ebabc38e2d1U);
}

TEST(Names, TheDeviceOfAnInterfaceStaysWhatItIs) {
  EXPECT_EQ(device_name("linkfab", r1_eth0), "lf2q8jd7varxss8");
  EXPECT_EQ(device_name("linkfab", r1_eth1), "lfj870vzt2b1wm4");
  EXPECT_EQ(device_name("other", r1_eth0), "lfysgrrw9sztcn0");
}

TEST(Names, ADerivedMacStaysWhatItIs) {
  EXPECT_EQ(derived_mac("linkfab", r1_eth0), "02:53:48:d5:bd:fc");
  EXPECT_EQ(derived_mac("linkfab", r1_eth1), "02:0f:1e:53:1a:7c");
  EXPECT_EQ(derived_mac("other", r1_eth0), "02:7c:ba:2f:e5:b7");
}

TEST(Names, GroupsCookiesAndSegmentNumbersStayWhatTheyAre) {
  EXPECT_EQ(device_group("linkfab"), 0x4c46da72U);
  EXPECT_EQ(device_group("other"), 0x4c46a1f8U);
  EXPECT_EQ(cookie("r1:eth0--r2:eth0"), 0xfab52ebabc38e2d1U);
  EXPECT_EQ(cookie("learning pipeline"), 0xfab6908d8c93ee13U);
  EXPECT_EQ(segment_number("lan"), 0xae1188fU);
}

TEST(Names, EveryDeviceNameFillsWhatTheKernelTakesAndIsKnownAsOurs) {
  for (int i = 0; i < 1000; ++i) {
    const auto name = device_name("linkfab", {"node" + std::to_string(i), "eth0"});
    ASSERT_EQ(name.size(), 15U) << name;
    ASSERT_TRUE(is_device_name(name)) << name;
  }
}

TEST(Names, OtherDevicesAreNotOurs) {
  EXPECT_FALSE(is_device_name(""));
  EXPECT_FALSE(is_device_name("lo"));
  EXPECT_FALSE(is_device_name("lf2q8jd7varxss"));
  EXPECT_FALSE(is_device_name("lf2q8jd7varxss80"));
  EXPECT_FALSE(is_device_name("lf2q8jd7varxsu8"));  // Crockford's digits have no u
  EXPECT_FALSE(is_device_name("ve2q8jd7varxss8"));
}

TEST(Names, GroupsAreEvenSoThatTheDoomedHaveTheirOwn) {
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(device_group("instance" + std::to_string(i)) % 2, 0U) << i;
}

TEST(Names, ADerivedMacIsLocalAndUnicast) {
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(derived_mac("linkfab", {"n" + std::to_string(i), "eth0"}).starts_with("02:")) << i;
}

TEST(Names, SegmentNumbersAreGroupIdsThatOpenFlowAdmits) {
  for (int i = 0; i < 1000; ++i) {
    const auto number = segment_number("lan" + std::to_string(i));
    ASSERT_GE(number, 1U);
    ASSERT_LE(number, 1U << 30U);
  }
}

TEST(Names, CookiesCarryTheirOwner) {
  for (const char* name : {"a", "r1:eth0--r2:eth0", ""})
    EXPECT_EQ(cookie(name) & cookie_mask, cookie_owner);
}

TEST(PortMarks, AMarkReadsAsItIsWritten) {
  const PortMark mark{.endpoint = r1_eth0, .netns = 4026532281, .config = 0x0123456789abcdef};
  const std::string text = "linkfab main r1:eth0 netns=4026532281 config=0123456789abcdef";
  EXPECT_EQ(format_mark("main", mark), text);
  EXPECT_EQ(parse_mark("main", text), mark);
}

TEST(PortMarks, NodesMayHaveDotsAndDashesInTheirNames) {
  for (const char* node : {"a.b-c_d", "r-1", "0", "x--y", "core.example.org"}) {
    const PortMark mark{.endpoint = {node, "eth0.100"}, .netns = 1, .config = ~std::uint64_t{0}};
    EXPECT_EQ(parse_mark("linkfab", format_mark("linkfab", mark)), mark) << node;
  }
}

TEST(PortMarks, ForeignAndDamagedAliasesAreRefused) {
  const std::string good = "linkfab main r1:eth0 netns=1 config=02";
  ASSERT_TRUE(parse_mark("main", good));
  EXPECT_FALSE(parse_mark("mai", good));
  EXPECT_FALSE(parse_mark("main2", good));
  for (const char* alias :
       {"", "uplink", "linkfab", "linkfab main", "linkfab main r1:eth0",
        "linkfab main r1:eth0 netns=1", "linkfab main r1:eth0 config=02 netns=1",
        "linkfab main r1 netns=1 config=02", "linkfab main r1: netns=1 config=02",
        "linkfab main ../x:eth0 netns=1 config=02", "linkfab main r1:eth0 netns= config=02",
        "linkfab main r1:eth0 netns=1x config=02", "linkfab main r1:eth0 netns=-1 config=02",
        "linkfab main r1:eth0 netns=1 config=0g",
        "linkfab main r1:eth0 netns=99999999999999999999 config=02",
        "linkfab main r1:eth0 netns=1 config=02 more", "other main r1:eth0 netns=1 config=02"})
    EXPECT_FALSE(parse_mark("main", alias)) << alias;
}

TEST(PortMarks, TheLongestMarkFitsAnAlias) {
  constexpr std::size_t IFALIASZ = 256;
  const PortMark mark{.endpoint = {std::string(63, 'n'), std::string(15, 'i')},
                      .netns = ~std::uint64_t{0},
                      .config = ~std::uint64_t{0}};
  EXPECT_LT(format_mark(std::string(63, 'x'), mark).size(), IFALIASZ);
}

}  // namespace
}  // namespace linkfab::fabric
