// The kernel's programs on IPv6: what is outside differs, what is inside does not.
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "tests/gateway/programs_fixture.hpp"

namespace linkfab::gateway::test {
namespace {

using testing::IsEmpty;

constexpr std::size_t headers = 62;  // Ethernet, IPv6, UDP
constexpr const char* local = "[::1]:1001";
constexpr const char* remote = "[::1]:1002";

std::size_t word(const Bytes& bytes, std::size_t at) {
  return (static_cast<std::size_t>(bytes.at(at)) << 8U) | bytes.at(at + 1);
}

// RFC 8200 §8.1, by hand: over the addresses, the length, the protocol, and UDP.
std::size_t sum_of(Bytes packet) {
  std::size_t sum = packet.size() - 54 + IPPROTO_UDP;
  if (packet.size() % 2 != 0) packet.push_back(0);
  for (std::size_t at = 22; at < packet.size(); at += 2) sum += word(packet, at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// What a peer would see on the wire.
void expect_datagram(const Bytes& packet, const Bytes& payload) {
  ASSERT_EQ(packet.size(), headers + payload.size());
  EXPECT_EQ(word(packet, 12), 0x86ddU);
  EXPECT_EQ(word(packet, 14), 0x6000U);  // no traffic class,
  EXPECT_EQ(word(packet, 16), 0U);       // no flow label
  EXPECT_EQ(word(packet, 18), 8 + payload.size());
  EXPECT_EQ(word(packet, 20), (IPPROTO_UDP << 8U) + 64U);  // the hop limit
  EXPECT_EQ(word(packet, 58), 8 + payload.size());
  EXPECT_NE(word(packet, 60), 0U);
  EXPECT_EQ(sum_of(packet), 0xffffU) << payload.size() << " bytes";
  EXPECT_TRUE(std::equal(payload.begin(), payload.end(), packet.begin() + headers));
}

class Ipv6 : public ProgramsTest {
 protected:
  void SetUp() override {
    ProgramsTest::SetUp();
    if (IsSkipped()) return;
    if (!host_->enable_ipv6("lo")) GTEST_SKIP() << "this kernel has no IPv6";
    // Receivers look at the inner checksums.
    for (const Netns* node : {a_.get(), b_.get()})
      must("ip netns exec " + node->name() + " ethtool -K eth0 rx off");
  }
};

TEST_F(Ipv6, TcpAndUdpGoThroughTwoTunnelsInTheKernel) {
  EXPECT_THAT(apply({{"lga", tunnel(local, remote)}, {"lgb", tunnel(remote, local)}}), IsEmpty());
  for (const std::size_t size : {1000U, 999U, 1U})
    EXPECT_EQ(udp_echoes(*a_, *b_, "10.0.0.2", 10, size), 10);
  EXPECT_EQ(tcp_through(*a_, *b_, "10.0.0.2", 1 << 20), 1U << 20);
  const Counters a = counters("lga");
  const Counters b = counters("lgb");
  EXPECT_GT(a.out_frames, 500U);
  EXPECT_EQ(a.out_frames, b.in_frames);
  EXPECT_EQ(a.out_bytes, b.in_bytes);
  EXPECT_EQ(a.in_frames, b.out_frames);
  EXPECT_EQ(a.declined, 0U);
  EXPECT_THAT(traces(), testing::HasSubstr("\n0\n0\n"));  // lo's settings are for IPv4
}

TEST_F(Ipv6, FramesToAndFromALocalPeerAreTheSameByteForByte) {
  a_->ip("link set eth0 mtu 9000");
  EXPECT_THAT(apply({{"lga", tunnel(local, remote)}}), IsEmpty());
  hold_ports(local, remote);
  const UdpEnd peer{*host_, remote, local};
  const RawEnd node{*a_, "eth0"};
  compare_frames(node, peer, 9014);
  EXPECT_EQ(longest("lga"), 15500U);
  EXPECT_EQ(counters("lga").in_frames, 10U);  // all but the runts of 14, 15 and 33 bytes
}

TEST_F(Ipv6, ChecksumsAreRightWhateverTheLength) {
  a_->ip("link set eth0 mtu 65000");
  host_->ip("link set lga mtu 65000");
  EXPECT_THAT(apply({{"lga", tunnel(local, remote)}}), IsEmpty());
  const UdpEnd peer{*host_, remote, local};
  const RawEnd node{*a_, "eth0"};
  const RawEnd wire{*host_, "lo"};
  for (std::size_t size = 14; size <= 15500; size += size < 1600 ? 1 : 100) {
    const Bytes sent = frame(0x0a, 0x88b5, size);
    node.send(sent);
    expect_datagram(wire.receive(0), sent);
    if (HasFatalFailure()) return;
    ASSERT_EQ(peer.receive(), sent);
  }
  const Bytes twice = tagged(tagged(frame(0x0a, 0x88b5, 101), 0x8100, 5), 0x88a8, 6);
  node.send(twice);
  expect_datagram(wire.receive(0), twice);
}

TEST_F(Ipv6, AChecksumOfZeroIsWrittenAsItsOtherForm) {
  EXPECT_THAT(apply({{"lga", tunnel(local, remote)}}), IsEmpty());
  const UdpEnd peer{*host_, remote, local};  // or "port unreachable" comes by
  const RawEnd node{*a_, "eth0"};
  const RawEnd wire{*host_, "lo"};
  Bytes sent = frame(0x0a, 0x88b5, 100);
  sent[98] = sent[99] = 0;
  node.send(sent);
  const std::size_t check = word(wire.receive(0), 60);
  sent[98] = static_cast<std::uint8_t>(check >> 8U);  // now all sums up to what complements zero
  sent[99] = static_cast<std::uint8_t>(check);
  node.send(sent);
  EXPECT_EQ(word(wire.receive(0), 60), 0xffffU);
}

TEST_F(Ipv6, AWildcardTakesDatagramsToAnyOfTheHostsAddresses) {
  host_->ip("address add 2001:db8::9/128 dev lo nodad");
  EXPECT_THAT(apply({{"lga", tunnel("[::]:1001", remote)}}), IsEmpty());
  const RawEnd node{*a_, "eth0"};
  for (const char* own : {"[::1]:1001", "[2001:db8::9]:1001"}) {
    const UdpEnd peer{*host_, remote, own};
    peer.send(frame(0x0b, 0x0800, 60));
    EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 60)) << own;
  }
  const UdpEnd peer{*host_, remote, local};
  node.send(frame(0x0a, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 60));
  EXPECT_EQ(counters("lga").in_frames, 2U);
}

TEST_F(Ipv6, Ipv4OfTheSamePortIsAnotherTunnel) {
  EXPECT_THAT(apply({{"lga", tunnel("[::]:1001", remote)},
                     {"lgb", tunnel("0.0.0.0:1001", "127.0.0.1:1002")}}),
              IsEmpty());
  const RawEnd a{*a_, "eth0"};
  const RawEnd b{*b_, "eth0"};
  UdpEnd{*host_, "127.0.0.1:1002", "127.0.0.1:1001"}.send(frame(0x04, 0x0800, 60));
  EXPECT_EQ(b.receive(0x04), frame(0x04, 0x0800, 60));
  UdpEnd{*host_, remote, local}.send(frame(0x06, 0x0800, 60));
  EXPECT_EQ(a.receive(0x06), frame(0x06, 0x0800, 60));
  EXPECT_THAT(a.receive(0x04, milliseconds{5}), IsEmpty());
}

// What the programs leave alone reaches the relay's socket, once, and its outer end from there.
TEST_F(Ipv6, ExtensionHeadersAndBatchesAreLeftToTheRelay) {
  EXPECT_THAT(apply({{"lga", tunnel(local, remote)}}), IsEmpty());
  hold_ports(local, remote);
  const RawEnd node{*a_, "eth0"};
  const UdpEnd peer{*host_, remote, local};
  const std::array<std::uint8_t, 8> padding{0, 0, 1, 4};
  ASSERT_EQ(::setsockopt(peer.get(), IPPROTO_IPV6, IPV6_DSTOPTS, padding.data(), padding.size()),
            0);
  peer.send(frame(0x0b, 0x0800, 100));
  EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 100));
  ASSERT_EQ(::setsockopt(peer.get(), IPPROTO_IPV6, IPV6_DSTOPTS, nullptr, 0), 0);
  const int size = 100;
  ASSERT_EQ(::setsockopt(peer.get(), IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size), 0);
  Bytes two = frame(0x0b, 0x0800, 100);
  two.insert(two.end(), two.begin(), two.begin() + 100);
  peer.send(two);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 100));
  EXPECT_THAT(node.receive(0x0b, milliseconds{5}), IsEmpty());
  EXPECT_EQ(counters("lga").in_frames, 0U);
}

