// The relay as a process, between nodes and peers.
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>

#include "gateway/frame_batch.hpp"
#include "tests/gateway/fixture.hpp"

namespace linkfab::gateway::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RelayTest : public WithRelay {
 protected:
  void join_nodes() {
    EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002"),
                     port("lgb", "127.0.0.1:1002", "127.0.0.1:1001")}),
                IsEmpty());
  }
};

TEST_F(RelayTest, TcpAndUdpGoThroughTwoTunnels) {
  join_nodes();
  EXPECT_EQ(tcp_through(*a_, *b_, "10.0.0.2", 1 << 20), 1U << 20);
  EXPECT_EQ(udp_echoes(*a_, *b_, "10.0.0.2", 20), 20);
}

TEST_F(RelayTest, ChecksumsThatWereLeftToHardwareAreFinished) {
  for (const Netns* node : {a_.get(), b_.get()})
    must("ip netns exec " + node->name() + " ethtool -K eth0 tx on tso off gso off");
  join_nodes();
  for (const std::size_t size : {1000U, 999U})
    EXPECT_EQ(udp_echoes(*a_, *b_, "10.0.0.2", 5, size), 5);
}

TEST_F(RelayTest, FramesArriveByteForByteInBothDirections) {
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  const Bytes plain = frame(0x0a, 0x88b5, 100);
  for (const Bytes& sent :
       {plain, tagged(plain, 0x8100, 0x6123), tagged(tagged(plain, 0x8100, 5), 0x88a8, 6),
        frame(0x0a, 0x0806, 42), frame(0x0a, 0x88cc, 14), frame(0x0a, 0x0027, 60),
        frame(0x0a, 0x0800, 1514)}) {
    node.send(sent);
    EXPECT_EQ(peer.receive(), sent);
    peer.send(sent);
    EXPECT_EQ(node.receive(0x0a), sent);
  }
}

TEST_F(RelayTest, JumboFramesAreSentInFragmentsWhenTheyMust) {
  a_->ip("link set eth0 mtu 9000");
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  host_->ip("link set lo mtu 1500");
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  const Bytes jumbo = frame(0x0a, 0x0800, 9014);
  for (int i = 0; i < 5; ++i) node.send(jumbo);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(peer.receive(), jumbo);
  peer.send(jumbo);
  EXPECT_EQ(node.receive(0x0a), jumbo);
}

TEST_F(RelayTest, ABurstOfEqualFramesArrivesFrameByFrameAndInOrder) {
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  for (int i = 0; i < 200; ++i) {
    Bytes sent = frame(0x0a, 0x0800, i % 50 == 49 ? 70 : 500);
    sent[14] = static_cast<std::uint8_t>(i);
    node.send(sent);
  }
  for (int i = 0; i < 200; ++i) {
    const Bytes got = peer.receive();
    ASSERT_EQ(got.size(), i % 50 == 49 ? 70U : 500U) << i;
    EXPECT_EQ(got[14], i);
  }
}

TEST_F(RelayTest, OnlyLongerFramesAreTakenWhereTheKernelCarriesTheOthers) {
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002", 100)}), IsEmpty());
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  node.send(frame(0x0a, 0x0800, 100));
  node.send(frame(0x0a, 0x0800, 101));
  EXPECT_EQ(peer.receive().size(), 101U);
  node.send(frame(0x0a, 0x0800, 96));
  node.send(tagged(frame(0x0a, 0x0800, 97), 0x8100, 7));  // 101 with its tag
  EXPECT_EQ(peer.receive().size(), 101U);

  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002", 0)}), IsEmpty());
  node.send(frame(0x0a, 0x0800, 60));
  EXPECT_EQ(peer.receive().size(), 60U);
}

TEST_F(RelayTest, Ipv6CarriesFramesToo) {
  if (!host_->enable_ipv6("lo")) GTEST_SKIP() << "this kernel has no IPv6";
  EXPECT_THAT(ask({port("lga", "[::1]:1001", "[::1]:1002")}), IsEmpty());
  const UdpEnd peer{*host_, "[::1]:1002", "[::1]:1001"};
  const RawEnd node{*a_, "eth0"};
  node.send(frame(0x0a, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 60));
  peer.send(frame(0x0b, 0x0800, 60));
  EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 60));
}

TEST_F(RelayTest, StrangersAndEmptyDatagramsAreIgnored) {
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const UdpEnd stranger{*host_, "127.0.0.1:1003", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  const Bytes foreign = frame(0x0e, 0x0800, 60);
  (void)::send(stranger.get(), foreign.data(), foreign.size(), 0);
  peer.send({});
  peer.send(Bytes(13, 0xff));
  peer.send(frame(0x0b, 0x0800, 60));
  EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 60));
  EXPECT_THAT(node.receive(0x0e, milliseconds{20}), IsEmpty());
}

