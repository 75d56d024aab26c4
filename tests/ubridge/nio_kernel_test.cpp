// Each kind of NIO: what passes, what it survives. The strangers at its ends are the test's.
#include <sys/un.h>

#include <algorithm>

#include "tests/ubridge/traffic.hpp"

namespace linkfab::ubridge::test {
namespace {

class Nios : public Running {
 protected:
  // Between two strangers, a (source) and b (destination).
  void join_wires(const Ubridge& ubridge, const std::string& name = "b") {
    ubridge.tell(
        {"bridge create " + name, fmt::format("bridge add_nio_udp {} 21001 127.0.0.1 21002", name),
         fmt::format("bridge add_nio_udp {} 21003 127.0.0.1 21004", name), "bridge start " + name});
  }
  std::unique_ptr<Wire> wire(int port, int to) { return std::make_unique<Wire>(host(), port, to); }

  // The stranger of a device's bridge.
  std::unique_ptr<Wire> join_device(const Ubridge& ubridge, const std::string& add) {
    ubridge.tell(
        {"bridge create b", add, "bridge add_nio_udp b 21001 127.0.0.1 21002", "bridge start b"});
    return wire(21002, 21001);
  }
};

TEST_F(Nios, FramesOfEverySizePassBothWays) {
  const auto ubridge = start();
  join_wires(*ubridge);
  const auto a = wire(21002, 21001);
  const auto b = wire(21004, 21003);
  for (const std::size_t size : {1U, 13U, 14U, 60U, 1514U, 1522U, 9018U, 65507U}) {
    a->send(frame_of(size));
    EXPECT_EQ(b->receive(), frame_of(size)) << size;
    b->send(frame_of(size));
    EXPECT_EQ(a->receive(), frame_of(size)) << size;
  }
  EXPECT_EQ(ubridge->ask("bridge get_stats b"),
            "101 Source NIO:      IN: 8 packets (77649 bytes) OUT: 8 packets (77649 bytes)\n"
            "101 Destination NIO: IN: 8 packets (77649 bytes) OUT: 8 packets (77649 bytes)\n"
            "100-OK");
  ubridge->tell({"bridge reset_stats b"});
  EXPECT_THAT(ubridge->ask("bridge get_stats b"), HasSubstr("IN: 0 packets (0 bytes)"));
}

TEST_F(Nios, EmptyDatagramsAbsentPeersAndStrangersAreSurvived) {
  const auto ubridge = start();
  join_wires(*ubridge);
  const auto a = wire(21002, 21001);
  for (int i = 0; i < 5; ++i) a->send(frame_of(60));  // to nobody: the port is not there
  a->send({});
  const auto b = wire(21004, 21003);
  EXPECT_TRUE(within(2s, [&] {
    a->send(frame_of(61));
    return !b->receive(50ms).empty();
  }));
  while (!b->receive(50ms).empty()) continue;
  wire(21005, 21001)->send(frame_of(62));  // from the wrong port
  a->send(frame_of(63));
  EXPECT_EQ(b->receive(), frame_of(63));
}

TEST_F(Nios, WhatCameWhileABridgeWasStoppedComesWhenItStarts) {
  const auto ubridge = start();
  join_wires(*ubridge);
  const auto a = wire(21002, 21001);
  const auto b = wire(21004, 21003);
  ubridge->tell({"bridge stop b"});
  a->send(frame_of(60));
  EXPECT_TRUE(b->is_quiet());
  ubridge->tell({"bridge rename b c", "bridge start c"});
  EXPECT_EQ(b->receive(), frame_of(60));
  ubridge->tell({"bridge delete c"});
  a->send(frame_of(60));
  EXPECT_TRUE(b->is_quiet());
}

// In a delay of 100 ms five frames at once leave at once, in order.
TEST_F(Nios, ADelayIsAPipeline) {
  const auto ubridge = start();
  join_wires(*ubridge);
  const auto a = wire(21002, 21001);
  const auto b = wire(21004, 21003);
  ubridge->tell({"bridge add_packet_filter b f delay 100 0"});
  const auto sent = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 5; ++i) a->send(frame_of(60 + i));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(b->receive(), frame_of(60 + i));
  const auto took = std::chrono::steady_clock::now() - sent;
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 150ms);
  a->send(frame_of(70));
  ubridge->tell({"bridge delete b"});  // with a frame under way
  EXPECT_TRUE(b->is_quiet());
}