TEST_F(Ipv6, DatagramsWithoutAChecksumAreDiscarded) {
  EXPECT_THAT(apply({{"lga", tunnel(local, remote)}}), IsEmpty());
  hold_ports(local, remote);
  const RawEnd node{*a_, "eth0"};
  const UdpEnd peer{*host_, remote, local};
  const int on = 1;
  ASSERT_EQ(::setsockopt(peer.get(), IPPROTO_UDP, UDP_NO_CHECK6_TX, &on, sizeof on), 0);
  peer.send(frame(0x0b, 0x0800, 100));
  EXPECT_THAT(node.receive(0x0b, milliseconds{20}), IsEmpty());
}

TEST_F(Ipv6, MappedAddressesAreLeftToTheRelayAndHiddenFromTheHost) {
  const Paths mapped{{"lga", tunnel("[::ffff:127.0.0.1]:1001", "[::ffff:127.0.0.1]:1002")}};
  EXPECT_THAT(apply(mapped), IsEmpty());
  EXPECT_EQ(longest("lga"), 0U);
  hold_ports("[::ffff:127.0.0.1]:1001", "[::ffff:127.0.0.1]:1002");
  const UdpEnd peer{*host_, "127.0.0.1:1002", "127.0.0.1:1001"};
  const RawEnd node{*a_, "eth0"};
  node.send(frame(0x0a, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 60));
  peer.send(frame(0x0b, 0x0800, 60));
  EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0800, 60));
  EXPECT_EQ(counters("lga").declined, 1U);
}

