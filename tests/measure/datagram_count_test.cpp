#include "measure/datagram_count.hpp"

#include <gtest/gtest.h>

namespace linkfab::measure {
namespace {

using namespace std::chrono_literals;

TEST(DatagramHead, IsReadAsItWasWritten) {
  const DatagramHead head{.number = 77, .sent = 1234567890123ns};
  auto datagram = encode(head);
  EXPECT_EQ(datagram.size(), datagram_head_size);
  EXPECT_EQ(decode_datagram_head(datagram), head);
  datagram.resize(1472);
  EXPECT_EQ(decode_datagram_head(datagram), head);
  EXPECT_FALSE(decode_datagram_head(ByteView(datagram).first(15)));
  EXPECT_FALSE(decode_datagram_head(Bytes(16, 0xff)));
}

TEST(DatagramCount, EachCountsOnceWheneverItComes) {
  DatagramCount count;
  for (const std::uint64_t number : {0U, 1U, 1U, 4U, 2U, 2U, 5U}) count.add({number, 0ns}, 1ms);
  EXPECT_EQ(count.result().received, 5U);
  EXPECT_EQ(count.result().doubled, 2U);
  EXPECT_EQ(count.result().out_of_order, 1U);
}

// RFC 3550, 6.4.1: a sixteenth of each difference.
TEST(DatagramCount, AnEvenStreamHasNoJitter) {
  DatagramCount count;
  for (std::uint64_t i = 0; i < 10; ++i) count.add({i, i * 10ms}, i * 10ms + 20ms);
  EXPECT_EQ(count.result().jitter, 0ns);
  count.add({10, 100ms}, 100ms + 36ms);
  EXPECT_EQ(count.result().jitter, 1ms);
  count.add({11, 110ms}, 110ms + 36ms);
  EXPECT_EQ(count.result().jitter, 937500ns);
}

}  // namespace
}  // namespace linkfab::measure
