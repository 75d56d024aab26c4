// Labs whose links lead out of them: to real programs and devices of the host.
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

#include "core/fd.hpp"
#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

// A namespace that is not of the lab: what is behind a gateway.
class Outside {
 public:
  Outside() { run("ip netns add lf-outside && ip -n lf-outside link set lo up"); }
  ~Outside() { run("ip netns del lf-outside"); }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  static std::string in(const std::string& command) {
    return "ip netns exec lf-outside " + command;
  }
  // A cable from the host's device to eth0 there, with addresses where they are given.
  static void cable(const std::string& device, const std::string& here, const std::string& there) {
    output_of(fmt::format("ip link add {} type veth peer name eth0 netns lf-outside", device));
    if (!here.empty()) output_of(fmt::format("ip address add {} dev {}", here, device));
    if (!there.empty()) output_of(in(fmt::format("ip address add {} dev eth0", there)));
    output_of(in("ip link set eth0 up"));
  }
};

class Gateway : public KeptLabTest {
 protected:
  void SetUp() override {
    // ip-netns(8) keeps what it made for its first namespace.
    {
      const Outside first;
    }
    KeptLabTest::SetUp();
  }
  // The next test finds the host's devices given back.
  void TearDown() override {
    if (!HasFailure() && agent() != 0)
      ok(up(R"({"name": "gateway", "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}}}})"));
    KeptLabTest::TearDown();
  }
  // A lab of the node a, 10.1.0.1, joined to a gateway.
  Outcome up_with(const std::string& gateway) {
    return up(fmt::format(R"({{"name": "gateway",
      "nodes": {{"a": {{"interfaces": {{"eth0": "10.1.0.1/24"}}}},
                 "out": {{"kind": "host", "interfaces": {{"x": {}}}}}}},
      "links": [{{"ends": ["a:eth0", "out:x"], "name": "way"}}]}})",
                          gateway));
  }
  // Ping says nothing of checksums, which the kernel leaves to hardware for TCP and UDP only.
  void passes_tcp_and_udp(const std::string& server, const std::string& address) {
    {
      Background sink(server + " iperf3 -s -1");
      ASSERT_TRUE(eventually([&] { return contains(run(server + " ss -ltn").out, ":5201"); }));
      const auto tcp =
          run(inside("a", "iperf3 -c " + address + " -t 1 -J | jq .end.sum_received.bytes"));
      EXPECT_GE(std::atoll(tcp.out.c_str()), 1'000'000) << tcp.out << tcp.err;
    }
    Background sink(server + " iperf3 -s -1");
    ASSERT_TRUE(eventually([&] { return contains(run(server + " ss -ltn").out, ":5201"); }));
    const auto udp = run(inside("a", "iperf3 -u -l 1000 -b 2M -t 1 -c " + address +
                                         " -J | jq '.end.sum.packets - .end.sum.lost_packets'"));
    EXPECT_GE(std::atoll(udp.out.c_str()), 200) << udp.out << udp.err;
  }
};

TEST_F(Gateway, ADeviceOfTheHostJoinsALink) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "10.1.0.9/24");
  ok(up_with(R"({"nic": "lf-nic0"})"));
  EXPECT_TRUE(pings("a", "10.1.0.9"));
  passes_tcp_and_udp(Outside::in(""), "10.1.0.9");
  ok("set way delay=20ms");
  EXPECT_GE(round_trip("a", "10.1.0.9", 3), 40.0);
  ok("cut way");
  EXPECT_FALSE(pings("a", "10.1.0.9"));
  ok("restore way");
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }));
  ok("down");
  const auto after = output_of("ip -d link show lf-nic0");
  EXPECT_FALSE(contains(after, ",UP")) << after;
  EXPECT_TRUE(contains(after, "promiscuity 0")) << after;
  EXPECT_EQ(output_of("tc qdisc show dev lf-nic0 | grep -c clsact || true"), "0");
}

TEST_F(Gateway, TheHostSeesNothingOfWhatATakenDeviceReceives) {
  const Outside outside;
  Outside::cable("lf-nic0", "10.1.0.8/24", "10.1.0.9/24");
  output_of("ip link set lf-nic0 up");
  EXPECT_EQ(run(Outside::in("ping -c 1 -W 1 10.1.0.8")).status, 0);
  ok(up_with(R"({"nic": "lf-nic0"})"));
  EXPECT_NE(run(Outside::in("ping -c 1 -W 1 10.1.0.8")).status, 0);
  EXPECT_TRUE(pings("a", "10.1.0.9"));
  ok("down");
  EXPECT_EQ(run(Outside::in("ping -c 1 -W 1 10.1.0.8")).status, 0);
}

TEST_F(Gateway, AVlanOfADeviceJoinsALink) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "");
  output_of(Outside::in("ip link add link eth0 name eth0.7 type vlan id 7"));
  output_of(Outside::in("ip address add 10.1.0.9/24 dev eth0.7"));
  output_of(Outside::in("ip link set eth0.7 up"));
  ok(up_with(R"({"nic": {"device": "lf-nic0", "vlan": 7}})"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }));
}