// The host's uplink "up0", 2001:db8:1::1, to another machine at ::2, or, one hop on, behind it at
// 2001:db8:2::2. That looks at every checksum.
class Ipv6RemotePeer : public Ipv6 {
 protected:
  void SetUp() override {
    Ipv6::SetUp();
    if (IsSkipped()) return;
    far_ = std::make_unique<Netns>("far");
    host_->ip("link add up0 address 02:02:02:02:02:02 mtu 1500 type veth peer name eth0 netns " +
              far_->name());
    must("ip netns exec " + far_->name() + " ethtool -K eth0 rx off");
    ASSERT_TRUE(host_->enable_ipv6("up0") && far_->enable_ipv6("eth0") && far_->enable_ipv6("lo"));
    host_->ip("address add 2001:db8:1::1/64 dev up0 nodad");
    host_->ip("link set up0 up");
    far_->ip({"address add 2001:db8:1::2/64 dev eth0 nodad",
              "address add 2001:db8:2::2/128 dev lo nodad", "link set eth0 up"});
    host_->ip("route add 2001:db8:2::2 via 2001:db8:1::2");
  }
  void join() const {
    EXPECT_THAT(apply({{"lga", tunnel(here, there)}}), IsEmpty());
    hold_ports(here, there);
  }

  static constexpr const char* here = "[2001:db8:1::1]:1001";
  static constexpr const char* there = "[2001:db8:1::2]:1002";
  std::unique_ptr<Netns> far_;
};

