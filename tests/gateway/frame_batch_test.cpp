#include "gateway/frame_batch.hpp"

#include <gtest/gtest.h>

namespace linkfab::gateway {
namespace {

// RFC 1071's own example: the words 0001 f203 f4f5 f6f7 add up to ddf2.
TEST(Checksum, IsTheSumOfWhatFollowsItsStart) {
  Bytes frame{0xaa, 0xaa, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x00, 0x00};
  finish_checksum(frame.data(), frame.size(), {.checksum_start = 2, .checksum_offset = 8});
  EXPECT_EQ(frame[10], 0x22);
  EXPECT_EQ(frame[11], 0x0d);
}

TEST(Checksum, AnOddByteStandsInFront) {
  Bytes frame{0x00, 0x00, 0x12, 0x34, 0x56};
  finish_checksum(frame.data(), frame.size(), {.checksum_start = 0, .checksum_offset = 0});
  EXPECT_EQ((frame[0] << 8) | frame[1], 0xffff - 0x1234 - 0x5600);
}

TEST(Checksum, OneThatIsZeroIsWrittenAsItsOther) {
  Bytes frame{0x00, 0x00, 0xff, 0xff};
  finish_checksum(frame.data(), frame.size(), {.checksum_start = 0, .checksum_offset = 0});
  EXPECT_EQ(frame[0], 0xff);
  EXPECT_EQ(frame[1], 0xff);
}

TEST(Checksum, OneOutsideTheFrameIsLeft) {
  const Bytes before{1, 2, 3, 4};
  for (const FrameHeader& header :
       {FrameHeader{.checksum_start = 4, .checksum_offset = 0},
        FrameHeader{.checksum_start = 0, .checksum_offset = 3},
        FrameHeader{.checksum_start = 65535, .checksum_offset = 65535}}) {
    Bytes frame = before;
    finish_checksum(frame.data(), frame.size(), header);
    EXPECT_EQ(frame, before);
  }
}

}  // namespace
}  // namespace linkfab::gateway
