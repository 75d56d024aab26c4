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

TEST_F(Sdn, PingallShowsWhoDoesNotAnswerToWhom) {
  start("linear,3");
  EXPECT_TRUE(reaches("h1", "10.0.0.3"));
  const auto whole = linkfab("pingall --count 2");
  EXPECT_EQ(whole.status, 0) << whole.err;
  EXPECT_TRUE(contains(whole.out, "h1 -> h2 h3\nh2 -> h1 h3\nh3 -> h1 h2\n")) << whole.out;
  EXPECT_TRUE(contains(whole.out, "0% lost (12/12 received)")) << whole.out;
  ok("cut s2--s3");
  const auto parted = linkfab("pingall --wait 300ms");
  EXPECT_EQ(parted.status, 1);
  EXPECT_TRUE(contains(parted.out, "h1 -> h2 X\nh2 -> h1 X\nh3 -> X X\n")) << parted.out;
  EXPECT_TRUE(contains(parted.out, "(2/6 received)")) << parted.out;
  EXPECT_EQ(linkfab("pingall h2 h1").out.substr(0, 18), "h2 -> h1\nh1 -> h2\n");
  ok("restore s2--s3");
  fails_with(linkfab("pingall h1 h4"), "there is none");
  fails_with(linkfab("pingall h1 s1"), "none of its interfaces has an address");
}

TEST_F(Sdn, PingallTakesTheTimeThatLinksTake) {
  ok(up(R"({"name": "six", "nodes": {
    "a": {"interfaces": {"eth0": ["10.1.0.1/24", "2001:db8::1/64"]}},
    "b": {"interfaces": {"eth0": ["10.1.0.2/24", "2001:db8::2/64"]}}},
    "links": [{"ends": ["a:eth0", "b:eth0"], "delay": "30ms"}]})"));
  for (const std::string option : {"", "--ipv6"}) {
    const auto result = json("pingall --count 2 --json " + option);
    EXPECT_EQ(result["received"].asInt(), 4);
    for (const auto& pair : result["pairs"]) {
      EXPECT_EQ(contains(pair["address"].asString(), ":"), !option.empty());
      // The first also waits for the other's hardware address.
      EXPECT_GE(pair["round_trips_ms"][0].asDouble(), 60.0);
      EXPECT_GE(pair["round_trips_ms"][1].asDouble(), 60.0);
      EXPECT_LT(pair["round_trips_ms"][1].asDouble(), 85.0);
    }
  }
  // An answer after the wait is none.
  EXPECT_EQ(linkfab("pingall --wait 40ms").status, 1);
}

TEST_F(Sdn, IperfMeasuresWhatARateLetsThrough) {
  start("linear,2 rate=10mbit");
  EXPECT_TRUE(reaches("h1", "10.0.0.2"));
  const auto both = json("iperf h1 h2 --both --time 4s --json")["streams"];
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0]["to"], "h2");
  EXPECT_EQ(both[1]["to"], "h1");
  for (const auto& stream : both) {
    EXPECT_LT(stream["bits_per_second"].asDouble(), 9.9e6);
    EXPECT_GT(stream["bits_per_second"].asDouble(), 6e6);
  }
  const auto text = linkfab("iperf h1 h2 --time 1s");
  EXPECT_TRUE(contains(text.out, "h1 -> h2: ")) << text.out;
  EXPECT_TRUE(contains(text.out, " received for 1s, ")) << text.out;
}

TEST_F(Sdn, IperfCountsDatagrams) {
  ok(up(R"({"name": "lossy", "nodes": {
    "a": {"interfaces": {"eth0": "10.1.0.1/24"}}, "b": {"interfaces": {"eth0": "10.1.0.2/24"}}},
    "links": [{"ends": ["a:eth0", "b:eth0"], "a_to_b": {"loss": "20%"}}]})"));
  ASSERT_TRUE(pings("b", "10.1.0.1") || pings("b", "10.1.0.1") || pings("b", "10.1.0.1"));
  const auto stream = json("iperf a b --udp --rate 4mbit --time 3s --json")["streams"][0];
  EXPECT_EQ(stream["datagram_bytes"].asInt(), 1472);
  EXPECT_NEAR(stream["sent"].asDouble(), 4e6 * 3 / 8 / 1472, 60);
  EXPECT_NEAR(stream["lost_percent"].asDouble(), 20, 8);
  EXPECT_EQ(stream["out_of_order"].asInt(), 0);
  ok("cut a:eth0--b:eth0");
  EXPECT_EQ(linkfab("iperf a b --udp --time 200ms").status, 1);
  fails_with(linkfab("iperf a b --time 200ms"), "connect a with b at 10.1.0.2: ");
  EXPECT_EQ(linkfab("iperf a b --rate 1mbit").status, 2);
}

// s1's controller is the host c0, at the other end of a link from m1.
TEST_F(Sdn, TheControlChannelIsALinkLikeAnyOther) {
  if (run("command -v ovs-testcontroller").status != 0)
    GTEST_SKIP() << "ovs-testcontroller is missing: Debian's package openvswitch-testcontroller";
  ok(up(R"({"name": "managed", "nodes": {
    "h1": {"interfaces": {"eth0": "10.0.0.1/24"}}, "h2": {"interfaces": {"eth0": "10.0.0.2/24"}},
    "c0": {"interfaces": {"eth0": "10.9.0.1/24"}}, "m1": {"interfaces": {"eth0": "10.9.0.2/24"}},
    "s1": {"kind": "switch", "management": "m1", "fail_mode": "standalone",
           "controllers": {"target": "tcp:10.9.0.1:6653", "inactivity_probe": 1000,
                           "max_backoff": 1000}}},
    "links": [["h1:eth0", "s1:eth1"], ["h2:eth0", "s1:eth2"],
              {"ends": ["c0:eth0", "m1:eth0"], "name": "control"}]})"));
  const auto connected = [](const std::string& is) {
    return eventually([&] { return contains(vsctl("get controller s1 is_connected"), is); },
                      std::chrono::seconds{60});
  };
  const Background controller(inside("c0", "ovs-testcontroller --unixctl=none ptcp:6653"),
                              file("controller"));
  ASSERT_TRUE(connected("true")) << log();
  EXPECT_TRUE(reaches("h1", "10.0.0.2"));
  // Those of its learning: what sends it the unknown stays.
  const auto forget = [&] { ok("exec s1 -- ovs-ofctl -O OpenFlow10,OpenFlow13 del-flows s1 ip"); };
  const auto first_of_flow = [&] {
    forget();
    return json("pingall h1 h2 --wait 20s --json")["pairs"][0]["round_trips_ms"][0].asDouble();
  };
  EXPECT_LT(first_of_flow(), 150);
  ok("set control delay=100ms");
  EXPECT_GT(first_of_flow(), 200);  // to the controller and back

  ok("cut control");
  EXPECT_TRUE(connected("false"));
  forget();
  EXPECT_TRUE(reaches("h1", "10.0.0.2")) << "its fail mode";
  ok("set control delay=0ms");
  ok("restore control");
  EXPECT_TRUE(connected("true"));
  ok("stop m1");
  EXPECT_TRUE(connected("false"));
  ok("start m1");
  EXPECT_TRUE(connected("true"));
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
