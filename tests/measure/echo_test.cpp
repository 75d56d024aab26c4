#include "measure/echo.hpp"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include "tests/support/wire.hpp"

namespace linkfab::measure {
namespace {

constexpr Echo echo{.run = 0x1122334455667788, .pair = 5, .round = 2};

// The answer to a request, as a raw socket reads it.
Bytes answer(Bytes request, int family) {
  request[0] = family == AF_INET6 ? 129 : 0;
  if (family == AF_INET6) return request;
  Bytes packet(20);
  packet[0] = 0x45;
  packet.insert(packet.end(), request.begin(), request.end());
  return packet;
}

TEST(Echo, ARequestIsWhatTheRfcSays) {
  EXPECT_EQ(linkfab::test::hex(encode_request(echo, AF_INET)),
            linkfab::test::hex(linkfab::test::wire(R"(
    08 00 9c4a                           # echo request, code 0, checksum
    7788 0003                            # identifier, sequence number
    6c6b6662 1122334455667788 00000005 00000002
    0000000000000000000000000000000000000000000000000000000000000000 00000000
  )")));
  const auto six = encode_request(echo, AF_INET6);
  EXPECT_EQ(six[0], 128);
  EXPECT_EQ(six.size(), 64U);
}

TEST(Echo, AnAnswerSaysWhatItAnswers) {
  for (const int family : {AF_INET, AF_INET6})
    EXPECT_EQ(decode_reply(answer(encode_request(echo, family), family), family), echo);
}

TEST(Echo, AnythingElseIsNone) {
  for (const int family : {AF_INET, AF_INET6}) {
    const auto good = answer(encode_request(echo, family), family);
    const std::size_t header = family == AF_INET ? 20 : 0;
    for (std::size_t size = 0; size < header + 28; ++size)
      EXPECT_FALSE(decode_reply(ByteView(good).first(size), family)) << size;
    for (const std::size_t place : {header, header + 1, header + 8}) {
      auto other = good;
      other[place] ^= 0x10;  // its type, its code, the mark
      EXPECT_FALSE(decode_reply(other, family)) << place;
    }
  }
  auto short_header = answer(encode_request(echo, AF_INET), AF_INET);
  short_header[0] = 0x41;
  EXPECT_FALSE(decode_reply(short_header, AF_INET));
}

}  // namespace
}  // namespace linkfab::measure