TEST_F(Nios, DropsAreCountedAndToldWhoAsks) {
  const auto ubridge = start(1, 2);
  join_wires(*ubridge);
  const auto a = wire(21002, 21001);
  const auto b = wire(21004, 21003);
  ubridge->tell({"bridge add_packet_filter b third frequency_drop 3"});
  for (std::size_t i = 0; i < 6; ++i) a->send(frame_of(60 + i));
  for (const std::size_t i : {0U, 1U, 3U, 4U}) EXPECT_EQ(b->receive(), frame_of(60 + i));
  EXPECT_TRUE(b->is_quiet());
  EXPECT_THAT(ubridge->ask("bridge get_stats b"),
              HasSubstr("Source NIO:      IN: 6 packets (375 bytes) OUT: 0"));
  EXPECT_THAT(ubridge->ask("bridge get_stats b"), HasSubstr("OUT: 4 packets (248 bytes)"));
  const std::string log = ubridge->log();
  EXPECT_THAT(log, HasSubstr("\nReceived 60 bytes on bridge 'b' (source NIO)\n"
                             "0000:  ff ff ff ff ff ff 02 "));
  EXPECT_THAT(log, HasSubstr("\nPacket dropped by packet filter 'third' on bridge 'b'\n"));
}

TEST_F(Nios, UdpSpeaksIpv6AndResolvesNames) {
  const auto ubridge = start();
  ubridge->tell({"bridge create b", "bridge add_nio_udp b 21001 localhost 21002",
                 "bridge add_nio_udp b 21003 ::1 21005", "bridge create c",
                 "bridge add_nio_udp c 21005 ::1 21003",
                 "bridge add_nio_udp c 21006 127.0.0.1 21007"});
  ubridge->tell({"bridge start b", "bridge start c"});
  const Wire near(host(), 21007, 21006);
  near.send(frame_of(60));
  EXPECT_TRUE(within(2s, [&] {
    return ubridge->ask("bridge get_stats b").find("Destination NIO: IN: 1 packets (60 bytes)") !=
           std::string::npos;
  }));
  ubridge->tell({"bridge create d"});
  EXPECT_EQ(ubridge->ask("bridge add_nio_udp d 1 no.such.host.invalid 2"),
            "206-unable to create NIO UDP for bridge 'd'");
  EXPECT_EQ(ubridge->ask("bridge add_nio_udp d 99999 127.0.0.1 2"),
            "206-unable to create NIO UDP for bridge 'd'");
}

TEST_F(Nios, UnixSocketsCarryFrames) {
  const auto ubridge = start();
  const std::string near = directory_ / "near";
  const std::string far = directory_ / "far";
  ubridge->tell({"bridge create b", "bridge add_nio_udp b 21001 127.0.0.1 21002",
                 fmt::format("bridge add_nio_unix b {} {}", near, far), "bridge create c",
                 fmt::format("bridge add_nio_unix c {} {}", far, near),
                 "bridge add_nio_udp c 21003 127.0.0.1 21004", "bridge start b", "bridge start c"});
  const auto a = wire(21002, 21001);
  const auto b = wire(21004, 21003);
  a->send(frame_of(9018));
  EXPECT_EQ(b->receive(), frame_of(9018));
  b->send(frame_of(60));
  EXPECT_EQ(a->receive(), frame_of(60));
  ubridge->tell({"bridge delete b"});
  EXPECT_FALSE(std::filesystem::exists(near));
  ubridge->tell({"bridge create b"});
  EXPECT_EQ(ubridge->ask("bridge add_nio_unix b " + std::string(108, 'x') + " y"),
            "206-unable to create NIO UNIX for bridge 'b'");
}

