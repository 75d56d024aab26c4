#include "capture/pcapng_file.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace linkfab::capture {
namespace {

constexpr std::size_t frame_size = 400;
const Bytes frame(frame_size, 1);
const Packet packet{.frame = frame, .whole_size = frame_size, .comment = ""};

template <class Block>
std::string encoded(const Block& block) {
  Bytes out;
  append(out, block);
  return {out.begin(), out.end()};
}

class File : public testing::Test {
 protected:
  test::TempDir directory_;
  const Interface interface_{.name = "x", .description = "", .filter = ""};
};

TEST_F(File, WhatIsFlushedIsInTheFile) {
  const std::string path = directory_ / "f";
  auto file = PcapngFile::open(path, {}, {});
  ASSERT_TRUE(file) << format(file.error());
  EXPECT_EQ(file->add(interface_), 0U);
  EXPECT_EQ(file->add(interface_), 1U);
  ASSERT_TRUE(file->write(packet));
  EXPECT_EQ(*read_file(path), "");
  ASSERT_TRUE(file->flush());
  EXPECT_EQ(*read_file(path),
            encoded(Section{}) + encoded(interface_) + encoded(interface_) + encoded(packet));
  EXPECT_EQ(file->waiting(), 0U);
}

TEST_F(File, ARingKeepsItsNewestFilesEachWholeInItself) {
  auto file = PcapngFile::open(directory_ / "f.pcapng", {}, FileRing{.files = 2, .size = 1000});
  ASSERT_TRUE(file);
  file->add(interface_);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(file->write(packet));
  ASSERT_TRUE(file->flush());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "f.pcapng"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "f_00001.pcapng"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "f_00002.pcapng"));
  const auto head = encoded(Section{}) + encoded(interface_);
  for (const auto* name : {"f_00003.pcapng", "f_00004.pcapng"}) {
    const auto text = read_file(directory_ / name);
    ASSERT_TRUE(text) << name;
    EXPECT_EQ(text->substr(0, head.size()), head) << name;
    EXPECT_LT(text->size(), 1000 + 2 * frame_size) << name;
  }
}

TEST_F(File, AnErrorNamesThePath) {
  const auto file = PcapngFile::open("/nonexistent/f", {}, {});
  ASSERT_FALSE(file);
  EXPECT_NE(format(file.error()).find("/nonexistent/f"), std::string::npos);
}

// Standard output is a pipe for the time of a test.
class Pipe : public File {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    reader_ = Fd(ends[0]);
    kept_ = Fd(::dup(STDOUT_FILENO));
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[1]);
  }
  void TearDown() override { ::dup2(kept_.get(), STDOUT_FILENO); }
  Fd reader_;
  Fd kept_;
};

TEST_F(Pipe, AReaderThatDoesNotReadHoldsNobodyUp) {
  auto file = PcapngFile::open("-", {}, {});
  ASSERT_TRUE(file);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(file->write(packet));
  const auto all = file->waiting();
  ASSERT_TRUE(file->flush());
  EXPECT_GT(file->waiting(), 0U);
  EXPECT_FALSE(file->reader_gone());
  Bytes read(all);
  for (std::size_t have = 0; have < all;) {
    const auto count = ::read(reader_.get(), read.data() + have, all - have);
    ASSERT_GT(count, 0);
    have += static_cast<std::size_t>(count);
    ASSERT_TRUE(file->flush());
  }
  EXPECT_EQ(file->waiting(), 0U);
}

TEST_F(Pipe, AReaderThatHasGoneIsNoError) {
  auto file = PcapngFile::open("-", {}, {});
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->flush());
  EXPECT_FALSE(file->reader_gone());
  reader_.reset();
  EXPECT_TRUE(file->flush());
  EXPECT_TRUE(file->reader_gone());
}

}  // namespace
}  // namespace linkfab::capture
