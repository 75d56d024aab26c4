// ubridge's links on the fabric: what a GNS3 server does, seen through linkfab.
#include <cstdlib>

#include <json/value.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/ubridge/kernel.hpp"
#include "tests/ubridge/user.hpp"

namespace linkfab::ubridge::test {
namespace {

using linkfab::test::contains;
using linkfab::test::DockerTest;
using linkfab::test::eventually;
using linkfab::test::KeptLabTest;
using linkfab::test::LabTest;
using linkfab::test::output_of;

Fd own_netns() {
  return value_of(open_netns("/proc/self/ns/net"));
}

// Packets that came back.
int answers(pid_t pid, const std::string& address, int count = 3) {
  const auto out = linkfab::test::run(
      fmt::format("nsenter -t {} -n ping -n -i 0.05 -W 1 -c {} {}", pid, count, address));
  const auto at = out.out.find(" received");
  return at == std::string::npos ? -1 : std::atoi(out.out.c_str() + out.out.rfind(' ', at - 1));
}

double milliseconds(pid_t pid, const std::string& address) {
  return std::stod(output_of(fmt::format(
      "nsenter -t {} -n ping -n -q -i 0.05 -c 5 {} | sed -n 's|.*= [^/]*/\\([^/]*\\)/.*|\\1|p'",
      pid, address)));
}

void address(pid_t pid, const std::string& prefix) {
  output_of(
      fmt::format("nsenter -t {0} -n ip link set eth0 up && "
                  "nsenter -t {0} -n ip address add {1} dev eth0",
                  pid, prefix));
}

// A program for each node.
template <class Base>
class OnFabric : public Base {
 protected:
  void SetUp() override {
    Base::SetUp();
    ::setenv("LINKFAB_UBRIDGE_FABRIC", "auto", 1);
  }
  void TearDown() override {
    end_programs();
    Base::TearDown();
  }

  // Killed; returns when nothing of them is left.
  void end_programs() {
    programs_.clear();
    EXPECT_TRUE(eventually(
        [&] { return this->agent() == 0 || !contains(this->linkfab("ps").out, "external"); },
        std::chrono::seconds{10}));
  }

  Ubridge& start() {
    const int number = static_cast<int>(programs_.size()) + 1;
    return *programs_.emplace_back(std::make_unique<Ubridge>(
        netns_, this->file(fmt::format("ubridge{}.log", number)), 4000 + number));
  }
  static void plug(const Ubridge& ubridge, pid_t pid, int number) {
    ubridge.tell({"bridge create bridge0", "bridge add_nio_tap bridge0 tap-gns3-e0",
                  fmt::format("docker set_mac_addr tap-gns3-e0 02:42:5e:a1:f2:0{}", number),
                  fmt::format("docker move_to_ns tap-gns3-e0 {} eth0", pid)});
  }
  static void link(const Ubridge& ubridge, int from, int to) {
    ubridge.tell({fmt::format("bridge add_nio_udp bridge0 {} 127.0.0.1 {}", from, to),
                  "bridge start bridge0", "bridge reset_packet_filters bridge0"});
  }
  // The links that linkfab shows.
  Json::Value links() const { return this->json("links --json")["links"]; }

  std::vector<std::unique_ptr<Ubridge>> programs_;
  Fd netns_ = own_netns();
};

// Two nodes as a GNS3 server joins them.
template <class Base>
class TwoNodes : public OnFabric<Base> {
 protected:
  void join() {
    for (int number : {1, 2}) {
      const auto& node = nodes_.emplace_back(
          std::make_unique<Container>(this->file(fmt::format("node{}", number))));
      const auto& ubridge = this->start();
      this->plug(ubridge, node->pid(), number);
      this->link(ubridge, 20000 + number, 20003 - number);
      address(node->pid(), fmt::format("10.9.0.{}/24", number));
    }
  }
  void TearDown() override {
    this->end_programs();
    nodes_.clear();
    OnFabric<Base>::TearDown();
  }

