// A GNS3 server's session where neither the server nor ubridge is root's: capabilities of the
// program's file are all there is.
#include <sys/file.h>

#include <cstdlib>

#include "tests/ubridge/traffic.hpp"
#include "tests/ubridge/user.hpp"

namespace linkfab::ubridge::test {
namespace {

class UserNodes : public Running {
 protected:
  void SetUp() override {
    Running::SetUp();
    if (IsSkipped()) return;
    program_ = std::make_unique<UserProgram>(directory_.path());
  }
  void TearDown() override {
    for (const char* variable : {"LINKFAB_UBRIDGE_FABRIC", "LINKFAB_RUN_DIR"}) ::unsetenv(variable);
  }

  std::unique_ptr<Ubridge> start_for_user(int number = 1) {
    return std::make_unique<Ubridge>(host(), directory_ / fmt::format("log{}", number),
                                     4000 + number, 0, program_->command());
  }
  // A directory that the user may write in.
  std::string own_directory() {
    const auto path = directory_ / "own";
    std::filesystem::create_directory(path);
    EXPECT_EQ(::chown(path.c_str(), user_id, user_id), 0);
    return path;
  }
  // Two UDP NIOs: what would go onto the fabric if there were one.
  static void start_bridge(const Ubridge& ubridge) {
    ubridge.tell({"bridge create b", "bridge add_nio_udp b 21001 127.0.0.1 21002",
                  "bridge add_nio_udp b 21003 127.0.0.1 21004", "bridge start b"});
  }

  std::unique_ptr<UserProgram> program_;
};

TEST_F(UserNodes, ReachEachOtherByCapabilitiesOfTheFile) {
  if (const auto refused = program_->set_capabilities(); !refused.empty())
    GTEST_SKIP() << "needs a file system with capabilities: " << refused;
  std::vector<std::unique_ptr<Ubridge>> programs;
  std::vector<std::unique_ptr<Container>> nodes;
  for (int number : {1, 2}) {
    const auto& ubridge = *programs.emplace_back(start_for_user(number));
    const auto& node = *nodes.emplace_back(contain(number));
    ubridge.tell({"hypervisor version", "bridge create bridge0",
                  "bridge add_nio_tap bridge0 tap-gns3-e0",
                  fmt::format("docker set_mac_addr tap-gns3-e0 02:42:5e:a1:f2:0{}", number)});
    EXPECT_EQ(ubridge.ask(fmt::format("docker move_to_ns tap-gns3-e0 {} eth0", node.pid())),
              fmt::format("100-tap-gns3-e0 moved to namespace {}", node.pid()));
    ubridge.tell(
        {fmt::format("bridge add_nio_udp bridge0 {} 127.0.0.1 {}", 20000 + number, 20003 - number),
         "bridge start bridge0", "bridge reset_packet_filters bridge0"});
    node.address("eth0", fmt::format("10.0.0.{}", number));
  }
  EXPECT_EQ(ping(*nodes[0], "10.0.0.2", 3).received, 3);

  programs[0]->tell({"bridge add_packet_filter bridge0 filter0 bpf \"icmp\""});
  EXPECT_EQ(ping(*nodes[0], "10.0.0.2", 2).received, 0);
  programs[0]->tell({"bridge reset_packet_filters bridge0"});

  const auto capture = own_directory() + "/capture.pcap";
  programs[0]->tell({fmt::format("bridge start_capture bridge0 \"{}\" EN10MB", capture)});
  EXPECT_EQ(ping(*nodes[0], "10.0.0.2", 3).received, 3);
  programs[0]->tell({"bridge stop_capture bridge0"});
  EXPECT_GT(std::filesystem::file_size(capture), 6 * 98U);

  // A Cloud node's ports: a raw socket, and libpcap's filter on it.
  EXPECT_EQ(run("ip link add c0 type veth peer name c1 && ip link set c0 up && ip link set c1 up"),
            "");
  programs[0]->tell({"bridge create cloud", "bridge add_nio_linux_raw cloud c0",
                     "bridge add_nio_udp cloud 21001 127.0.0.1 21002", "bridge start cloud"});

  programs[0]->tell({"hypervisor stop"});
  EXPECT_EQ(programs[0]->child().end(), 0);
  EXPECT_THAT(nodes[0]->run("ip link show eth0"), HasSubstr("does not exist"));
}

TEST_F(UserNodes, HaveNothingButTheTwoCapabilities) {
  if (const auto refused = program_->set_capabilities(); !refused.empty())
    GTEST_SKIP() << "needs a file system with capabilities: " << refused;
  const auto ubridge = start_for_user();
  start_bridge(*ubridge);
  const auto status = value_of(read_file(fmt::format("/proc/{}/status", ubridge->child().pid())));
  EXPECT_THAT(status, HasSubstr(fmt::format("Uid:\t{0}\t{0}", user_id)));
  EXPECT_THAT(status, HasSubstr("CapPrm:\t0000000000003000"));
  EXPECT_THAT(status, HasSubstr("CapInh:\t0000000000000000"));
  EXPECT_THAT(status, HasSubstr("CapAmb:\t0000000000000000"));
  // Files are opened as the user.
  const auto not_his = directory_ / "capture.pcap";
  EXPECT_THAT(ubridge->ask(fmt::format("bridge start_capture b \"{}\" EN10MB", not_his)),
              testing::StartsWith("2"));
  EXPECT_FALSE(std::filesystem::exists(not_his));
}

// An agent is only looked for where root has put it.
TEST_F(UserNodes, DoNotFollowTheEnvironmentToAnAgent) {
  if (const auto refused = program_->set_capabilities(); !refused.empty())
    GTEST_SKIP() << "needs a file system with capabilities: " << refused;
  const auto place = own_directory();
  const Fd lock{::open((place + "/linkfabd.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  ::setenv("LINKFAB_RUN_DIR", place.c_str(), 1);
  ::setenv("LINKFAB_UBRIDGE_FABRIC", "auto", 1);
  const auto ubridge = start_for_user();
  start_bridge(*ubridge);
  EXPECT_THAT(ubridge->log(), Not(HasSubstr(place)));
  const auto a = std::make_unique<Wire>(host(), 21002, 21001);
  const auto b = std::make_unique<Wire>(host(), 21004, 21003);
  a->send(frame_of(60));
  EXPECT_EQ(b->receive(), frame_of(60));
}

// What an agent executes is looked up in the environment: the user's.
TEST_F(UserNodes, StartNoAgentBySetUserId) {
  program_->set_user_id();
  ASSERT_TRUE(write_file(directory_ / "linkfabd",
                         fmt::format("#!/bin/sh\ntouch {}\n", directory_ / "started"), 0755));
  ::setenv("LINKFAB_UBRIDGE_FABRIC", "auto", 1);
  const auto ubridge = start_for_user();
  const auto status = value_of(read_file(fmt::format("/proc/{}/status", ubridge->child().pid())));
  ASSERT_THAT(status, HasSubstr(fmt::format("Uid:\t{}\t0\t", user_id)));
  start_bridge(*ubridge);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "started"));
  EXPECT_THAT(ubridge->log(), Not(HasSubstr("linkfabd")));
}

}  // namespace
}  // namespace linkfab::ubridge::test
