// What a GNS3 server does with Docker nodes, between two namespaces with a process in each.
#include <algorithm>

#include "tests/ubridge/traffic.hpp"

namespace linkfab::ubridge::test {
namespace {

constexpr std::size_t megabyte = 1U << 20U;

// Two nodes, each with its own ubridge, joined by UDP.
class DockerNodes : public Running {
 protected:
  struct Node {
    std::unique_ptr<Ubridge> ubridge;
    std::unique_ptr<Container> container;
    std::string address;
  };

  void SetUp() override {
    Running::SetUp();
    if (IsSkipped()) return;
    for (int number : {1, 2}) {
      Node& node =
          nodes_.emplace_back(start(number), contain(number), fmt::format("10.0.0.{}", number));
      add_adapter(node, number);
      link(node, 20000 + number, 20003 - number);
      node.container->address("eth0", node.address);
    }
  }

  void add_adapter(const Node& node, int number) {
    EXPECT_EQ(node.ubridge->ask("hypervisor version"), "100-0.9.19");
    EXPECT_EQ(node.ubridge->ask("bridge create bridge0"), "100-bridge 'bridge0' created");
    EXPECT_EQ(node.ubridge->ask("bridge add_nio_tap bridge0 tap-gns3-e0"),
              "100-NIO TAP added to bridge 'bridge0'");
    node.ubridge->tell({fmt::format("docker set_mac_addr tap-gns3-e0 02:42:5e:a1:f2:0{}", number)});
    EXPECT_EQ(node.ubridge->ask(
                  fmt::format("docker move_to_ns tap-gns3-e0 {} eth0", node.container->pid())),
              fmt::format("100-tap-gns3-e0 moved to namespace {}", node.container->pid()));
  }

  static void link(const Node& node, int from, int to) {
    node.ubridge->tell({fmt::format("bridge add_nio_udp bridge0 {} 127.0.0.1 {}", from, to),
                        "bridge start bridge0", "bridge reset_packet_filters bridge0"});
  }

  static void unlink(const Node& node, int from, int to) {
    node.ubridge->tell({"bridge stop bridge0",
                        fmt::format("bridge remove_nio_udp bridge0 {} 127.0.0.1 {}", from, to)});
  }

  [[nodiscard]] Ping ping_across(int count = 3) const {
    return ping(*nodes_[0].container, nodes_[1].address, count);
  }
  [[nodiscard]] std::size_t tcp_across(std::size_t size) const {
    return tcp_payload(nodes_[0].container->netns(), nodes_[1].container->netns(),
                       nodes_[1].address, size);
  }

