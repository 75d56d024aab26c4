// ubridge between VPCS, on a Linux bridge, between IOU processes, and with clients who send
// anything.
#include <sys/un.h>

#include <filesystem>

#include "tests/ubridge/traffic.hpp"

namespace linkfab::ubridge::test {
namespace {

class Peers : public Running {};

// A virtual PC on a terminal of its own, which types into it.
class Vpcs {
 public:
  Vpcs(const Fd& netns, const std::string& output, int local, int remote,
       const std::string& commands)
      : output_(output) {
    const auto inside = EnteredNetns::enter(netns).value();
    const std::string line =
        fmt::format("({} sleep 60) | script -q -c 'vpcs -i 1 -s {} -c {} -t 127.0.0.1' /dev/null",
                    commands, local, remote);
    child_.emplace(std::vector<std::string>{"sh", "-c", line}, output);
  }
  [[nodiscard]] bool says(const std::string& text) const {
    return within(10s,
                  [&] { return value_of(read_file(output_)).find(text) != std::string::npos; });
  }

 private:
  std::string output_;
  std::optional<Child> child_;
};

TEST_F(Peers, VirtualPcsPingEachOtherThroughABridge) {
  if (run("command -v vpcs").empty() || run("command -v script").empty())
    GTEST_SKIP() << "vpcs or script is not installed";
  const auto ubridge = start();
  const Vpcs one(host(), directory_ / "one", 20101, 20102,
                 "sleep 1; echo ip 10.0.0.1/24; sleep 3; echo ping 10.0.0.2 -c 3;");
  const Vpcs two(host(), directory_ / "two", 20104, 20103, "sleep 1; echo ip 10.0.0.2/24;");
  ubridge->tell({"bridge create VPCS-1", "bridge add_nio_udp VPCS-1 20102 127.0.0.1 20101",
                 "bridge add_nio_udp VPCS-1 20103 127.0.0.1 20104", "bridge start VPCS-1",
                 "bridge reset_packet_filters VPCS-1"});
  EXPECT_TRUE(one.says("10.0.0.2 icmp_seq=3 ttl=64")) << value_of(read_file(directory_ / "one"));
}

TEST_F(Peers, ATapBecomesThePortOfALinuxBridge) {
  if (!run("ip link add dev lan0 type bridge").empty())
    GTEST_SKIP() << "this kernel has no Linux bridge";
  const auto ubridge = start();
  const auto container = contain();
  EXPECT_EQ(run("ip addr add 10.0.0.1/24 dev lan0 && ip link set dev lan0 up"), "");
  EXPECT_EQ(ubridge->ask("brctl addif lan0 gns3tap0-1"), "206-Could not find interface gns3tap0-1");
  ubridge->tell({"bridge create b", "bridge add_nio_tap b gns3tap0-1"});
  EXPECT_EQ(ubridge->ask("brctl addif nothing gns3tap0-1"),
            "206-Could not add interface gns3tap0-1 to nothing: No such device");
  EXPECT_EQ(ubridge->ask("brctl addif lo gns3tap0-1"),
            "206-Could not add interface gns3tap0-1 to lo: Operation not supported");
  for (int i = 0; i < 2; ++i)  // again is no error
    EXPECT_EQ(ubridge->ask("brctl addif lan0 gns3tap0-1"),
              "100-gns3tap0-1 has been added to bridge lan0");
  EXPECT_THAT(run("ip -o link show gns3tap0-1"),
              testing::AllOf(HasSubstr(",UP"), HasSubstr("master lan0")));
  ubridge->tell({"bridge add_nio_tap b tap0",
                 fmt::format("docker move_to_ns tap0 {} eth0", container->pid()),
                 "bridge start b"});
  container->address("eth0", "10.0.0.2");
  EXPECT_EQ(ping(*container, "10.0.0.1", 2).received, 2);
}

// What an IOU process is to ubridge: a socket beside its own.
class Iou {
 public:
  explicit Iou(int id) : path_(fmt::format("/tmp/netio{}/{}", ::getuid(), id)) {
    socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un own = address_of(path_);
    (void)::unlink(path_.c_str());
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
  }
  ~Iou() { (void)::unlink(path_.c_str()); }
  Iou(const Iou&) = delete;
  Iou& operator=(const Iou&) = delete;

  void send(const std::string& to, const Bytes& frame) const {
    const sockaddr_un peer = address_of(to);
    EXPECT_EQ(::sendto(socket_.get(), frame.data(), frame.size(), 0,
                       reinterpret_cast<const sockaddr*>(&peer), sizeof peer),
              static_cast<ssize_t>(frame.size()));
  }
  [[nodiscard]] Bytes receive() const {
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 2000) <= 0) return {};
    Bytes frame(65536);
    frame.resize(static_cast<std::size_t>(
        std::max<ssize_t>(::recv(socket_.get(), frame.data(), frame.size(), 0), 0)));
    return frame;
  }

 private:
  static sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }

  std::string path_;
  Fd socket_;
};

Bytes with_header(std::initializer_list<std::uint8_t> header, const Bytes& frame) {
  Bytes out(header);
  out.insert(out.end(), frame.begin(), frame.end());
  return out;
}