  std::vector<std::unique_ptr<Container>> nodes_;
};

// With an agent that stays for the next test, because of a lab without nodes.
class Joined : public TwoNodes<KeptLabTest> {
 protected:
  void SetUp() override {
    TwoNodes::SetUp();
    if (IsSkipped()) return;
    ok(up(R"({"name": "beside", "nodes": {}})"));
    join();
  }
};

// With the agent that the first of their programs starts.
class JoinedAlone : public TwoNodes<LabTest> {
 protected:
  void SetUp() override {
    TwoNodes::SetUp();
    if (!IsSkipped()) join();
  }
};

// Programs of a user who is not root, beside an agent of root's whose run directory is a group's.
class JoinedByUsers : public TwoNodes<LabTest> {
 protected:
  static constexpr int group = 64322;

  void SetUp() override {
    TwoNodes::SetUp();
    if (IsSkipped()) return;
    program_ = std::make_unique<UserProgram>(directory_.path());
    if (const auto refused = program_->set_capabilities(); !refused.empty())
      GTEST_SKIP() << "needs a file system with capabilities: " << refused;
    output_of(fmt::format("install -d -m 2755 -g {} /run/linkfab", group));
    ok(up(R"({"name": "beside", "nodes": {}})"));
  }
  void join_as(int its_group) {
    for (int number : {1, 2}) {
      const auto& node =
          nodes_.emplace_back(std::make_unique<Container>(file(fmt::format("node{}", number))));
      const auto& ubridge = *programs_.emplace_back(
          std::make_unique<Ubridge>(netns_, file(fmt::format("ubridge{}.log", number)),
                                    4000 + number, 0, program_->command(its_group)));
      plug(ubridge, node->pid(), number);
      link(ubridge, 20000 + number, 20003 - number);
      address(node->pid(), fmt::format("10.9.0.{}/24", number));
    }
    EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2"), 3);
  }