TEST_F(Gateway, ADeviceThatComesBackIsTakenAgain) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "10.1.0.9/24");
  ok(up_with(R"({"nic": "lf-nic0"})"));
  output_of("ip link del lf-nic0");
  EXPECT_TRUE(eventually([&] { return contains(link("way")["error"].asString(), "lf-nic0"); }));
  Outside::cable("lf-nic0", "", "10.1.0.9/24");
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }));
  EXPECT_TRUE(eventually([&] { return link("way")["state"] == "up"; }));
}

TEST_F(Gateway, TheDeviceOfTheDefaultRouteIsNotTaken) {
  const Outside outside;
  Outside::cable("lf-nic0", "10.1.0.8/24", "10.1.0.9/24");
  output_of("ip link set lf-nic0 up");
  output_of("ip route add default via 10.1.0.9 metric 9999");
  fails_with(up_with(R"({"nic": "lf-nic0"})"), "default route goes through it");
  EXPECT_EQ(run(Outside::in("ping -c 1 -W 1 10.1.0.8")).status, 0);
  ok(up_with(R"({"nic": {"device": "lf-nic0", "force": true}})"));
  EXPECT_TRUE(pings("a", "10.1.0.9"));
  output_of("ip route del default via 10.1.0.9");
}

TEST_F(Gateway, AMissingDeviceIsAnErrorOfItsLinkAlone) {
  const auto outcome = up_with(R"({"nic": "lf-none"})");
  fails_with(outcome, "use device lf-none: this host has no such device");
  EXPECT_EQ(node("a")["state"], "running");
}

// What has a TAP device open, as QEMU does.
class Tap {
 public:
  explicit Tap(const std::string& name) : fd_(::open("/dev/net/tun", O_RDWR | O_NONBLOCK)) {
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
    if (::ioctl(fd_.get(), TUNSETIFF, &request) != 0) fd_.reset();
  }
  [[nodiscard]] bool open() const { return static_cast<bool>(fd_); }
  void send(const std::string& frame) const {
    EXPECT_EQ(::write(fd_.get(), frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
  }
  [[nodiscard]] bool receives(const std::string& part) const {
    return eventually([&] {
      std::string frame(2000, '\0');
      const auto size = ::read(fd_.get(), frame.data(), frame.size());
      return size > 0 && contains(frame.substr(0, static_cast<std::size_t>(size)), part);
    });
  }

 private:
  Fd fd_;
};

TEST_F(Gateway, ATapDeviceIsThereForOthersToOpen) {
  ok(up_with(R"({"tap": "lf-tap0"})"));
  const Tap machine("lf-tap0");
  ASSERT_TRUE(machine.open());
  const FrameSocket node(netns("a"), "eth0");
  const std::string to_node = std::string("\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x88\xb5", 14) +
                              "from the machine" + std::string(50, 'x');
  const std::string to_machine =
      std::string("\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x02\x88\xb5", 14) + "from the node" +
      std::string(50, 'x');
  EXPECT_TRUE(eventually([&] {
    machine.send(to_node);
    return node.receives(to_node, std::chrono::milliseconds{200});
  }));
  node.send(to_machine);
  EXPECT_TRUE(machine.receives("from the node"));
}

TEST_F(Gateway, ATapDeviceThatWasThereStays) {
  output_of("ip tuntap add lf-tap0 mode tap");
  ok(up_with(R"({"tap": "lf-tap0"})"));
  ok("down");
  EXPECT_EQ(run("ip link show lf-tap0").status, 0);
  output_of("ip link del lf-tap0");
}

TEST_F(Gateway, APortOfALinuxBridgeJoinsALink) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "10.1.0.9/24");
  output_of("ip link add lf-br0 type bridge && ip link set lf-br0 up");
  output_of("ip link set lf-nic0 master lf-br0 up");
  ok(up_with(R"({"bridge": "lf-br0"})"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }));
  ok("down");
  output_of("ip link del lf-br0");
}

TEST_F(Gateway, VxlanSpeaksWithThatOfLinux) {
  const Outside outside;
  Outside::cable("lf-nic0", "192.0.2.1/24", "192.0.2.2/24");
  output_of("ip link set lf-nic0 up");
  output_of(Outside::in("ip link add vx type vxlan id 42 remote 192.0.2.1 dstport 14789"));
  output_of(Outside::in("ip address add 10.1.0.9/24 dev vx"));
  output_of(Outside::in("ip link set vx up"));
  ok(up_with(R"({"vxlan": {"vni": 42, "remote": "192.0.2.2", "port": 14789}})"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }));
  passes_tcp_and_udp(Outside::in(""), "10.1.0.9");
  // 1500 and 50 more do not fit into 1500.
  const auto shown = linkfab("links").out;
  EXPECT_TRUE(contains(shown, "need 1550 bytes on lf-nic0, which carries 1500")) << shown;
  EXPECT_EQ(run(inside("a", "ping -c 1 -W 1 -s 1472 -M do 10.1.0.9")).status, 0);
}

