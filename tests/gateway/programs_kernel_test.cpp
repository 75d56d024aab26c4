// The kernel's programs, between nodes and peers, and what is left when they go.
#include <sys/wait.h>

#include <csignal>
#include <unistd.h>

#include <gmock/gmock.h>

#include "tests/gateway/programs_fixture.hpp"

namespace linkfab::gateway::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Paths two_tunnels{{"lga", Tunnel{{"127.0.0.1", 1001}, {"127.0.0.1", 1002}}},
                        {"lgb", Tunnel{{"127.0.0.1", 1002}, {"127.0.0.1", 1001}}}};

TEST_F(ProgramsTest, TcpAndUdpGoThroughTwoTunnelsInTheKernel) {
  EXPECT_THAT(apply(two_tunnels), IsEmpty());
  EXPECT_EQ(udp_echoes(*a_, *b_, "10.0.0.2", 20), 20);
  EXPECT_EQ(tcp_through(*a_, *b_, "10.0.0.2", 1 << 20), 1U << 20);
  const Counters a = counters("lga");
  const Counters b = counters("lgb");
  EXPECT_GT(a.out_frames, 500U);
  EXPECT_EQ(a.out_frames, b.in_frames);
  EXPECT_EQ(a.out_bytes, b.in_bytes);
  EXPECT_GT(a.out_bytes, 1U << 20);
  EXPECT_EQ(a.in_frames, b.out_frames);
  EXPECT_EQ(a.declined, 0U);
}

TEST_F(ProgramsTest, FramesToAndFromALocalPeerAreTheSameByteForByte) {
  a_->ip("link set eth0 mtu 9000");
  EXPECT_THAT(apply({{"lga", two_tunnels.at("lga")}}), IsEmpty());
  hold_ports();
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  compare_frames(node, peer, 9014);
  EXPECT_EQ(longest("lga"), 15500U);
}

TEST_F(ProgramsTest, LongerFramesThanTheKernelMakesRoomForGoByTheRelay) {
  a_->ip("link set eth0 mtu 65000");
  host_->ip("link set lga mtu 65000");
  EXPECT_THAT(apply({{"lga", two_tunnels.at("lga")}}), IsEmpty());
  hold_ports();
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  const Bytes within = tagged(tagged(frame(0x0a, 0x0800, 15492), 0x8100, 5), 0x88a8, 6);
  for (const Bytes& sent : {frame(0x0a, 0x0800, 15500), within, frame(0x0a, 0x0800, 15501),
                            frame(0x0a, 0x0800, 65000)}) {
    node.send(sent);
    EXPECT_EQ(peer.receive(), sent);
    peer.send(sent);
    EXPECT_EQ(node.receive(0x0a), sent);
  }
  EXPECT_EQ(counters("lga").out_frames, 2U);
  EXPECT_EQ(counters("lga").declined, 2U);
}

TEST_F(ProgramsTest, AWildcardTakesDatagramsToAnyOfTheHostsAddresses) {
  EXPECT_THAT(apply({{"lga", tunnel("0.0.0.0:1001", "127.0.0.1:1002")}}), IsEmpty());
  const RawEnd node{*a_, "eth0"};
  for (const char* own : {"127.0.0.1:1001", "127.0.0.9:1001"}) {
    const UdpEnd peer{*host_, "127.0.0.1:1002", own};
    peer.send(frame(0x0b, 0x0800, 60));
    EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 60)) << own;
  }
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  node.send(frame(0x0a, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 60));
}

TEST_F(ProgramsTest, StrangersDatagramsReachTheirSocketsAndNoNode) {
  EXPECT_THAT(apply({{"lga", two_tunnels.at("lga")}}), IsEmpty());
  const RawEnd node{*a_, "eth0"};
  const UdpEnd other{*host_, "127.0.0.1:1001", "127.0.0.1:1003"};
  const UdpEnd stranger{*host_, "127.0.0.1:1003", "127.0.0.1:1001"};
  stranger.send(frame(0x0e, 0x0800, 60));
  EXPECT_EQ(other.receive(), frame(0x0e, 0x0800, 60));
  EXPECT_THAT(node.receive(0x0e, milliseconds{20}), IsEmpty());
}