TEST_F(Ipv6RemotePeer, FramesAreTheSameByteForByte) {
  join();
  EXPECT_EQ(longest("lga"), 1452U);
  const UdpEnd peer{*far_, there, here};
  const RawEnd node{*a_, "eth0"};
  compare_frames(node, peer, 1452);
  EXPECT_EQ(counters("lga").declined, 0U);
  EXPECT_EQ(counters("lga").out_frames, 14U);
  EXPECT_EQ(counters("lga").in_frames, 10U);
  const RawEnd wire{*far_, "eth0"};
  node.send(frame(0x0a, 0x0806, 61));
  expect_datagram(wire.receive(2), frame(0x0a, 0x0806, 61));
}

TEST_F(Ipv6RemotePeer, LongerFramesThanTheWireTakesGoInFragmentsByTheRelay) {
  a_->ip("link set eth0 mtu 9000");
  join();
  const UdpEnd peer{*far_, there, here};
  const RawEnd node{*a_, "eth0"};
  for (const std::size_t size : {1452U, 1453U, 9014U}) {
    const Bytes sent = frame(0x0a, 0x0800, size);
    node.send(sent);
    EXPECT_EQ(peer.receive(), sent);
    peer.send(sent);
    EXPECT_EQ(node.receive(0x0a), sent);
    EXPECT_THAT(peer.receive(milliseconds{5}), IsEmpty());  // and once only
  }
  EXPECT_EQ(counters("lga").declined, 2U);
  EXPECT_EQ(counters("lga").in_frames, 1U);
}

TEST_F(Ipv6RemotePeer, TcpAndUdpGoThroughToAnotherKernelBehindARouter) {
  const auto node = make_node("c", 3, 1400);
  a_->ip("link set eth0 mtu 1400");
  host_->ip("link set lgc netns " + far_->name());
  far_->ip("link set lgc up");
  EXPECT_THAT(apply({{"lga", tunnel("[::]:1001", "[2001:db8:2::2]:1002")}}), IsEmpty());
  value_of(in_netns(far_->path(), [&]() -> Result<void> {
    const auto errors =
        programs_->apply({{"lgc", tunnel("[2001:db8:2::2]:1002", "[2001:db8:1::1]:1001")}});
    EXPECT_TRUE(errors.empty());
    return {};
  }));
  EXPECT_EQ(udp_echoes(*a_, *node, "10.0.0.3", 10), 10);
  EXPECT_EQ(tcp_through(*a_, *node, "10.0.0.3", 1 << 20), 1U << 20);
  EXPECT_EQ(tcp_through(*node, *a_, "10.0.0.1", 1 << 20), 1U << 20);
  EXPECT_GT(counters("lga").out_frames, 700U);
  EXPECT_EQ(counters("lga").declined, 0U);
}

TEST_F(Ipv6RemotePeer, AnotherAddressOfThisHostIsALocalPeer) {
  EXPECT_THAT(apply({{"lga", tunnel(here, "[2001:db8:1::1]:1002")}}), IsEmpty());
  EXPECT_EQ(longest("lga"), 15500U);
  const UdpEnd peer{*host_, "[2001:db8:1::1]:1002", here};
  const RawEnd node{*a_, "eth0"};
  node.send(frame(0x0a, 0x0806, 60));
  EXPECT_EQ(peer.receive(), frame(0x0a, 0x0806, 60));
  peer.send(frame(0x0b, 0x0806, 60));
  EXPECT_EQ(node.receive(0x0b), frame(0x0b, 0x0806, 60));
  EXPECT_EQ(counters("lga").in_frames, 1U);
}

TEST_F(Ipv6RemotePeer, APeerThatNoRouteLeadsToIsTold) {
  EXPECT_THAT(apply({{"lga", tunnel("[::]:1", "[2001:db8:3::1]:2")}}).at("lga"),
              testing::HasSubstr("find the way to 2001:db8:3::1: Network is unreachable"));
  host_->ip("route add unreachable 2001:db8:3::1");
  EXPECT_THAT(apply({{"lga", tunnel("[::]:1", "[2001:db8:3::1]:2")}}).at("lga"),
              testing::HasSubstr("find the way to 2001:db8:3::1: "));
}

}  // namespace
}  // namespace linkfab::gateway::test
