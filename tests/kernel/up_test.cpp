#include <thread>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

class Up : public KeptLabTest {};

constexpr const char* triangle = R"({
  "name": "triangle",
  "nodes": {
    "r1": {"interfaces": {"eth0": "10.0.12.1/24",
                          "eth1": {"addresses": ["10.0.13.1/24", "fd00:13::1/64"],
                                   "mac": "02:00:00:00:13:01", "mtu": 1400}},
           "sysctls": {"net.ipv4.ip_forward": 1},
           "routes": ["10.0.23.0/24 via 10.0.12.2"]},
    "r2": {"interfaces": {"eth0": "10.0.12.2/24", "eth1": "10.0.23.2/24"},
           "sysctls": {"net.ipv4.ip_forward": 1},
           "routes": ["10.0.13.0/24 via 10.0.12.1"]},
    "r3": {"interfaces": {"eth0": ["10.0.13.3/24", "fd00:13::3/64"], "eth1": "10.0.23.3/24"},
           "routes": ["10.0.12.0/24 via 10.0.13.1"]}
  },
  "links": [
    {"ends": ["r1:eth0", "r2:eth0"], "name": "r1--r2"},
    {"ends": ["r1:eth1", "r3:eth0"], "name": "r1--r3", "delay": "5ms"},
    {"ends": ["r2:eth1", "r3:eth1"], "name": "r2--r3", "a_to_b": {"rate": "1mbit"}}
  ]})";

TEST_F(Up, EveryNodeReachesEveryOther) {
  ok(up(triangle));
  for (const char* address : {"10.0.12.2", "10.0.13.3", "10.0.23.2", "10.0.23.3", "fd00:13::3"})
    EXPECT_TRUE(pings("r1", address)) << address;
  for (const char* address : {"10.0.12.1", "10.0.13.1", "10.0.23.3"})
    EXPECT_TRUE(pings("r2", address)) << address;
  for (const char* address : {"10.0.12.2", "10.0.13.1", "10.0.23.2"})
    EXPECT_TRUE(pings("r3", address)) << address;
}

TEST_F(Up, ANodeIsSetUpAsTheFileSays) {
  ok(up(triangle));
  const auto device = output_of(inside("r1", "ip -o link show eth1"));
  EXPECT_TRUE(contains(device, "mtu 1400")) << device;
  EXPECT_TRUE(contains(device, "02:00:00:00:13:01")) << device;
  EXPECT_TRUE(contains(device, "LOWER_UP")) << device;
  const auto addresses = output_of(inside("r1", "ip -o address show eth1"));
  EXPECT_TRUE(contains(addresses, "10.0.13.1/24")) << addresses;
  EXPECT_TRUE(contains(addresses, "fd00:13::1/64")) << addresses;
  const auto global = output_of(inside("r1", "ip -o address show eth1 scope global"));
  EXPECT_FALSE(contains(global, "tentative")) << global;
  const auto routes = output_of(inside("r1", "ip route"));
  EXPECT_TRUE(contains(routes, "10.0.23.0/24 via 10.0.12.2 dev eth0")) << routes;
  EXPECT_EQ(output_of(inside("r1", "cat /proc/sys/net/ipv4/ip_forward")), "1");
  EXPECT_TRUE(contains(output_of(inside("r1", "ip -o link show lo")), "UP"));
}

TEST_F(Up, ListingsSayWhatIsThere) {
  ok(up(triangle));
  const auto r1 = node("r1");
  EXPECT_EQ(r1["state"].asString(), "running");
  EXPECT_EQ(r1["interfaces"].size(), 2U);
  EXPECT_EQ(r1["interfaces"][0]["link"].asString(), "r1--r2");
  const auto device = r1["interfaces"][0]["device"].asString();
  EXPECT_EQ(vsctl("get interface " + device + " ofport"),
            std::to_string(r1["interfaces"][0]["ofport"].asInt()));
  EXPECT_TRUE(pings("r1", "10.0.13.3", 3));
  const auto links = json("links")["links"];
  ASSERT_EQ(links.size(), 3U);
  const auto& far = links[1];
  EXPECT_EQ(far["name"].asString(), "r1--r3");
  EXPECT_EQ(far["kind"].asString(), "link");
  EXPECT_EQ(far["state"].asString(), "up");
  EXPECT_EQ(far["wanted"].asString(), "up");
  EXPECT_TRUE(far["error"].isNull());
  EXPECT_EQ(far["ends"][0]["interface"].asString(), "r1:eth1");
  EXPECT_EQ(far["ends"][0]["impairment_toward"].asString(), "delay=5ms");
  EXPECT_GE(far["ends"][0]["statistics"]["rx_packets"].asInt(), 3);
  EXPECT_EQ(links[2]["ends"][0]["impairment_toward"].asString(), "");
  EXPECT_EQ(links[2]["ends"][1]["impairment_toward"].asString(), "rate=1mbit");
}

// Everything that a second `up` could have made anew has a number that would be another one.
TEST_F(Up, ASecondTimeChangesNothing) {
  ok(up(triangle));
  const auto look = [] {
    return output_of("ip -d -o link; tc -d qdisc") +
           output_of("ovsdb-client dump unix:/run/linkfab/db.sock Linkfab") +
           vsctl("get open . next_cfg") + output_of("lsns -n -t net -o NS,PATH");
  };
  const auto before = look();
  std::this_thread::sleep_for(std::chrono::seconds{1});
  ok(up(triangle));
  EXPECT_EQ(look(), before);
  // "duration=1.234s" of each flow
  for (const auto& flow : lines_of(ofctl("dump-flows"))) {
    const auto age = flow.find("duration=");
    if (age == std::string::npos) continue;
    EXPECT_GE(std::atof(flow.c_str() + age + 9), 1.0) << flow;
  }
}

TEST_F(Up, ADownWithoutALabIsNoError) {
  ok("down");
  const auto down = linkfab("down");
  EXPECT_EQ(down.status, 0) << down.err;
  EXPECT_EQ(down.out, "nothing to take down\n");
}

TEST_F(Up, ALabWithARouteThatCannotBeIsTakenDown) {
  const auto outcome = up(R"({"name": "astray",
    "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}, "routes": ["10.9.0.0/16 via 10.77.0.9"]},
              "b": {"interfaces": {"eth0": "10.1.0.2/24"}}},
    "links": [["a:eth0", "b:eth0"]]})");
  fails_with(outcome, "add route 10.9.0.0/16");
  EXPECT_FALSE(eventually([] { return agent() == 0; }, std::chrono::seconds{2}));
  ok("down");
}

}  // namespace
}  // namespace linkfab::test