TEST_F(ProgramsTest, BatchesOfALocalSenderAreTakenApartByTheRelay) {
  EXPECT_THAT(apply(two_tunnels), IsEmpty());
  hold_ports();
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  const int size = 100;
  ASSERT_EQ(::setsockopt(peer.get(), 17, 103, &size, sizeof size), 0);  // UDP_SEGMENT
  Bytes three = frame(0x0a, 0x0800, 100);
  for (int i = 0; i < 2; ++i) {
    const Bytes more = frame(0x0a, 0x0800, 100);
    three.insert(three.end(), more.begin(), more.end());
  }
  peer.send(three);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(node.receive(0x0a), frame(0x0a, 0x0800, 100));
}

TEST_F(ProgramsTest, VpcsIsAPeer) {
  if (output_of("command -v vpcs").empty()) GTEST_SKIP() << "there is no vpcs";
  EXPECT_THAT(apply({{"lga", two_tunnels.at("lga")}}), IsEmpty());
  hold_ports();
  Child vpcs{{"vpcs", "-i", "1", "-s", "1002", "-c", "1001", "-t", "127.0.0.1", "-F"}, host_.get()};
  (void)vpcs.hear("VPCS>", milliseconds{2000});
  vpcs.say("ip 10.0.0.9 255.255.255.0\n");
  (void)vpcs.hear("PC1 : 10.0.0.9", milliseconds{3000});
  EXPECT_THAT(a_->run("ping -c 1 -W 2 10.0.0.9"), HasSubstr(" 0% packet loss"));
  const EchoServer echo{*a_};
  vpcs.say("ping 10.0.0.1 -2 -p 7 -c 1\n");
  EXPECT_THAT(vpcs.hear("udp_seq=1", milliseconds{3000}), HasSubstr("udp_seq=1"));
  EXPECT_GT(counters("lga").in_frames, 2U);
  EXPECT_GT(counters("lga").out_frames, 2U);
}

// The host with an uplink "up0", 192.0.2.1, to another machine at 192.0.2.2, or, one hop on, behind
// it at 198.51.100.2.
class RemotePeer : public ProgramsTest {
 protected:
  void SetUp() override {
    ProgramsTest::SetUp();
    if (IsSkipped()) return;
    far_ = std::make_unique<Netns>("far");
    host_->ip({"link add up0 mtu 1500 type veth peer name eth0 netns " + far_->name(),
               "address add 192.0.2.1/24 dev up0", "link set up0 up"});
    far_->ip({"address add 192.0.2.2/24 dev eth0", "address add 198.51.100.2/32 dev lo",
              "link set eth0 up"});
    host_->ip("route add 198.51.100.2 via 192.0.2.2");
  }
  void join(const std::string& local, const std::string& remote) const {
    EXPECT_THAT(apply({{"lga", tunnel(local, remote)}}), IsEmpty());
    EXPECT_THAT(ask({port("lga", local, remote, longest("lga"))}), IsEmpty());
  }

  std::unique_ptr<Netns> far_;
};

TEST_F(RemotePeer, FramesAreTheSameByteForByte) {
  join("192.0.2.1:1001", "192.0.2.2:1002");
  EXPECT_EQ(longest("lga"), 1472U);
  const UdpEnd peer{*far_, "192.0.2.2:1002", "192.0.2.1:1001"};
  const RawEnd node{*a_, "eth0"};
  compare_frames(node, peer, 1472);
  EXPECT_EQ(counters("lga").declined, 0U);
  EXPECT_GE(counters("lga").out_frames, 14U);
  EXPECT_GE(counters("lga").in_frames, 8U);
}

TEST_F(RemotePeer, LongerFramesThanTheWireTakesGoInFragmentsByTheRelay) {
  a_->ip("link set eth0 mtu 9000");
  join("192.0.2.1:1001", "192.0.2.2:1002");
  const UdpEnd peer{*far_, "192.0.2.2:1002", "192.0.2.1:1001"};
  const RawEnd node{*a_, "eth0"};
  for (const std::size_t size : {1472U, 1473U, 1514U, 9014U}) {
    const Bytes sent = frame(0x0a, 0x0800, size);
    node.send(sent);
    EXPECT_EQ(peer.receive(), sent);
    peer.send(sent);
    EXPECT_EQ(node.receive(0x0a), sent);
    EXPECT_THAT(peer.receive(milliseconds{5}), IsEmpty());  // and once only
  }
  const Bytes tagged_long = tagged(frame(0x0a, 0x0800, 1469), 0x8100, 5);
  node.send(tagged_long);
  EXPECT_EQ(peer.receive(), tagged_long);
  EXPECT_EQ(counters("lga").declined, 4U);
}

