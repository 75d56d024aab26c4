#include "api/listen_address.hpp"

#include <gmock/gmock.h>

namespace linkfab::api {
namespace {

using testing::HasSubstr;

std::string canonical(const char* text) {
  const auto address = parse_listen_address(text);
  return address ? format(*address) : format(address.error());
}

TEST(ListenAddress, IsAnAddressAndAPort) {
  EXPECT_EQ(canonical("127.0.0.1:9464"), "127.0.0.1:9464");
  EXPECT_EQ(canonical("0.0.0.0:80"), "0.0.0.0:80");
  EXPECT_EQ(canonical("[::1]:9464"), "[::1]:9464");
  EXPECT_EQ(canonical("localhost:9464"), "127.0.0.1:9464");
}

TEST(ListenAddress, APortAloneIsOneOfTheHostItself) {
  EXPECT_EQ(canonical("9464"), "127.0.0.1:9464");
  EXPECT_EQ(canonical(":9464"), "127.0.0.1:9464");
}

TEST(ListenAddress, AnyFreePortIsForThoseWhoAskForIt) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:0", 0).value().port, 0);
  EXPECT_EQ(parse_listen_address("9464", 0).value().port, 9464);
  EXPECT_THAT(format(parse_listen_address("[::1]:x", 0).error()), HasSubstr("from 0 to 65535"));
}

TEST(ListenAddress, WhatIsWrongIsNamed) {
  EXPECT_THAT(canonical(""), HasSubstr("the port is a number"));
  EXPECT_THAT(canonical("127.0.0.1"), HasSubstr("the port is a number"));
  EXPECT_THAT(canonical("127.0.0.1:"), HasSubstr("the port is a number"));
  EXPECT_THAT(canonical("127.0.0.1:0"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(canonical("127.0.0.1:65536"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(canonical("127.0.0.1:-1"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(canonical("127.0.0.1:80x"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(canonical("host.example:80"), HasSubstr("no IPv4 address; write ADDRESS:PORT"));
  EXPECT_THAT(canonical("::1:9464"), HasSubstr("in brackets"));
  EXPECT_THAT(canonical("[x]:9464"), HasSubstr("no IPv6 address"));
}

}  // namespace
}  // namespace linkfab::api
