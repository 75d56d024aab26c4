// The pure parts of what carries frames: checksums, segments, IOU's header, dumps.
#include <gtest/gtest.h>

#include "tests/support/wire.hpp"
#include "ubridge/carrier/hex_dump.hpp"
#include "ubridge/carrier/iol_frame.hpp"
#include "ubridge/carrier/offload.hpp"

namespace linkfab::ubridge {
namespace {

using linkfab::test::hex;
using linkfab::test::wire;

TEST(Offload, AChecksumIsFinishedFromThePseudoHeadersSum) {
  // UDP 10.0.0.1:1 to 10.0.0.2:2, "hi!": pseudo header 0a00+0001+0a00+0002+0011+000b = 141f.
  Bytes frame = wire(
      "ffffffffffff 020000000001 0800 45000 01f 00000000 4011 0000 0a000001 0a000002"
      "0001 0002 000b 141f 686921");
  finish_checksum(frame, {.needs_checksum = true, .checksum_start = 34, .checksum_offset = 6});
  // 141f + 0001 + 0002 + 000b + 6869 + 2100 = 9d96, its complement 6269.
  EXPECT_EQ(hex(frame).substr(80, 4), "6269");
  const Bytes before = frame;
  finish_checksum(frame, {.needs_checksum = false, .checksum_start = 34, .checksum_offset = 6});
  finish_checksum(frame, {.needs_checksum = true, .checksum_start = 44, .checksum_offset = 6});
  finish_checksum(frame, {.needs_checksum = true, .checksum_start = 9999, .checksum_offset = 6});
  EXPECT_EQ(frame, before);
}

TEST(Offload, InUdpAChecksumOfZeroIsWrittenAsOnes) {
  Bytes frame = wire("0000 0000 0000 0000 ffff");
  finish_checksum(frame, {.needs_checksum = true, .checksum_start = 0, .checksum_offset = 6});
  EXPECT_EQ(hex(frame), "000000000000ffffffff");
}

TEST(Offload, TcpIsCutWithNumbersFlagsAndSums) {
  Bytes frame = wire(
      "ffffffffffff 020000000001 8100 002a 0800"  // tagged
      "4500 002d ffff 4000 4006 0000 0a000001 0a000002"
      "0001 0002 ffffffff 00000000 5099 0100 0000 0000"  // FIN, PSH, ACK, CWR
      "0102030405");
  const auto segments = cut_segments(
      frame,
      {.needs_checksum = true, .checksum_start = 38, .checksum_offset = 16, .segment_size = 2});
  ASSERT_EQ(segments.size(), 3U);
  const std::string head = "ffffffffffff0200000000018100002a0800";
  EXPECT_EQ(hex(segments[0]), head + hex("4500 002a ffff 4000 4006 26cc 0a000001 0a000002"
                                         "0001 0002 ffffffff 00000000 5090 0100 994b 0000 0102"));
  EXPECT_EQ(hex(segments[1]).substr(36),
            hex("4500 002a 0000 4000 4006 26cc 0a000001 0a000002"
                "0001 0002 00000001 00000000 5010 0100 97c8 0000 0304"));
  EXPECT_EQ(hex(segments[2]).substr(36), hex("4500 0029 0001 4000 4006 26cc 0a000001 0a000002"
                                             "0001 0002 00000003 00000000 5019 0100 95c2 0000 05"));
}

TEST(Offload, UdpOverIpv6IsCutIntoDatagrams) {
  Bytes frame = wire(
      "ffffffffffff 020000000001 86dd"
      "60000000 000b 1140 00000000000000000000000000000001 00000000000000000000000000000002"
      "0001 0002 000b 0000 010203");
  const auto segments = cut_segments(
      frame,
      {.needs_checksum = true, .checksum_start = 54, .checksum_offset = 6, .segment_size = 2});
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(hex(segments[0]).substr(36, 4), "000a");
  EXPECT_EQ(hex(segments[0]).substr(108), hex("0001 0002 000a fed2 0102"));
  EXPECT_EQ(hex(segments[1]).substr(36, 4), "0009");
  EXPECT_EQ(hex(segments[1]).substr(108), hex("0001 0002 0009 fcd6 03"));
}

TEST(Offload, WhatCannotBeCutStaysWhole) {
  const Bytes arp = wire("ffffffffffff 020000000001 0806 0001 0800 0604 0001");
  for (const std::size_t start : {0U, 14U, 20U, 22U, 9999U}) {
    Bytes frame = arp;
    const auto segments =
        cut_segments(frame, {.checksum_start = start, .checksum_offset = 16, .segment_size = 1});
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0], arp);
  }
  for (std::size_t size = 0; size < 60; ++size) {  // nothing is read beyond the end
    Bytes frame(size, 0x45);
    if (size > 13) frame[12] = 0x08, frame[13] = 0x00;
    for (const std::size_t offset : {6U, 16U})
      EXPECT_FALSE(cut_segments(frame, {.needs_checksum = true,
                                        .checksum_start = 34,
                                        .checksum_offset = offset,
                                        .segment_size = 1})
                       .empty());
  }
}

TEST(IolFrame, TheHeaderIsReadAndWritten) {
  const IolHeader header{.destination_id = 0x0102,
                         .source_id = 0x0304,
                         .destination = {.bay = 1, .unit = 2},
                         .source = {.bay = 15, .unit = 0}};
  const auto bytes = encode(header);
  EXPECT_EQ(hex(bytes), "01020304210f0100");
  Bytes frame(bytes.begin(), bytes.end());
  EXPECT_FALSE(decode_iol_header(frame));  // nothing behind it
  frame.push_back(0);
  EXPECT_EQ(decode_iol_header(frame), header);
}

TEST(HexDump, HasOffsetsOctetsAndCharacters) {
  EXPECT_EQ(hex_dump({}), "");
  Bytes bytes;
  for (int i = 0; i < 17; ++i) bytes.push_back(static_cast<std::uint8_t>('a' + i));
  bytes[1] = 0;
  EXPECT_EQ(hex_dump(bytes),
            "0000:  61 00 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70  a.cdefghijklmnop\n"
            "0010:  71                                               q");
}

}  // namespace
}  // namespace linkfab::ubridge
