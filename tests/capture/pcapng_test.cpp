#include "capture/pcapng.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/fd.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/wire.hpp"

namespace linkfab::capture {
namespace {

using test::hex;
using test::wire;

static_assert(std::endian::native == std::endian::little, "the bytes below are written so");

template <class Block>
std::string hex_of(const Block& block) {
  Bytes out;
  append(out, block);
  return hex(out);
}

TEST(Pcapng, ASectionTellsItsByteOrderAndWhoWroteIt) {
  EXPECT_EQ(hex_of(Section{.hardware = "x86", .os = "Linux", .application = "l", .comment = ""}),
            hex(R"(0a0d0d0a 3c000000 4d3c2b1a 0100 0000 ffffffffffffffff
                   0200 0300 78383600
                   0300 0500 4c696e7578000000
                   0400 0100 6c000000
                   0000 0000 3c000000)"));
}

TEST(Pcapng, WhatIsEmptyIsLeftOut) {
  EXPECT_EQ(hex_of(Section{}), hex("0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff "
                                   "1c000000"));
}

TEST(Pcapng, AnInterfaceCountsInNanosecondsAndNamesItsFilter) {
  EXPECT_EQ(hex_of(Interface{.name = "a", .description = "d", .filter = "arp", .snaplen = 96}),
            hex(R"(01000000 38000000 0100 0000 60000000
                   0200 0100 61000000
                   0300 0100 64000000
                   0900 0100 09000000
                   0b00 0400 00617270
                   0000 0000 38000000)"));
}

TEST(Pcapng, APacketHasItsTimeLengthsAndDirection) {
  const auto frame = wire("ffffffffffff 020000000001 0806 00");
  EXPECT_EQ(hex_of(Packet{.interface = 3,
                          .time = Time(std::chrono::nanoseconds(0x0102030405060708)),
                          .direction = Direction::outbound,
                          .frame = frame,
                          .whole_size = 60,
                          .comment = "hi"}),
            hex(R"(06000000 44000000 03000000 04030201 08070605 0f000000 3c000000
                   ffffffffffff 020000000001 0806 00 00
                   0200 0400 0e000000      # outbound, broadcast
                   0100 0200 68690000
                   0000 0000 44000000)"));
}

TEST(Pcapng, TheFlagsTellHowAFrameWasAddressed) {
  const auto flags = [](const char* to) {
    const auto frame = wire(to);
    return hex_of(Packet{.frame = frame, .whole_size = 6}).substr(80, 8);
  };
  EXPECT_EQ(flags("020000000001"), "05000000");
  EXPECT_EQ(flags("01005e000001"), "09000000");
  EXPECT_EQ(flags("ffffffffffff"), "0d000000");
  EXPECT_EQ(hex_of(Packet{}).substr(64, 8), "01000000") << "no address, nothing said of it";
}

TEST(Pcapng, StatisticsTellWhatWasReceivedAndDropped) {
  EXPECT_EQ(hex_of(Statistics{.interface = 1,
                              .start = Time(std::chrono::nanoseconds(1)),
                              .end = Time(std::chrono::nanoseconds(2)),
                              .received = 7,
                              .accepted = {},
                              .dropped = 5,
                              .comment = ""}),
            hex(R"(05000000 4c000000 01000000 00000000 02000000
                   0200 0800 00000000 01000000
                   0300 0800 00000000 02000000
                   0400 0800 0700000000000000
                   0500 0800 0500000000000000
                   0000 0000 4c000000)"));
}

TEST(Pcapng, ATextThatIsTooLongForAnOptionIsCut) {
  Bytes out;
  append(out, Section{.comment = std::string(70000, 'x')});
  EXPECT_EQ(out.size(), 24U + 4 + 65536 + 4 + 4);
}

std::string output_of(const std::string& command) {
  std::string text;
  FILE* const pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  ::pclose(pipe);
  return text;
}

bool has(const char* program) {
  return std::system((std::string("command -v ") + program + " >/dev/null").c_str()) == 0;
}

class SecondOpinion : public testing::Test {
 protected:
  void SetUp() override {
    const auto frame = wire(
        "ffffffffffff 020000000001 0806 0001080006040001 020000000001 0a000001"
        "000000000000 0a000002");
    Bytes out;
    append(out, Section{.hardware = "h", .os = "an os", .application = "linkfab", .comment = "c"});
    append(out, Interface{.name = "r1:eth0->r2:eth0 before", .description = "d", .filter = "arp"});
    append(out, Interface{.name = "r1:eth0->r2:eth0 after", .description = "d", .filter = ""});
    append(out, Packet{.interface = 1,
                       .time = Time(std::chrono::nanoseconds(1'700'000'000'123'456'789)),
                       .direction = Direction::outbound,
                       .frame = frame,
                       .whole_size = static_cast<std::uint32_t>(frame.size()),
                       .comment = "the impairment changed"});
    append(out, Statistics{.interface = 1, .received = 4, .accepted = {}, .dropped = 3});
    ASSERT_TRUE(write_file(file_, std::string(out.begin(), out.end())));
  }
  test::TempDir directory_;
  std::string file_ = directory_ / "f.pcapng";
};

TEST_F(SecondOpinion, TsharkReadsEveryField) {
  if (!has("tshark")) GTEST_SKIP() << "no tshark";
  EXPECT_EQ(output_of("tshark -r " + file_ +
                      " -T fields -e frame.interface_name -e frame.time_epoch -e frame.comment "
                      "-e frame.packet_flags_direction -e arp.dst.proto_ipv4"),
            "r1:eth0->r2:eth0 after\t1700000000.123456789\tthe impairment "
            "changed\t0x00000002\t10.0.0.2\n");
}

TEST_F(SecondOpinion, CapinfosReadsTheRest) {
  if (!has("capinfos")) GTEST_SKIP() << "no capinfos";
  const auto text = output_of("capinfos " + file_);
  for (const char* part : {"nanoseconds (9)", "an os", "r1:eth0->r2:eth0 before", "arp",
                           "Number of interfaces in file: 2", "Number of packets:   1"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST_F(SecondOpinion, TcpdumpReadsIt) {
  if (!has("tcpdump")) GTEST_SKIP() << "no tcpdump";
  EXPECT_NE(output_of("tcpdump -nr " + file_).find("ARP, Request who-has 10.0.0.2 tell 10.0.0.1"),
            std::string::npos);
}

}  // namespace
}  // namespace linkfab::capture