TEST_F(RemotePeer, TcpAndUdpGoThroughToAnotherGatewayBehindARouter) {
  // The far machine is a host with a gateway of its own, by the relay alone.
  const auto node = make_node("c", 3);
  host_->ip("link set lgc netns " + far_->name());
  far_->ip("link set lgc up");
  RelayPort other = port("lgc", "198.51.100.2:1002", "192.0.2.1:1001");
  other.netns = far_->path();
  EXPECT_THAT(apply({{"lga", tunnel("0.0.0.0:1001", "198.51.100.2:1002")}}), IsEmpty());
  EXPECT_THAT(ask({port("lga", "0.0.0.0:1001", "198.51.100.2:1002", longest("lga")), other}),
              IsEmpty());
  EXPECT_EQ(udp_echoes(*a_, *node, "10.0.0.3", 10), 10);
  EXPECT_EQ(tcp_through(*a_, *node, "10.0.0.3", 1 << 20), 1U << 20);
  EXPECT_EQ(tcp_through(*node, *a_, "10.0.0.1", 1 << 20), 1U << 20);
  EXPECT_GT(counters("lga").out_frames, 100U);  // acknowledgements and all that is short
  EXPECT_GT(counters("lga").declined, 500U);    // frames of 1,514 bytes are too long for the wire
}

TEST_F(RemotePeer, ShortDatagramsThatAWireHasPaddedLoseThePadding) {
  join("192.0.2.1:1001", "192.0.2.2:1002");
  const RawEnd node{*a_, "eth0"};
  const RawEnd wire{*far_, "eth0"};
  Bytes sent = frame(0x0a, 0x0800, 40);
  // Ethernet, IPv4 and UDP around it by hand, and ten bytes that are not part of it.
  const std::string mac = host_->run("cat /sys/class/net/up0/address");
  Bytes datagram;
  for (std::size_t i = 0; i < 18; i += 3)
    datagram.push_back(static_cast<std::uint8_t>(std::stoi(mac.substr(i, 2), nullptr, 16)));
  const Bytes rest{2,    0, 0,   0, 0, 2, 8,   0, 0x45, 0, 0, 68,   0, 0,    0, 0,  64, 17,
                   0xf6, 0, 192, 0, 2, 2, 192, 0, 2,    1, 3, 0xea, 3, 0xe9, 0, 48, 0,  0};
  datagram.insert(datagram.end(), rest.begin(), rest.end());
  datagram.insert(datagram.end(), sent.begin(), sent.end());
  datagram.insert(datagram.end(), 10, 0xee);
  wire.send(datagram);
  EXPECT_EQ(node.receive(0x0a), sent);
}

TEST_F(RemotePeer, AnotherAddressOfThisHostIsALocalPeer) {
  join("192.0.2.1:1001", "192.0.2.1:1002");
  EXPECT_EQ(longest("lga"), 15500U);
  const UdpEnd peer{*host_, "192.0.2.1:1002", "192.0.2.1:1001"};
  const RawEnd node{*a_, "eth0"};
  node.send(frame(0x0a, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 60));
  peer.send(frame(0x0b, 0x0806, 60));
  EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0806, 60));
  EXPECT_EQ(counters("lga").in_frames, 1U);
}

TEST_F(RemotePeer, NothingIsLeftOnTheUplink) {
  const std::string before = traces();
  join("192.0.2.1:1001", "192.0.2.2:1002");
  EXPECT_THAT(host_->run("tc filter show dev up0 ingress"), HasSubstr("lf_datagrams"));
  EXPECT_THAT(traces(), HasSubstr("\n0\n0\n"));  // lo's settings are for local peers
  EXPECT_THAT(apply({}), IsEmpty());
  EXPECT_EQ(traces(), before);
}