TEST_F(Peers, IouProcessesReachUdpByTheirPorts) {
  // Numbers that no real lab of this host is likely to have: 60,001 is 0xea61, 60,513 0xec61.
  const auto ubridge = start();
  const std::string socket = fmt::format("/tmp/netio{}/60513", ::getuid());
  ubridge->tell({"iol_bridge create IOL 60513",
                 "iol_bridge add_nio_udp IOL 60001 1 2 21001 127.0.0.1 21002",
                 "iol_bridge start IOL"});
  const Iou iou(60001);
  const Wire wire(host(), 21002, 21001);
  iou.send(socket, with_header({0xec, 0x61, 0xea, 0x61, 0x21, 0x21, 1, 0}, frame_of(60)));
  EXPECT_EQ(wire.receive(), frame_of(60));
  wire.send(frame_of(61));
  EXPECT_EQ(iou.receive(), with_header({0xea, 0x61, 0xec, 0x61, 0x21, 0x21, 1, 0}, frame_of(61)));
  iou.send(socket, with_header({0xec, 0x61, 0xea, 0x61, 0x22, 0x21, 1, 0}, frame_of(60)));
  iou.send(socket, {1, 2, 3});
  EXPECT_TRUE(wire.is_quiet());
  EXPECT_EQ(ubridge->ask("iol_bridge get_stats IOL"),
            "101 port 1/2:      IN: 1 packets (61 bytes) OUT: 1 packets (60 bytes)\n100-OK");

  const auto other = start(2);
  EXPECT_EQ(other->ask("iol_bridge create IOL 60513"),
            fmt::format("206-could not create IOL bridge 'IOL': PID {} already has a lock on ID "
                        "60513",
                        ubridge->child().pid()));
  EXPECT_THAT(ubridge->ask("iol_bridge create again 60513"), HasSubstr("already has a lock"));

  const std::string capture = directory_ / "capture";
  ubridge->tell({"iol_bridge add_packet_filter IOL 1 2 f frequency_drop 2",
                 "iol_bridge start_capture IOL 1 2 " + capture});
  wire.send(frame_of(62));
  wire.send(frame_of(63));
  wire.send(frame_of(64));
  EXPECT_EQ(iou.receive().size(), 70U);
  EXPECT_EQ(iou.receive().size(), 72U);
  EXPECT_EQ(std::filesystem::file_size(capture), 24U + 2 * 16 + 62 + 64);
  ubridge->tell({"iol_bridge stop IOL", "iol_bridge rename IOL JOL", "iol_bridge start JOL",
                 "iol_bridge delete_nio_udp JOL 1 2", "iol_bridge delete JOL"});
  EXPECT_FALSE(std::filesystem::exists(socket));
  EXPECT_FALSE(std::filesystem::exists(socket + ".lck"));
  other->tell({"iol_bridge create IOL 60513"});
  other->child().kill();
  ubridge->tell({"iol_bridge create IOL 60513", "iol_bridge delete IOL"});
}

TEST_F(Peers, NothingThatAClientSendsEndsTheProgram) {
  const auto ubridge = start();
  const std::vector<std::string> nonsense{"bridge start b",
                                          "bridge create b",
                                          "bridge start b",
                                          "bridge stop b",
                                          "bridge add_nio_tap b lo",
                                          "bridge add_nio_tap b /etc/passwd",
                                          "bridge add_nio_tap b a/b",
                                          "bridge add_nio_linux_raw b nothing",
                                          "bridge add_nio_ethernet b nothing",
                                          "bridge add_nio_udp b -1 127.0.0.1 5",
                                          "bridge add_nio_udp b x y z",
                                          "bridge add_nio_unix b /nowhere/at/all x",
                                          "bridge add_packet_filter b f",
                                          "bridge add_packet_filter b f bpf \"no such words\"",
                                          "bridge set_pcap_filter b x",
                                          "bridge start_capture b /nowhere/at/all",
                                          "bridge stop_capture b",
                                          "bridge delete_nio_udp b 1 h 2",
                                          "bridge get_stats b",
                                          "docker create_veth v v",
                                          "docker delete_veth v",
                                          "docker delete_veth lo",
                                          "docker move_to_ns lo 1 x",
                                          "docker set_mac_addr lo 01:00:00:00:00:00",
                                          "docker set_mac_addr nothing 02:00:00:00:00:00",
                                          "brctl addif lo lo",
                                          "iol_bridge create i 0",
                                          "iol_bridge create i 70000",
                                          "iol_bridge start i",
                                          "iol_bridge add_nio_udp i 1 0 0 1 h 2",
                                          "hypervisor ver\"sion",
                                          "",
                                          "\"",
                                          "!"};
  for (int round = 0; round < 2; ++round)
    for (const std::string& line : nonsense)
      EXPECT_THAT(ubridge->ask(line), testing::ContainsRegex("(100|2..)-")) << line;
  EXPECT_EQ(ubridge->ask("bridge show b"), "101 bridge 'b' is not running\n100-OK");
  ubridge->tell({"hypervisor reset", "bridge create b", "bridge add_nio_tap b t",
                 "bridge add_nio_tap b u", "bridge start b", "hypervisor reset"});
  EXPECT_THAT(run("ip -o link"), Not(HasSubstr(" t:")));
  EXPECT_EQ(ubridge->ask("hypervisor stop"), "100-OK");
  EXPECT_EQ(ubridge->child().end(), 0);
}

}  // namespace
}  // namespace linkfab::ubridge::test
