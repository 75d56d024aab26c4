#include "gateway/udp_address.hpp"

#include <netinet/in.h>

#include <gmock/gmock.h>

namespace linkfab::gateway {
namespace {

using testing::HasSubstr;

TEST(UdpAddress, OneAddressHasOneForm) {
  EXPECT_EQ(parse_udp_address("127.0.0.1:20000"), (UdpAddress{"127.0.0.1", 20000}));
  EXPECT_EQ(parse_udp_address("[0:0::1]:1"), (UdpAddress{"::1", 1}));
  EXPECT_EQ(parse_udp_address("[2001:DB8::A]:65535"), (UdpAddress{"2001:db8::a", 65535}));
  for (const char* text : {"10.0.0.1:1", "[::1]:20000", "[2001:db8::a]:7"})
    EXPECT_EQ(format(*parse_udp_address(text)), text);
}

TEST(UdpAddress, WhatIsWrongIsSaid) {
  const auto cause = [](const char* text) { return parse_udp_address(text).error().cause; };
  EXPECT_THAT(cause("127.0.0.1"), HasSubstr("port is missing"));
  EXPECT_THAT(cause("[::1]"), HasSubstr("port is missing"));
  EXPECT_THAT(cause(""), HasSubstr("port is missing"));
  for (const char* text : {"1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:", "1.2.3.4:1x", "1.2.3.4:-1"})
    EXPECT_THAT(cause(text), HasSubstr("from 1 to 65535")) << text;
  EXPECT_THAT(cause("::1:20000"), HasSubstr("in brackets"));
  for (const char* text :
       {"localhost:1", "[127.0.0.1]:1", ":1", "1.2.3:1", "[::1%lo]:1", "1.2.3.4 :1", "[]:1"})
    EXPECT_THAT(cause(text), HasSubstr("numeric")) << text;
  for (const char* text : {"[fe80::1%eth0]:1", "[fe80::1]:1", "[FEBF::1]:1"})
    EXPECT_THAT(cause(text), HasSubstr("a link-local address")) << text;
  EXPECT_EQ(parse_udp_address("x").error().code, Errc::invalid);
}

TEST(UdpAddress, ASocketTakesIt) {
  const auto v4 = to_socket_address({"127.0.0.1", 258});
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->size, sizeof(sockaddr_in));
  EXPECT_EQ(v4->storage.ss_family, AF_INET);
  const auto v6 = to_socket_address({"::1", 258});
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->size, sizeof(sockaddr_in6));
  EXPECT_FALSE(to_socket_address({"nowhere", 1}));
}

}  // namespace
}  // namespace linkfab::gateway
