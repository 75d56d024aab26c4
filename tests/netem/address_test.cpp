#include "netem/address.hpp"

#include <gtest/gtest.h>

namespace linkfab::netem {
namespace {

TEST(Prefix, IsPrintedInItsOneCanonicalForm) {
  EXPECT_EQ(canonical_prefix("10.0.0.1/24"), "10.0.0.1/24");
  EXPECT_EQ(canonical_prefix("10.0.0.1"), "10.0.0.1/32");
  EXPECT_EQ(canonical_prefix("2001:0DB8:0::1/64"), "2001:db8::1/64");
  EXPECT_EQ(canonical_prefix("::1"), "::1/128");
}

TEST(Prefix, IsRefusedWhereItIsMalformed) {
  for (const char* text :
       {"", "/", "/24", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/ 8", "10.0.0.1/+8",
        "10.0.0/24", "10.0.0.1/24/8", "2001:db8::1/129", "::1%lo"}) {
    const auto refused = canonical_prefix(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Errc::invalid);
  }
}

TEST(Destination, HasNoHostBits) {
  EXPECT_EQ(canonical_destination("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(canonical_destination("default"), "0.0.0.0/0");
  EXPECT_EQ(canonical_destination("::/0"), "::/0");
  EXPECT_EQ(canonical_destination("10.0.0.1"), "10.0.0.1/32");
  EXPECT_EQ(canonical_destination("10.128.0.0/9"), "10.128.0.0/9");
  EXPECT_FALSE(canonical_destination("10.128.0.0/8"));
  EXPECT_FALSE(canonical_destination("2001:db8::1/64"));
}

TEST(AddressText, HasNoLength) {
  EXPECT_EQ(canonical_address("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(canonical_address("2001:DB8::0:1"), "2001:db8::1");
  EXPECT_FALSE(canonical_address("10.0.0.1/24"));
}

TEST(Mac, IsLowerCaseWithColons) {
  EXPECT_EQ(canonical_mac("02:00:00:AB:cd:01"), "02:00:00:ab:cd:01");
  EXPECT_EQ(canonical_mac("02-00-00-AB-CD-01"), "02:00:00:ab:cd:01");
}

TEST(Mac, IsOneDevicesOwn) {
  for (const char* text :
       {"", "00:00:00:00:00:00", "01:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00",
        "02:00:00:00:00:0g", "02:00:00:00:00:01:", "0200.0000.0001"}) {
    EXPECT_FALSE(canonical_mac(text)) << text;
  }
}

TEST(AddressMessage, IsReadBackAsItWasWritten) {
  for (const char* prefix : {"10.0.12.1/24", "2001:db8::1/64"}) {
    const Message message = add_address(IfIndex{7}, prefix);
    const auto decoded = decode_address(message.header());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->first, IfIndex{7});
    EXPECT_EQ(decoded->second, (Address{"", prefix, true}));
  }
}

TEST(RouteMessage, IsReadBackAsItWasWritten) {
  for (const Route& route :
       {Route{"10.0.0.0/8", "10.1.0.1", "", true}, Route{"::/0", "2001:db8::1", "", true},
        Route{"0.0.0.0/0", "2001:db8::1", "", true}, Route{"10.0.0.0/8", "", "", true}}) {
    const Message message = add_route(route, IfIndex{7});
    const auto decoded = decode_route(message.header());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->first, IfIndex{7});
    EXPECT_EQ(decoded->second, route);
  }
}

}  // namespace
}  // namespace linkfab::netem