 private:
  linkfab::test::TempDir directory_;
  std::unique_ptr<UserProgram> program_;
};

TEST_F(JoinedByUsers, TheGroupsMembersAreOnTheFabric) {
  join_as(group);
  ASSERT_EQ(links().size(), 2U);
  for (const auto& link : links())
    EXPECT_EQ(link["state"].asString(), "up") << link.toStyledString();
  // The database's server that comes after this one is the group's as well.
  output_of("kill -KILL $(cut -d' ' -f1 /run/linkfab/db.process)");
  EXPECT_TRUE(eventually([&] { return linkfab("links").status == 0; }, std::chrono::seconds{10}));
  programs_[0]->tell({"bridge add_packet_filter bridge0 filter0 delay 30 0"});
  EXPECT_GE(milliseconds(nodes_[0]->pid(), "10.9.0.2"), 60);
}

TEST_F(JoinedByUsers, OthersFramesPassThroughTheirProcesses) {
  join_as(user_id);
  EXPECT_EQ(links().size(), 0U);
  EXPECT_THAT(programs_[0]->log(), HasSubstr("use linkfabd's /run/linkfab/db.sock: Permission"));
}

TEST_F(Joined, ReachEachOtherOverLinksThatLinkfabShows) {
  EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2"), 3);
  ASSERT_EQ(links().size(), 2U);
  for (const auto& link : links())
    EXPECT_EQ(link["state"].asString(), "up") << link.toStyledString();
  EXPECT_THAT(nodes_[0]->run("ip link show eth0"), HasSubstr("02:42:5e:a1:f2:01"));
  EXPECT_THAT(output_of("ip -o link"), Not(HasSubstr("tap-gns3")));
  EXPECT_THAT(programs_[0]->ask("bridge show bridge0"), HasSubstr("Source NIO: tap-gns3-e0"));
  // Nothing is done to their frames: they go straight from port to port, and are counted all the
  // same.
  EXPECT_THAT(programs_[0]->ask("bridge get_stats bridge0"), Not(HasSubstr(" 0 packets")));
  // A stranger's datagrams on the tunnel's port reach nobody.
  EXPECT_THAT(output_of("ss -Hlun 'sport = :20001'; ss -Hun 'sport = :20001'"), HasSubstr("20001"));
}

TEST_F(Joined, TheirLinkIsShapedByFiltersAndByLinkfabAlike) {
  const auto& ubridge = *programs_[0];
  const auto pid = nodes_[0]->pid();
  ubridge.tell({"bridge add_packet_filter bridge0 filter0 delay 30 0"});
  EXPECT_GE(milliseconds(pid, "10.9.0.2"), 60);
  EXPECT_THAT(linkfab("links").out, HasSubstr("delay=30ms"));
  ubridge.tell({"bridge reset_packet_filters bridge0"});
  EXPECT_LT(milliseconds(pid, "10.9.0.2"), 30);
  const auto name = links()[1]["name"].asString();
  ok("set " + name + " delay=20ms");
  EXPECT_GE(milliseconds(pid, "10.9.0.2"), 40);
  ok("set " + name + " delay=0");
  ubridge.tell({"bridge add_packet_filter bridge0 filter0 frequency_drop -1"});
  EXPECT_EQ(answers(pid, "10.9.0.2", 2), 0);
  EXPECT_THAT(nodes_[0]->run("ip -o link show eth0"), HasSubstr("LOWER_UP"));
  ubridge.tell({"bridge reset_packet_filters bridge0"});
  EXPECT_EQ(answers(pid, "10.9.0.2"), 3);
}

TEST_F(Joined, ExpressionsAndCountsAreTheKernels) {
  const auto& ubridge = *programs_[0];
  const auto pid = nodes_[0]->pid();
  ubridge.tell({"bridge add_packet_filter bridge0 filter0 bpf \"icmp[icmptype] = icmp-echo\""});
  EXPECT_THAT(linkfab("links").out, HasSubstr("[icmp[icmptype] = icmp-echo: loss=100%]"));
  EXPECT_EQ(answers(pid, "10.9.0.2", 2), 0);
  ubridge.tell({"bridge reset_packet_filters bridge0",
                "bridge add_packet_filter bridge0 filter0 frequency_drop 3"});
  EXPECT_THAT(linkfab("links").out, HasSubstr("drop-every=3"));
  // Of nine 6 arrive, and of their answers 4; what else is sent meanwhile counts too.
  EXPECT_NEAR(answers(pid, "10.9.0.2", 9), 4, 1);
  ubridge.tell({"bridge reset_packet_filters bridge0"});
  EXPECT_EQ(answers(pid, "10.9.0.2"), 3);
}

TEST_F(Joined, WhatTheKernelCannotFilterTheProgramDoes) {
  const auto& ubridge = *programs_[0];
  const auto pid = nodes_[0]->pid();
  ubridge.tell({"bridge add_packet_filter bridge0 filter0 corrupt 100"});
  EXPECT_EQ(links().size(), 1U);
  EXPECT_EQ(answers(pid, "10.9.0.2", 2), 0);
  ubridge.tell({"bridge reset_packet_filters bridge0"});
  EXPECT_EQ(links().size(), 2U);
  EXPECT_EQ(answers(pid, "10.9.0.2"), 3);
}

TEST_F(Joined, ACaptureHasTheFramesOfItsTime) {
  const auto& ubridge = *programs_[0];
  const auto capture = file("a b.pcap");
  ubridge.tell({fmt::format("bridge start_capture bridge0 \"{}\"", capture)});
  EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2", 2), 2);
  const auto text = output_of("tcpdump -n -r '" + capture + "' icmp 2>/dev/null");
  EXPECT_THAT(text, HasSubstr("10.9.0.1 > 10.9.0.2: ICMP echo request"));
  EXPECT_THAT(text, HasSubstr("10.9.0.2 > 10.9.0.1: ICMP echo reply"));
  ubridge.tell({"bridge stop_capture bridge0"});
  EXPECT_EQ(links().size(), 2U);
  EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2"), 3);
}

TEST_F(Joined, ALinkIsUnpluggedAndPluggedInElsewhere) {
  programs_[0]->tell(
      {"bridge stop bridge0", "bridge remove_nio_udp bridge0 20001 127.0.0.1 20002"});
  EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2", 1), 0);
  EXPECT_THAT(nodes_[0]->run("ip -o link show eth0"), HasSubstr("LOWER_UP"));
  EXPECT_EQ(links().size(), 1U);
  programs_[1]->tell(
      {"bridge stop bridge0", "bridge remove_nio_udp bridge0 20002 127.0.0.1 20001"});
  link(*programs_[0], 20011, 20012);
  link(*programs_[1], 20012, 20011);
  // What a node asked for in vain it may ask for a second later.
  EXPECT_TRUE(eventually([&] { return answers(nodes_[0]->pid(), "10.9.0.2") == 3; }));
}

TEST_F(JoinedAlone, NothingIsLeftOfAProgramThatIsKilled) {
  programs_[0]->child().kill();
  EXPECT_TRUE(eventually([&] { return links().size() == 1; }));
  EXPECT_TRUE(eventually([&] { return !contains(nodes_[0]->run("ip -o link"), "eth0"); }));
  EXPECT_EQ(programs_[1]->ask("hypervisor stop"), "100-OK");
  EXPECT_EQ(programs_[1]->child().end(), 0);
  EXPECT_THAT(nodes_[1]->run("ip -o link"), Not(HasSubstr("eth0")));
  // The agent that the first of them started leaves with the last.
  EXPECT_TRUE(eventually([&] { return agent() == 0; }, std::chrono::seconds{10}));
}

TEST_F(JoinedAlone, AnAgentThatIsKilledTakesNothingAlongAndForgetsNothing) {
  ASSERT_GT(agent(), 0);
  ::kill(agent(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return agent() == 0; }));
  EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2"), 3);
  // Its owner ends while nobody looks.
  programs_[1]->child().kill();
  ok("up " + write(linkfab::test::pair));
  EXPECT_TRUE(eventually([&] { return links().size() == 2; }));  // the lab's, and the other one's
  EXPECT_TRUE(answers(nodes_[0]->pid(), "10.9.0.1"));
}

TEST_F(JoinedAlone, ALabComesAndGoesBesideThem) {
  ok("up " + write(linkfab::test::pair));
  EXPECT_TRUE(Lab::pings("a", "10.1.0.2"));
  EXPECT_EQ(links().size(), 3U);
  ok("down");
  EXPECT_EQ(links().size(), 2U);
  EXPECT_EQ(answers(nodes_[0]->pid(), "10.9.0.2"), 3);
}

class Restarted : public OnFabric<DockerTest> {};

TEST_F(Restarted, AContainerGetsItsInterfaceBack) {
  const auto id = output_of(
      "docker run -d --network none --hostname pc1 --name lf-gns3 linkfab-test sleep 300");
  const auto pid = [] {
    return std::atoi(output_of("docker inspect -f '{{.State.Pid}}' lf-gns3").c_str());
  };
  const auto& ubridge = start();
  plug(ubridge, pid(), 1);
  EXPECT_THAT(linkfab("ps").out, HasSubstr("pc1"));
  const auto inside = [&] {
    return linkfab::test::run(fmt::format("nsenter -t {} -n ip -o link", pid())).out;
  };
  EXPECT_THAT(inside(), HasSubstr("02:42:5e:a1:f2:01"));
  output_of("docker restart -t 0 lf-gns3");
  EXPECT_TRUE(eventually([&] { return contains(inside(), "02:42:5e:a1:f2:01"); }));
  end_programs();
  output_of("docker rm -f lf-gns3");
}

}  // namespace
}  // namespace linkfab::ubridge::test
