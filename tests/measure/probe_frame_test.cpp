#include "measure/probe_frame.hpp"

#include <gtest/gtest.h>

namespace linkfab::measure {
namespace {

const Probe probe{.to = {2, 0, 0, 0, 0, 1},
                  .from = {2, 0, 0, 0, 0, 2},
                  .run = 0x1122334455667788,
                  .stream = 7,
                  .sequence = 123456};

TEST(ProbeFrame, IsReadAsItWasWritten) {
  for (const std::size_t size : {60U, 64U, 128U, 1514U, 9014U}) {
    const auto frame = encode(probe, size);
    ASSERT_EQ(frame.size(), size);
    const auto read = decode_probe(frame);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->probe, probe);
    EXPECT_TRUE(read->numbered);
    EXPECT_TRUE(read->intact);
  }
  EXPECT_EQ(encode(probe, 10).size(), smallest_probe);
}

// A broken frame counts as broken and not as lost, whichever bit it was.
TEST(ProbeFrame, AnyFlippedBitIsNoticedAndTheNumberStaysKnown) {
  for (const std::size_t size : {smallest_probe, std::size_t{128}}) {
    auto frame = encode(probe, size);
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      frame[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      const auto read = decode_probe(frame);
      ASSERT_TRUE(read) << "bit " << bit;
      EXPECT_FALSE(read->intact) << "bit " << bit;
      EXPECT_TRUE(read->numbered) << "bit " << bit;
      EXPECT_EQ(read->probe.sequence, probe.sequence) << "bit " << bit;
      frame[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    }
  }
}

TEST(ProbeFrame, ANumberThatIsBrokenTwiceIsNotBelieved) {
  auto frame = encode(probe, 128);
  frame[33] ^= 1;
  frame[36] ^= 1;
  const auto read = decode_probe(frame);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->intact);
  EXPECT_FALSE(read->numbered);
}

TEST(ProbeFrame, ForeignFramesAreNotOurs) {
  EXPECT_FALSE(decode_probe({}));
  EXPECT_FALSE(decode_probe(std::vector<std::uint8_t>(smallest_probe - 1)));
  EXPECT_FALSE(decode_probe(std::vector<std::uint8_t>(1514)));
  // IPv4 with a filling that is not a mark.
  std::vector<std::uint8_t> ip(128, 0x45);
  ip[12] = 0x08;
  ip[13] = 0x00;
  EXPECT_FALSE(decode_probe(ip));
  // Another experiment with the same EtherType is read, and is not intact.
  std::vector<std::uint8_t> other(128, 0xab);
  other[12] = 0x88;
  other[13] = 0xb5;
  const auto read = decode_probe(other);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->intact);
  EXPECT_FALSE(read->numbered);
}

TEST(ProbeFrame, ACutFrameIsNotIntact) {
  auto frame = encode(probe, 128);
  frame.pop_back();
  const auto read = decode_probe(frame);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->intact);
}

}  // namespace
}  // namespace linkfab::measure
