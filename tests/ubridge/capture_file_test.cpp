#include "ubridge/capture_file.hpp"

#include <cstring>
#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/fd.hpp"

namespace linkfab::ubridge {
namespace {

std::uint32_t word(ByteView bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.subspan(at).data(), sizeof value);
  return value;
}

TEST(CaptureFile, TheHeaderIsThatOfClassicPcap) {
  const Bytes header = encode_capture_header(LinkType{1});
  ASSERT_EQ(header.size(), 24U);
  EXPECT_EQ(word(header, 0), 0xa1b2c3d4U);
  EXPECT_EQ(word(header, 4), 0x00040002U);  // 2.4
  EXPECT_EQ(word(header, 8), 0U);
  EXPECT_EQ(word(header, 12), 0U);
  EXPECT_EQ(word(header, 16), 65535U);
  EXPECT_EQ(word(header, 20), 1U);
}

TEST(CaptureFile, TheLinkTypeIsTheNumberThatFilesHave) {
  const struct {
    std::string name;
    std::uint32_t number;
  } table[]{
      {"EN10MB", 1}, {"C_HDLC", 104}, {"PPP_SERIAL", 50}, {"FRELAY", 107}, {"ATM_RFC1483", 100}};
  for (const auto& [name, number] : table)
    EXPECT_EQ(word(encode_capture_header(*parse_link_type(name)), 20), number) << name;
  EXPECT_FALSE(parse_link_type("DLT_EN10MB"));
  EXPECT_FALSE(parse_link_type("nope"));
  EXPECT_FALSE(parse_link_type(""));
}

TEST(CaptureFile, AFrameHasItsTimeAndLength) {
  const Bytes frame{1, 2, 3};
  const Bytes record =
      encode_captured_frame(CaptureTime(std::chrono::microseconds(5'000'007)), frame);
  ASSERT_EQ(record.size(), 19U);
  EXPECT_EQ(word(record, 0), 5U);
  EXPECT_EQ(word(record, 4), 7U);
  EXPECT_EQ(word(record, 8), 3U);
  EXPECT_EQ(word(record, 12), 3U);
  EXPECT_EQ(Bytes(record.begin() + 16, record.end()), frame);
}

TEST(CaptureFile, AFrameThatIsTooLongIsCutAndSaysSo) {
  const Bytes record = encode_captured_frame({}, Bytes(70000));
  EXPECT_EQ(record.size(), 16U + 65535U);
  EXPECT_EQ(word(record, 8), 65535U);
  EXPECT_EQ(word(record, 12), 70000U);
}

TEST(CaptureFile, HeaderAndFramesAreInTheFileAtOnceAndAnOldFileIsGone) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("linkfab-capture-test-" + std::to_string(getpid()) + ".pcap");
  ASSERT_TRUE(write_file(path, std::string(1000, 'x')));
  auto file = CaptureFile::create(path, LinkType{1});
  ASSERT_TRUE(file) << format(file.error());
  EXPECT_EQ(read_file(path)->size(), 24U);
  ASSERT_TRUE(file->write({}, Bytes(60)));
  EXPECT_EQ(read_file(path)->size(), 24U + 16 + 60);
  std::filesystem::remove(path);
}

TEST(CaptureFile, AnErrorNamesThePath) {
  const auto file = CaptureFile::create("/nonexistent/f.pcap", LinkType{1});
  ASSERT_FALSE(file);
  EXPECT_NE(format(file.error()).find("/nonexistent/f.pcap"), std::string::npos);
}

}  // namespace
}  // namespace linkfab::ubridge