  std::vector<Node> nodes_;
};

TEST_F(DockerNodes, ReachEachOther) {
  EXPECT_EQ(ping_across().received, 3);
  EXPECT_EQ(tcp_across(megabyte), megabyte);
  EXPECT_TRUE(udp_payload(nodes_[1].container->netns(), nodes_[0].container->netns(),
                          nodes_[0].address, 1400));
  EXPECT_THAT(nodes_[0].container->run("ip link show eth0"), HasSubstr("02:42:5e:a1:f2:01"));
  EXPECT_THAT(nodes_[0].ubridge->ask("bridge get_stats bridge0"), Not(HasSubstr("IN: 0 packets")));
}

TEST_F(DockerNodes, AnAdapterIsThereDownWithItsAddressAndItsNameFreeAgain) {
  const auto container = contain(3);
  nodes_[0].ubridge->tell({"bridge create bridge1", "bridge add_nio_tap bridge1 tap-gns3-e0"});
  EXPECT_THAT(run("ip -o link show tap-gns3-e0"), HasSubstr("state DOWN"));
  nodes_[0].ubridge->tell({"docker set_mac_addr tap-gns3-e0 02:42:00:00:00:01",
                           fmt::format("docker move_to_ns tap-gns3-e0 {} eth7", container->pid())});
  EXPECT_THAT(run("ip -o link"), Not(HasSubstr("tap-gns3")));
  const std::string there = container->run("ip -o link show eth7");
  EXPECT_THAT(there, HasSubstr("02:42:00:00:00:01"));
  EXPECT_THAT(there, HasSubstr("state DOWN"));
  nodes_[0].ubridge->tell({"bridge create bridge2", "bridge add_nio_tap bridge2 tap-gns3-e0"});
  for (const std::string where : {"0 eth8", "-1 eth8", "999999999 eth8"}) {
    EXPECT_EQ(nodes_[0].ubridge->ask("docker move_to_ns tap-gns3-e0 " + where),
              "206-could not complete netlink transaction");
  }
  EXPECT_EQ(nodes_[0].ubridge->ask(
                fmt::format("docker move_to_ns tap-gns3-e0 {} eth7", container->pid())),
            "206-could not complete netlink transaction");  // taken
}

TEST_F(DockerNodes, ALinkIsUnpluggedAndPluggedInElsewhere) {
  unlink(nodes_[0], 20001, 20002);
  EXPECT_EQ(ping_across(1).received, 0);
  EXPECT_THAT(nodes_[0].container->run("ip -o link show eth0"), HasSubstr("LOWER_UP"));
  unlink(nodes_[1], 20002, 20001);
  link(nodes_[0], 20011, 20012);
  link(nodes_[1], 20012, 20011);
  EXPECT_EQ(ping_across().received, 3);
}

TEST_F(DockerNodes, FiltersDoWhatTheySayUntilTheyAreReset) {
  const Ubridge& ubridge = *nodes_[0].ubridge;
  const auto filter = [&](const std::string& words) {
    ubridge.tell({"bridge reset_packet_filters bridge0",
                  "bridge add_packet_filter bridge0 filter0 " + words});
  };
  ASSERT_EQ(ping_across().received, 3);
  filter("delay 50 0");
  const Ping delayed = ping_across();
  EXPECT_EQ(delayed.received, 3);
  EXPECT_GE(delayed.shortest, 100.0);
  EXPECT_LT(delayed.shortest, 115.0);
  filter("frequency_drop -1");
  EXPECT_EQ(ping_across(2).received, 0);
  filter("packet_loss 100");
  EXPECT_EQ(ping_across(2).received, 0);
  filter("bpf \"icmp\"");
  EXPECT_EQ(ping_across(2).received, 0);
  EXPECT_EQ(tcp_across(megabyte), megabyte);
  ubridge.tell({"bridge reset_packet_filters bridge0"});
  const Ping free = ping_across();
  EXPECT_EQ(free.received, 3);
  EXPECT_LT(free.shortest, 20.0);
}

TEST_F(DockerNodes, ACaptureHasTheFramesOfItsTime) {
  const std::string file = directory_ / "a to b.pcap";
  ASSERT_EQ(ping_across(1).received, 1);
  nodes_[0].ubridge->tell({fmt::format("bridge start_capture bridge0 \"{}\"", file)});
  EXPECT_EQ(ping_across(2).received, 2);
  // Read while it grows.
  const std::string text = run("tcpdump -n -r '" + file + "' icmp");
  EXPECT_THAT(text, HasSubstr("10.0.0.1 > 10.0.0.2: ICMP echo request"));
  EXPECT_THAT(text, HasSubstr("10.0.0.2 > 10.0.0.1: ICMP echo reply"));
  EXPECT_EQ(std::ranges::count(text, '\n') - (text.starts_with("reading") ? 1 : 0), 4) << text;
  nodes_[0].ubridge->tell({"bridge stop_capture bridge0"});
  const auto size = std::filesystem::file_size(file);
  EXPECT_EQ(ping_across(1).received, 1);
  EXPECT_EQ(std::filesystem::file_size(file), size);
}

TEST_F(DockerNodes, NothingIsLeftOfAProgramThatStopsOrIsKilled) {
  EXPECT_EQ(nodes_[0].ubridge->ask("hypervisor stop"), "100-OK");
  EXPECT_EQ(nodes_[0].ubridge->child().end(), 0);
  nodes_[1].ubridge->child().kill();
  for (const Node& node : nodes_) {
    const auto no_device = [&] {
      return node.container->run("ip -o link").find("eth0") == std::string::npos;
    };
    EXPECT_TRUE(within(1s, no_device));
  }
  EXPECT_EQ(run("ss -Hun"), "");
}

TEST_F(DockerNodes, AContainerThatDiesTakesNothingWithIt) {
  Node& node = nodes_[0];
  node.container->die();
  EXPECT_TRUE(within(5s, [&] { return node.ubridge->log().find("gone") != std::string::npos; }));
  EXPECT_THAT(node.ubridge->ask("bridge show bridge0"), HasSubstr("bridge 'bridge0' is running"));
  const Wire stranger(host(), 20099, 20001);  // frames for the dead device harm nobody
  stranger.send(frame_of(60));
  node.ubridge->tell({"bridge stop bridge0", "bridge start bridge0", "bridge delete bridge0"});
  node.container = contain(3);
  add_adapter(node, 1);
  link(node, 20001, 20002);
  node.container->address("eth0", node.address);
  EXPECT_EQ(ping_across().received, 3);
}

// A veth pair made by ubridge, its near end a packet socket's.
TEST_F(Running, APairOfVethReachesAnotherOverUdp) {
  std::vector<std::unique_ptr<Ubridge>> ubridges;
  std::vector<std::unique_ptr<Container>> containers;
  for (int number : {1, 2}) {
    containers.push_back(contain(number));
    const Ubridge& ubridge = *ubridges.emplace_back(start(number));
    EXPECT_EQ(ubridge.ask(fmt::format("docker create_veth guestif{0} hostif{0}", number)),
              fmt::format("100-veth pair created: guestif{0} and hostif{0}", number));
    EXPECT_THAT(run(fmt::format("ip -o link show guestif{}", number)), HasSubstr(",UP"));
    ubridge.tell({
        fmt::format("docker move_to_ns guestif{} {} eth0", number, containers.back()->pid()),
        "bridge create br0",
        fmt::format("bridge add_nio_linux_raw br0 hostif{}", number),
        fmt::format("bridge add_nio_udp br0 {} 127.0.0.1 {}", 20000 + number, 20003 - number),
        "bridge start br0",
    });
    EXPECT_EQ(run(fmt::format("ip link set hostif{} up", number)), "");
    containers.back()->address("eth0", fmt::format("10.0.0.{}", number));
  }
  EXPECT_EQ(ping(*containers[0], "10.0.0.2").received, 3);
  EXPECT_EQ(tcp_payload(containers[0]->netns(), containers[1]->netns(), "10.0.0.2", megabyte),
            megabyte);
  EXPECT_TRUE(udp_payload(containers[0]->netns(), containers[1]->netns(), "10.0.0.2", 1400));
  EXPECT_TRUE(udp_payload(containers[1]->netns(), containers[0]->netns(), "10.0.0.1", 1));
  EXPECT_EQ(ubridges[0]->ask("docker delete_veth hostif1"),
            "100-veth interface hostif1 has been deleted");
  EXPECT_THAT(containers[0]->run("ip -o link"), Not(HasSubstr("eth0")));
}

}  // namespace
}  // namespace linkfab::ubridge::test