TEST_F(Nios, ATapIsMadeWithItsNameCutOrTakenOver) {
  const auto ubridge = start();
  const auto far = join_device(*ubridge, "bridge add_nio_tap b a-name-that-is-too-long");
  EXPECT_THAT(run("ip -o link"), HasSubstr("a-name-that-is-:"));
  ubridge->tell({"bridge delete b"});
  EXPECT_THAT(run("ip -o link"), Not(HasSubstr("a-name")));

  EXPECT_EQ(run("ip tuntap add dev mine mode tap && ip addr add 10.9.0.1/24 dev mine"), "");
  ubridge->tell({"bridge create b", "bridge add_nio_tap b mine", "bridge create c"});
  EXPECT_EQ(ubridge->ask("bridge add_nio_tap c mine"),
            "206-unable to create NIO TAP for bridge 'c'");
  EXPECT_THAT(ubridge->log(), HasSubstr("unable to open TAP device mine: Device or resource busy"));
  ubridge->tell({"bridge add_nio_udp b 21001 127.0.0.1 21002", "bridge start b"});
  far->send(frame_of(60));  // the device is down: no harm
  EXPECT_EQ(run("ip link set mine up"), "");
  (void)run("ping -c 1 -W 1 10.9.0.2");
  Bytes frame;
  do frame = far->receive();
  while (!frame.empty() && (frame.size() < 14 || frame[12] != 8 || frame[13] != 6));
  EXPECT_FALSE(frame.empty()) << "no ARP request came";
  ubridge->tell({"bridge delete b"});
  EXPECT_THAT(run("ip -o addr show mine"), HasSubstr("10.9.0.1/24"));
}

class Pair : public Nios {
 protected:
  void SetUp() override {
    Nios::SetUp();
    if (IsSkipped()) return;
    EXPECT_EQ(run("ip link add near type veth peer name far && ip link set near up && "
                  "ip link set far up && sysctl -qw net.ipv6.conf.near.disable_ipv6=1 && "
                  "sysctl -qw net.ipv6.conf.far.disable_ipv6=1"),
              "");
  }

  // Frames come from the host too (its MLD and such): the next of ours.
  static Bytes next_of_ours(const Wire& wire) {
    Bytes frame;
    do frame = wire.receive();
    while (!frame.empty() && (frame.size() < 7 || frame[6] != 2));
    return frame;
  }
};

TEST_F(Pair, TagsComeThroughAPacketSocketAsTheyWentIn) {
  const auto ubridge = start();
  const auto a = join_device(*ubridge, "bridge add_nio_linux_raw b near");
  ubridge->tell({"bridge create c", "bridge add_nio_linux_raw c far",
                 "bridge add_nio_udp c 21003 127.0.0.1 21004", "bridge start c"});
  const auto b = wire(21004, 21003);
  Bytes once = frame_of(64);
  once[12] = 0x81, once[13] = 0x00, once[14] = 0x60, once[15] = 0x2a;  // priority 3, VLAN 42
  Bytes twice = frame_of(68);
  twice[12] = 0x88, twice[13] = 0xa8, twice[14] = 0x00, twice[15] = 0x07;
  twice[16] = 0x81, twice[17] = 0x00, twice[18] = 0x00, twice[19] = 0x2a;
  for (const Bytes& frame : {frame_of(14), frame_of(1514), once, twice}) {
    a->send(frame);
    EXPECT_EQ(next_of_ours(*b), frame) << frame.size();
    b->send(frame);
    EXPECT_EQ(next_of_ours(*a), frame) << frame.size();
  }
  EXPECT_EQ(run("ip link del near"), "");
  a->send(frame_of(60));
  EXPECT_THAT(ubridge->ask("bridge show b"), HasSubstr("is running"));
}