TEST_F(ProgramsTest, ASpliceCarriesFramesAsACableDoes) {
  EXPECT_THAT(apply(splice(two_tunnels)), IsEmpty());
  for (const Netns* node : {a_.get(), b_.get()})  // super-frames and all
    must("ip netns exec " + node->name() + " ethtool -K eth0 tx on tso on gso on");
  EXPECT_EQ(udp_echoes(*a_, *b_, "10.0.0.2", 5), 5);
  EXPECT_EQ(tcp_through(*a_, *b_, "10.0.0.2", 4 << 20), 4U << 20);
  const RawEnd a{*a_, "eth0"};
  const RawEnd b{*b_, "eth0"};
  const Bytes plain = frame(0x0a, 0x88b5, 100);
  for (const Bytes& sent : {plain, frame(0x0a, 0x0806, 42), frame(0x0a, 0x88cc, 14),
                            tagged(tagged(plain, 0x8100, 5), 0x88a8, 6)}) {
    a.send(sent);
    EXPECT_EQ(b.receive(0x0a), sent);
    b.send(sent);
    EXPECT_EQ(a.receive(0x0a), sent);
  }
  EXPECT_EQ(counters("lga").out_frames, counters("lgb").in_frames);
}

TEST_F(ProgramsTest, APatchTakesTheDeviceWhole) {
  const Netns wire{"wire"};
  host_->ip("link add nic0 type veth peer name eth0 netns " + wire.name());
  host_->ip("link set nic0 up");
  host_->ip("address add 10.0.0.77/24 dev nic0");
  wire.ip("address add 10.0.0.3/24 dev eth0");
  wire.ip("link set eth0 up");
  EXPECT_THAT(apply({{"lga", Patch{"nic0"}}}), IsEmpty());
  EXPECT_EQ(udp_echoes(*a_, wire, "10.0.0.3", 5), 5);
  EXPECT_EQ(tcp_through(*a_, wire, "10.0.0.3", 4 << 20), 4U << 20);
  EXPECT_EQ(tcp_through(wire, *a_, "10.0.0.1", 1 << 20), 1U << 20);
  const RawEnd a{*a_, "eth0"};
  const RawEnd far{wire, "eth0"};
  const Bytes plain = frame(0x0a, 0x88b5, 100);
  for (const Bytes& sent : {plain, frame(0x0a, 0x88cc, 60), tagged(plain, 0x8100, 0x6005)}) {
    a.send(sent);
    EXPECT_EQ(far.receive(0x0a), sent);
    far.send(sent);
    EXPECT_EQ(a.receive(0x0a), sent);
  }
  EXPECT_THAT(host_->run("ip -d link show nic0"), HasSubstr("promiscuity 1"));
  EXPECT_THAT(wire.run("ping -c 1 -W 1 10.0.0.77"), HasSubstr("100% packet loss"));  // not the host
  EXPECT_THAT(apply({}), IsEmpty());
  EXPECT_THAT(wire.run("ping -c 1 -W 3 10.0.0.77"), HasSubstr(" 0% packet loss"));
  EXPECT_THAT(host_->run("ip -d link show nic0"), HasSubstr("promiscuity 0"));
}

TEST_F(ProgramsTest, NothingIsLeftAndWhatWasThereIsAgain) {
  host_->ip("link add nic0 type veth peer name nic1");
  (void)host_->run("tc qdisc add dev lgb clsact");  // a stranger's
  (void)host_->run("sh -c 'echo 1 >/proc/sys/net/ipv4/conf/lo/accept_local'");
  const std::string before = traces();
  EXPECT_THAT(before, HasSubstr("clsact"));
  EXPECT_THAT(apply({{"lga", two_tunnels.at("lga")}, {"lgb", Patch{"nic0"}}}), IsEmpty());
  const std::string during = traces();
  EXPECT_THAT(during, HasSubstr("lf_frames"));
  EXPECT_THAT(during, HasSubstr("lf_datagrams"));
  EXPECT_THAT(during, HasSubstr("promiscuity 1"));
  EXPECT_THAT(during, Not(HasSubstr("\n0\n")));
  EXPECT_THAT(apply({}), IsEmpty());
  EXPECT_EQ(traces(), before);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "state"));
}