TEST_F(RelayTest, APeerThatIsNotThereYetGetsEveryFrameOnceItIs) {
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  const RawEnd node{*a_, "eth0"};
  for (int i = 0; i < 5; ++i) node.send(frame(0x0a, 0x0800, 60));  // each is refused
  std::this_thread::sleep_for(milliseconds{50});
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  node.send(frame(0x0a, 0x0806, 61));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 61));
}

TEST_F(RelayTest, ADeviceThatGoesAndComesBackIsOpenedAgain) {
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  host_->ip("link set lga down");
  host_->ip("link set lga up");
  {
    const RawEnd node{*a_, "eth0"};
    node.send(frame(0x0a, 0x0800, 60));
    EXPECT_EQ(peer.receive(), frame(0x0a, 0x0800, 60));
  }
  host_->ip("link delete lga");
  a_ = nullptr;
  peer.send(frame(0x0b, 0x0800, 60));
  a_ = make_node("a", 1);
  const RawEnd node{*a_, "eth0"};
  for (int i = 0; i < 100 && node.receive(0x0b, milliseconds{20}).empty(); ++i)
    peer.send(frame(0x0b, 0x0800, 60));
  node.send(frame(0x0a, 0x0806, 62));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 62));
}

TEST_F(RelayTest, WhatIsMissingIsToldAndTheOthersAreOpen) {
  auto lost = port("lgb", "127.0.0.1:1003", "127.0.0.1:1004");
  lost.netns = "/run/netns/nowhere";
  const auto errors = ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002"), lost,
                           port("lgx", "127.0.0.1:1005", "127.0.0.1:1006")});
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_THAT(format(errors.at("lgb")), HasSubstr("/run/netns/nowhere: No such file"));
  EXPECT_THAT(format(errors.at("lgx")), HasSubstr("open device lgx: No such device"));
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  RawEnd{*a_, "eth0"}.send(frame(0x0a, 0x0800, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0800, 60));

  EXPECT_THAT(ask({}), IsEmpty());  // and nobody holds the port any more
  EXPECT_NO_THROW((UdpEnd{*host_, "127.0.0.1:1001", "127.0.0.1:1002"}));
}

TEST_F(RelayTest, OtherUsersAreNotListenedTo) {
  ::chmod(directory_.path().c_str(), 0755);
  ::chmod(socket_.c_str(), 0666);
  const int child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(2);
    ::_exit(ask_relay(socket_, {}) ? 1 : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(ask_relay(socket_, {}));
}

TEST_F(RelayTest, OneSocketHasOneRelayAndASignalEndsIt) {
  Child second{{LINKFAB_RELAY, "--socket", socket_}};
  EXPECT_THAT(second.hear("answers there", milliseconds{2000}), HasSubstr("answers there"));
  EXPECT_EQ(relay_->end(SIGTERM), 0);
  EXPECT_EQ(ask_relay(socket_, {}).error().code, Errc::unreachable);
  EXPECT_NE(::access(socket_.c_str(), F_OK), 0);
  start_relay();
  (void)relay_->end(SIGKILL);  // leaves its socket, which the next one replaces
  EXPECT_EQ(::access(socket_.c_str(), F_OK), 0);
  start_relay();
  EXPECT_TRUE(ask_relay(socket_, {}));
}

TEST_F(RelayTest, VpcsIsAPeer) {
  if (output_of("command -v vpcs").empty()) GTEST_SKIP() << "there is no vpcs";
  EXPECT_THAT(ask({port("lga", "127.0.0.1:1001", "127.0.0.1:1002")}), IsEmpty());
  Child vpcs{{"vpcs", "-i", "1", "-s", "1002", "-c", "1001", "-t", "127.0.0.1", "-F"}, host_.get()};
  (void)vpcs.hear("VPCS>", milliseconds{2000});
  vpcs.say("ip 10.0.0.9 255.255.255.0\n");
  (void)vpcs.hear("PC1 : 10.0.0.9", milliseconds{3000});
  EXPECT_THAT(a_->run("ping -c 1 -W 2 10.0.0.9"), HasSubstr(" 0% packet loss"));
  const EchoServer echo{*a_};
  vpcs.say("ping 10.0.0.1 -2 -p 7 -c 1\n");
  EXPECT_THAT(vpcs.hear("udp_seq=1", milliseconds{3000}), HasSubstr("udp_seq=1"));
  vpcs.say("ping 10.0.0.1 -3 -p 7 -c 1\n");
  EXPECT_THAT(vpcs.hear("Connect", milliseconds{3000}), HasSubstr("Connect"));
}

}  // namespace
}  // namespace linkfab::gateway::test
