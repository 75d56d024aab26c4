// Labs of several switches: Mininet's topologies, what is said of their tables, and os-ken.
#include <csignal>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

class Sdn : public KeptLabTest {
 protected:
  void start(const std::string& shape_and_more) const {
    ok("topo " + shape_and_more + " --up --replace");
  }
  static bool reaches(const std::string& node, const std::string& address) {
    return eventually([&] { return pings(node, address); }, std::chrono::seconds{60});
  }
};

TEST_F(Sdn, ARowOfSwitchesAddsUpItsLinks) {
  start("linear,3 delay=2ms");
  EXPECT_TRUE(reaches("h1", "10.0.0.3"));
  EXPECT_GE(round_trip("h1", "10.0.0.3", 3), 16.0);
}

TEST_F(Sdn, FlowsCallPortsAsWhatTheyLeadTo) {
  start("linear,2");
  ok("reset s1");
  ok("exec s1 -- ovs-ofctl -O OpenFlow13 add-flow s1 in_port=1,ip,actions=output:2");
  const auto text = linkfab("flows s1");
  EXPECT_TRUE(contains(text.out, "in_port=h1:eth0,dl_type=0x800")) << text.out << text.err;
  EXPECT_TRUE(contains(text.out, "output:s2:eth2")) << text.out;
  EXPECT_TRUE(contains(text.out, "NORMAL")) << text.out;
  EXPECT_TRUE(contains(linkfab("flows s1 --numbers").out, "in_port=1,dl_type=0x800"));
  EXPECT_EQ(json("flows s1 --json")["datapath_id"].asString(), "0000000000000001");
  ok("reset s1");
  EXPECT_FALSE(contains(linkfab("flows s1").out, "h1:eth0"));
  EXPECT_TRUE(reaches("h1", "10.0.0.2"));
}

TEST_F(Sdn, OfWhatIsNoSwitchNothingIsSaid) {
  start("linear,2");
  fails_with(linkfab("flows h1"), "it is no switch; it has the kind netns");
  fails_with(linkfab("flows s3"), "the lab has no such node; did you mean 's1'?");
  fails_with(linkfab("pause s1"), "a switch cannot be paused");
}

TEST_F(Sdn, ATraceGoesOnAtTheNextSwitch) {
  start("linear,3");
  ASSERT_TRUE(reaches("h1", "10.0.0.3"));
  const auto arp = output_of(inside("h1", "ip neighbour show 10.0.0.3"));
  const auto mac = arp.substr(arp.find("lladdr ") + 7, 17);
  ASSERT_TRUE(pings("h1", "10.0.0.3", 2));
  const auto text = linkfab("trace s1 in_port=h1,icmp,dl_dst=" + mac);
  EXPECT_TRUE(contains(text.out, "== s1, from h1:eth0")) << text.out << text.err;
  EXPECT_TRUE(contains(text.out, "s1 -> s2:eth2")) << text.out;
  EXPECT_TRUE(contains(text.out, "== s3, from s2:eth3")) << text.out;
  EXPECT_TRUE(contains(text.out, "s3 -> h3:eth0")) << text.out;
  fails_with(linkfab("trace s1 icmp"), "it needs an in_port");
}

TEST_F(Sdn, WithoutAControllerLoopsAreCut) {
  start("torus,3,3");
  EXPECT_TRUE(reaches("h1x1", "10.0.0.9"));
}

TEST_F(Sdn, OsKenLearnsAndFindsTheLinksByItsLldp) {
  if (run("command -v osken-manager").status != 0)
    GTEST_SKIP() << "osken-manager is missing: Debian's package python3-os-ken";
  start("tree,2 --controller tcp:127.0.0.1:6653 --protocols OpenFlow13");
  EXPECT_FALSE(pings("h1", "10.0.0.4"));
  const auto fabric = ofctl("--no-stats dump-flows");
  const std::string command =
      "osken-manager --observe-links --ofp-listen-host 127.0.0.1 " LINKFAB_SOURCE_DIR
      "/tests/kernel/learning_controller.py";
  {
    const Background controller(command, file("links"));
    const auto links = [this] { return run("grep ^link " + file("links")).out; };
    // s1's ports 1 and 2 lead to the third ports of s2 and s3, each seen from both sides.
    EXPECT_TRUE(eventually(
        [&] {
          return contains(links(), "link 1:1 2:3") && contains(links(), "link 2:3 1:1") &&
                 contains(links(), "link 1:2 3:3") && contains(links(), "link 3:3 1:2");
        },
        std::chrono::seconds{120}))
        << run("cat " + file("links")).out;
    EXPECT_TRUE(reaches("h1", "10.0.0.4"));
    ok("set s1--s3 delay=20ms");
    EXPECT_GE(round_trip("h1", "10.0.0.4", 3), 40.0);
  }
  EXPECT_EQ(ofctl("--no-stats dump-flows"), fabric);
  EXPECT_EQ(vsctl("get bridge linkfab controller"), "[]");
}

}  // namespace
}  // namespace linkfab::test