TEST_F(ProgramsTest, AStrangersFilterStaysAndAnotherInstanceToo) {
  auto other = load("other");
  ASSERT_TRUE(other);
  const Paths others{{"lgb", tunnel("127.0.0.1:2001", "127.0.0.1:2002")}};
  EXPECT_THAT(apply({{"lga", two_tunnels.at("lga")}}), IsEmpty());
  EXPECT_THAT(apply(others, *other), IsEmpty());
  must("ip netns exec " + host_->name() +
       " tc filter add dev lo ingress prio 7 bpf bytecode '1,6 0 0 0,'");
  EXPECT_THAT(apply({}), IsEmpty());  // the first goes first
  const UdpEnd peer{*host_, "127.0.0.1:2002", "127.0.0.1:2001"};
  RawEnd{*b_, "eth0"}.send(frame(0x0b, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0b, 0x0806, 60));
  EXPECT_THAT(apply({}, *other), IsEmpty());
  const std::string after = traces();
  EXPECT_THAT(after, HasSubstr("bytecode"));
  EXPECT_THAT(after, Not(HasSubstr("lf_")));
  EXPECT_TRUE(after.ends_with("\n0\n0\n")) << after;
}

TEST_F(ProgramsTest, TheProcessMayDieAndTheNextTakesOverWithoutLosingAFrame) {
  programs_.reset();
  const int child = ::fork();
  if (child == 0) {  // an agent that sets it up, and ends
    auto mine = load("test");
    ::_exit(mine && apply(two_tunnels, *mine).empty() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);

  const RawEnd a{*a_, "eth0"};
  const RawEnd b{*b_, "eth0"};
  const int sender = ::fork();
  if (sender == 0) {
    for (int i = 0; i < 2000; ++i) {
      a.send(frame(0x0a, 0x0800, 200));
      ::usleep(100);
    }
    ::_exit(0);
  }
  programs_ = load("test");
  ASSERT_TRUE(programs_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(apply(two_tunnels), IsEmpty());
    ::usleep(30000);
  }
  int received = 0;
  while (received < 2000 && !b.receive(0x0a, milliseconds{500}).empty()) ++received;
  ::waitpid(sender, &status, 0);
  EXPECT_EQ(received, 2000);
  EXPECT_GE(counters("lga").out_frames, 2000U);  // it went on counting
  EXPECT_THAT(apply({}), IsEmpty());
  EXPECT_THAT(traces(), Not(HasSubstr("clsact")));
}

TEST_F(ProgramsTest, APathIsChangedAndTheOthersAreLeft) {
  EXPECT_THAT(apply(two_tunnels), IsEmpty());
  const UdpEnd peer{*host_, "127.0.0.1:3002", "127.0.0.1:3001"};
  Paths other = two_tunnels;
  other["lga"] = tunnel("127.0.0.1:3001", "127.0.0.1:3002");
  EXPECT_THAT(apply(other), IsEmpty());
  RawEnd{*a_, "eth0"}.send(frame(0x0a, 0x0800, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0800, 60));
  peer.send(frame(0x0b, 0x0800, 60));
  const RawEnd b{*b_, "eth0"};
  EXPECT_THAT(b.receive(0x0b, milliseconds{20}), IsEmpty());

  EXPECT_THAT(apply({{"lgb", two_tunnels.at("lgb")}}), IsEmpty());
  EXPECT_THAT(host_->run("tc qdisc show dev lga"), Not(HasSubstr("clsact")));
}

TEST_F(ProgramsTest, WhatCannotBeIsToldByOuterEnd) {
  const auto errors = apply(
      {{"lga", Patch{"nowhere"}}, {"lgb", two_tunnels.at("lgb")}, {"lgx", two_tunnels.at("lga")}});
  EXPECT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors.at("lga"), "find device nowhere: no such device");
  EXPECT_EQ(errors.at("lgx"), "find device lgx: no such device");
  EXPECT_THAT(host_->run("tc filter show dev lgb ingress"), HasSubstr("lf_frames"));
  EXPECT_THAT(host_->run("tc filter show dev lga ingress"), HasSubstr("lf_frames"));  // shut

  const auto doubled = apply({{"lga", two_tunnels.at("lga")}, {"lgb", two_tunnels.at("lga")}});
  EXPECT_THAT(doubled.at("lgb"), HasSubstr("another has the same tunnel"));
  EXPECT_THAT(apply({{"lga", Splice{"lgb"}}}).at("lga"), HasSubstr("not spliced back"));
  EXPECT_THAT(apply({{"lga", tunnel("0.0.0.0:1", "203.0.113.1:2")}}).at("lga"),
              HasSubstr("find the way to 203.0.113.1: Network is unreachable"));
}

}  // namespace
}  // namespace linkfab::gateway::test