TEST_F(Gateway, TwoTunnelsThatMirrorEachOtherAreOneLink) {
  ok(up(R"({"name": "mirror",
    "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}},
              "b": {"interfaces": {"eth0": "10.1.0.2/24"}},
              "out": {"kind": "host", "interfaces": {
                "x": {"udp": {"local": "127.0.0.1:20100", "remote": "127.0.0.1:20101"}},
                "y": {"udp": {"local": "127.0.0.1:20101", "remote": "127.0.0.1:20100"}}}}},
    "links": [["a:eth0", "out:x"], ["b:eth0", "out:y"]]})"));
  const auto datagrams = [] { return output_of("awk '/^Udp: [0-9]/{print $2}' /proc/net/snmp"); };
  const auto before = datagrams();
  EXPECT_TRUE(pings("a", "10.1.0.2", 3));
  passes_tcp_and_udp(inside("b", ""), "10.1.0.2");
  EXPECT_EQ(datagrams(), before) << "the frames went by UDP";
  EXPECT_TRUE(contains(output_of("ss -una"), ":20100")) << "the ports are free for others";
}

TEST_F(Gateway, APeerThatIsAProgramIsReached) {
  if (run("command -v vpcs").status != 0) GTEST_SKIP() << "vpcs is not installed";
  ok(up_with(R"({"udp": {"local": "127.0.0.1:20100", "remote": "127.0.0.1:20101"}})"));
  const auto commands = write("ip 10.1.0.9/24\nsleep 10\n");
  // It wants a terminal.
  const Background peer(
      fmt::format("script -q -c 'vpcs -i 1 -s 20101 -c 20100 -t 127.0.0.1 -r {}' /dev/null",
                  commands),
      file("vpcs.log"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }, std::chrono::seconds{10}))
      << output_of("cat " + file("vpcs.log"));
  ok("set way delay=20ms");
  EXPECT_GE(round_trip("a", "10.1.0.9", 3), 40.0);
}

TEST_F(Gateway, AUdpTunnelOverIpv6LeadsToAnotherHost) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "");
  // A frame of 1,514 bytes and 48 of IPv6 and UDP.
  output_of("ip address add 2001:db8::1/64 dev lf-nic0 nodad");
  output_of("ip link set lf-nic0 mtu 1600 up");
  output_of(Outside::in("ip address add 2001:db8::2/64 dev eth0 nodad"));
  output_of(Outside::in("ip link set eth0 mtu 1600"));
  const Background peer(
      Outside::in("python3 " LINKFAB_SOURCE_DIR
                  "/tests/kernel/udp_tap.py tap0 10.1.0.9/24 2001:db8::2 20101 2001:db8::1 20100"),
      file("peer.log"));
  ok(up_with(R"({"udp": {"local": "[2001:db8::1]:20100", "remote": "[2001:db8::2]:20101"}})"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.9"); }))
      << run("cat " + file("peer.log")).out;
  passes_tcp_and_udp(Outside::in(""), "10.1.0.9");
  ok("set way delay=20ms");
  EXPECT_GE(round_trip("a", "10.1.0.9", 3), 40.0);
}

TEST_F(Gateway, FramesGoOnWhileTheAgentIsAway) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "10.1.0.9/24");
  ok(up_with(R"({"nic": "lf-nic0"})"));
  ASSERT_TRUE(pings("a", "10.1.0.9"));
  SteadyPing ping("a", "10.1.0.9");
  ::kill(agent(), SIGKILL);
  ASSERT_TRUE(eventually([] { return agent() == 0; }));
  ok("up " + file("lab.json"));
  const auto count = ping.stop();
  EXPECT_GT(count.sent, 20);
  EXPECT_EQ(count.lost, 0);
}

TEST_F(Gateway, IsMadeByConnectAndUnmadeByMovingAway) {
  const Outside outside;
  Outside::cable("lf-nic0", "", "10.1.0.9/24");
  ok(up(pair));
  ok("connect a:eth1 out:lan --gateway nic,device=lf-nic0 delay=10ms --name way");
  output_of(inside("a", "ip address add 10.1.9.1/24 dev eth1"));
  output_of(Outside::in("ip address add 10.1.9.9/24 dev eth0"));
  EXPECT_GE(round_trip("a", "10.1.9.9", 3), 20.0);
  fails_with(linkfab("connect a:eth2 out:lan --gateway tap,device=lf-tap0"),
             "there is an interface");
  fails_with(linkfab("connect a:eth2 out:tap --gateway tap,device"), "is no KEY=VALUE");
  fails_with(linkfab("stop out"), "linkfab neither starts nor stops it");
  EXPECT_TRUE(contains(linkfab("ps").out, "lan (nic lf-nic0)"));
}

}  // namespace
}  // namespace linkfab::test