TEST_F(Pair, AnEthernetNioHearsWhatItsFilterMatches) {
  const auto ubridge = start();
  const auto a = join_device(*ubridge, "bridge add_nio_ethernet b near");
  ubridge->tell({"bridge create c", "bridge add_nio_linux_raw c far",
                 "bridge add_nio_udp c 21003 127.0.0.1 21004", "bridge start c"});
  const auto b = wire(21004, 21003);
  Bytes other = frame_of(60);
  other[11] = 0x99;
  b->send(other);
  EXPECT_EQ(next_of_ours(*a), other);
  EXPECT_EQ(ubridge->ask(fmt::format("bridge set_pcap_filter b \"ether[11] != 0x99\"")),
            "100-filter 'ether[11] != 0x99' applied on bridge 'b'");
  b->send(other);
  b->send(frame_of(61));
  EXPECT_EQ(next_of_ours(*a), frame_of(61));
  ubridge->tell({"bridge set_pcap_filter b"});
  b->send(other);
  EXPECT_EQ(next_of_ours(*a), other);
}

// The host leaves checksums and segments to a device that has neither: whoever listens on UDP must
// get whole frames.
TEST_F(Pair, WhatWasLeftToHardwareIsFinished) {
  const auto ubridge = start();
  const auto container = contain();
  const std::string capture = directory_ / "capture";
  ubridge->tell({"bridge create b", "bridge add_nio_linux_raw b near", "bridge add_nio_tap b tap0",
                 fmt::format("docker move_to_ns tap0 {} eth0", container->pid()),
                 "bridge start_capture b " + capture, "bridge start b"});
  container->address("eth0", "10.0.0.2");
  EXPECT_EQ(run("ip addr add 10.0.0.1/24 dev far"), "");
  EXPECT_EQ(tcp_payload(host(), container->netns(), "10.0.0.2", 1U << 20U), 1U << 20U);
  EXPECT_TRUE(udp_payload(host(), container->netns(), "10.0.0.2", 1400));
  ubridge->tell({"bridge stop_capture b"});
  // Counted, not shown: there are a thousand.
  const auto count = [&](const std::string& words) {
    return std::stoi(run("tcpdump -n -vv -r " + capture + " 2>/dev/null " + words));
  };
  EXPECT_GT(count("tcp | grep -c '(correct)'"), 700);
  EXPECT_EQ(count("udp | grep -c 'udp sum ok'"), 1);
  EXPECT_EQ(count("| grep -ci -e incorrect -e 'bad udp'"), 0);
  EXPECT_EQ(count("greater 1515 | wc -l"), 0);
}

TEST_F(Nios, AMacvtapIsOpenedByItsPath) {
  const auto ubridge = start();
  EXPECT_EQ(run("ip link add near type veth peer name far && ip link set near up && "
                "ip link set far up"),
            "");
  if (!run("ip link add link near name mv0 type macvtap mode passthru").empty())
    GTEST_SKIP() << "this kernel has no macvtap";
  const std::string path = "/dev/tap" + std::to_string(host_->device("mv0").index.value);
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "nobody made " << path;
  EXPECT_EQ(run("ip link set mv0 up"), "");
  const auto far = join_device(*ubridge, "bridge add_nio_tap b " + path);
  ubridge->tell({"bridge create c", "bridge add_nio_linux_raw c far",
                 "bridge add_nio_udp c 21003 127.0.0.1 21004", "bridge start c"});
  const auto b = wire(21004, 21003);
  far->send(frame_of(60));
  Bytes frame;
  do frame = b->receive();
  while (!frame.empty() && frame != frame_of(60));
  EXPECT_EQ(frame, frame_of(60));
}

}  // namespace
}  // namespace linkfab::ubridge::test
