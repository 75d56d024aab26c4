#include <fstream>
#include <thread>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"
#include "tests/netem/openflow_frames.hpp"

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;

// All of these share what one lab costs: several things in one test.
class Class : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (!IsSkipped()) ok(up(pair));
  }

  // What tc says of the frames toward b.
  std::string qdiscs() { return output_of("tc qdisc show dev " + device("b", "eth0")); }
  std::string filters() {
    return output_of("tc filter show dev " + device("b", "eth0") + " parent fab1:");
  }

  // Milliseconds of the fastest of some pings of this size.
  static double fastest(int size) {
    return std::atof(
        output_of(inside("a", "ping -q -n -i 0.05 -c 5 -s " + std::to_string(size) + " 10.1.0.2") +
                  " | sed -n 's|^rtt[^=]*= *||p'")
            .c_str());
  }

  // A class toward b, as `linkfab stats` counts it.
  Json::Value counted(const std::string& match) {
    const auto shown = json("stats a--b");
    for (const auto& direction : shown["directions"])
      for (const auto& each : direction["classes"])
        if (each["match"].asString() == match) return each;
    return {};
  }

  // When the answers to pings come that are sent all at once: milliseconds after the first. By
  // itself ping lets its socket hold one frame.
  static std::vector<double> arrivals_of_many(int count, int size) {
    std::vector<double> times;
    const auto n = std::to_string(count);
    for (const auto& line :
         lines_of(output_of(inside("a", "ping -n -D -W 3 -S 200000 -l " + n + " -c " + n + " -s " +
                                            std::to_string(size) + " 10.1.0.2") +
                            " | sed -n 's/^\\[\\([0-9.]*\\)\\].*time=.*/\\1/p'"))) {
      const auto time = std::atof(line.c_str()) * 1000;
      times.push_back(times.empty() ? time : time - times.front());
    }
    if (!times.empty()) times.front() = 0;
    return times;
  }

  // Of pings beside a TCP stream toward b, in milliseconds; the stream's rate is checked.
  double median_under_load() {
    const Background sink(inside("b", "iperf3 -s"));
    EXPECT_TRUE(eventually([] { return contains(output_of(inside("b", "ss -ltn")), ":5201"); }));
    Background bulk(inside("a", "iperf3 -c 10.1.0.2 -t 4 -J"), file("bulk"));
    std::this_thread::sleep_for(milliseconds{1500});
    const auto times = lines_of(output_of(inside("a", "ping -n -i 0.1 -W 2 -c 15 10.1.0.2") +
                                          " | sed -n 's/.*time=\\([0-9.]*\\).*/\\1/p' | sort -n"));
    bulk.wait();
    const auto rate =
        std::atof(output_of("jq .end.sum_received.bits_per_second " + file("bulk")).c_str());
    EXPECT_NEAR(rate / 4e6, 1448.0 / 1514, 0.06);
    return times.empty() ? 1e9 : std::atof(times[times.size() / 2].c_str());
  }

  static int received(const std::string& ping) {
    return std::atoi(output_of(ping + " | sed -n 's/.*, \\([0-9]*\\) received.*/\\1/p'").c_str());
  }
};

TEST_F(Class, WhatItMatchesIsImpairedAndTheRestIsNot) {
  ok("set a--b --from a --match 'icmp and greater 500' delay=80ms");
  ok("set a--b delay=5ms");
  const auto small = fastest(56);
  EXPECT_GE(small, 10);
  EXPECT_LE(small, 30);
  const auto large = fastest(600);
  EXPECT_GE(large, 90) << "what all undergo, and the class on top";
  EXPECT_LE(large, 110);
  const auto before = counted("icmp and greater 500");
  EXPECT_EQ(before["frames"].asInt(), 5);
  EXPECT_EQ(before["bytes"].asInt(), 5 * 642);

  // The first of several that match.
  ok("set a--b --from a --match icmp priority=1 loss=100%");
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  EXPECT_EQ(counted("icmp and greater 500")["frames"], before["frames"]);
  ok("set a--b --from a --match icmp priority=-1 loss=none");
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  EXPECT_GE(fastest(600), 90);

  // As a file says it, and back.
  const auto exported = linkfab("export").out;
  EXPECT_TRUE(contains(exported,
                       "{\"match\": \"icmp and greater 500\", \"priority\": 1, "
                       "\"delay\": \"80ms\"}") ||
              contains(exported, "{\"match\": \"icmp and greater 500\", \"delay\": \"80ms\"}"))
      << exported;
  EXPECT_TRUE(contains(linkfab("plan " + write(exported)).out, "nothing to change"));
}

TEST_F(Class, ItStaysWhileValuesArePlayed) {
  ok("set a--b --from a --match 'icmp and greater 500' delay=80ms");
  std::ofstream(file("t.csv")) << "time,delay\n0,10ms\n60,20ms\n";
  ok("play a--b --from a " + file("t.csv"));
  EXPECT_TRUE(eventually([&] { return contains(qdiscs(), "delay 10ms"); })) << qdiscs();
  const auto small = fastest(56);
  EXPECT_GE(small, 10);
  EXPECT_LE(small, 30);
  EXPECT_GE(fastest(600), 90);
  EXPECT_EQ(counted("icmp and greater 500")["frames"].asInt(), 5);
  ok("play --stop a--b");
  EXPECT_TRUE(eventually([&] { return !contains(qdiscs(), "delay 10ms"); })) << qdiscs();
  EXPECT_GE(fastest(600), 80);
}

TEST_F(Class, EveryNthFrameIsLostExactly) {
  ok("set a--b --from a --match 'icmp' drop-every=4");
  EXPECT_EQ(received(inside("a", "ping -n -i 0.05 -W 1 -c 12 10.1.0.2")), 9);
  const auto icmp = counted("icmp");
  EXPECT_EQ(icmp["frames"].asInt(), 9);
  EXPECT_EQ(icmp["dropped"].asInt(), 3);
  ok("set a--b --from a --match 'icmp' none");
  ok("set a--b --from b drop-every=3");
  EXPECT_LT(received(inside("a", "ping -n -i 0.05 -W 1 -c 9 10.1.0.2")), 8);
}

TEST_F(Class, ATagIsFoundWhereverTheKernelKeepsIt) {
  for (const auto& [node, address] : {std::pair{"a", "10.7.0.1/24"}, std::pair{"b", "10.7.0.2/24"}})
    ASSERT_EQ(run(inside(node,
                         "sh -c 'ip link add link eth0 name eth0.7 type vlan id 7 && ip addr "
                         "add " +
                             std::string(address) + " dev eth0.7 && ip link set eth0.7 up'"))
                  .status,
              0);
  ASSERT_TRUE(pings("a", "10.7.0.2"));
  ok("set a--b --match 'vlan 7' loss=100%");
  EXPECT_FALSE(pings("a", "10.7.0.2"));
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  ok("set a--b --match 'vlan 7' none");
  EXPECT_TRUE(pings("a", "10.7.0.2"));
}

TEST_F(Class, AMatchInOpenVSwitchsWordsIsOfItsFramesOnly) {
  ok("set a--b --from a --match udp,tp_dst=5060 loss=100%");
  const FrameSocket a(netns("a"), "eth0");
  const FrameSocket b(netns("b"), "eth0");
  const auto passes = [&](const std::string& name) {
    const auto bytes = wire(netem::test::frames().at(name));
    const std::string frame(bytes.begin(), bytes.end());
    a.send(frame);
    return b.receives(frame, milliseconds{500});
  };
  for (const auto& name : {"udp", "udp-tagged", "udp-service", "udp-options", "udp-first"})
    EXPECT_FALSE(passes(name)) << name;
  for (const auto& name : {"udp-multicast", "udp-later", "udp6", "udp6-tagged", "tcp-syn", "sctp"})
    EXPECT_TRUE(passes(name)) << name;
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  EXPECT_EQ(counted("udp,tp_dst=5060")["dropped"].asInt(), 5);

  ok("set a--b --from a --match udp,tp_dst=5060 none");
  ok("set a--b --from a --match dl_vlan=10,udp6,ip_dscp=46 loss=100%");
  EXPECT_FALSE(passes("udp6-tagged"));
  for (const auto& name : {"udp", "udp-tagged", "udp6"}) EXPECT_TRUE(passes(name)) << name;
  EXPECT_TRUE(contains(linkfab("export").out, "\"match\": \"dl_vlan=10,udp6,ip_dscp=46\""));
}

TEST_F(Class, ClassesComeAndGoWithoutALossAndLeaveNothingBehind) {
  ok("set a--b delay=20ms");
  SteadyPing ping("a", "10.1.0.2");
  ok("set a--b --match icmp delay=50ms");
  ok("set a--b --match 'udp' priority=2 loss=1%");
  ok("set a--b --match icmp delay=10ms");
  ok("set a--b --match 'udp' none");
  ok("set a--b --match icmp none");
  EXPECT_TRUE(eventually([&] { return !contains(qdiscs(), "prio"); })) << qdiscs();
  const auto count = ping.stop();
  EXPECT_EQ(count.lost, 0) << count.sent;
  EXPECT_TRUE(contains(qdiscs(), "delay 20ms"));
}

TEST_F(Class, WhatSomebodyElseTakesAwayComesBack) {
  ok("set a--b --from a --match icmp delay=50ms");
  ok("set a--b --from a --match arp drop-every=50");
  const auto whole = qdiscs();
  const auto dev = "dev " + device("b", "eth0");
  for (const auto& damage :
       {"tc filter del " + dev + " parent fab1:", "tc qdisc del " + dev + " parent fab0:1",
        "tc qdisc del " + dev + " parent $CLASS", "tc qdisc del " + dev + " root",
        "tc qdisc change " + dev + " parent $CLASS netem delay 1ms"}) {
    const auto line = "CLASS=$(tc qdisc show " + dev +
                      " | sed -n 's/.*parent \\(.*\\) limit.*delay 50ms.*/\\1/p'); " + damage;
    ASSERT_EQ(run(line).status, 0) << line << qdiscs();
    EXPECT_TRUE(eventually([&] {
      return contains(qdiscs(), "delay 50ms") && contains(filters(), "drop val 50") &&
             lines_of(qdiscs()).size() == lines_of(whole).size();
    })) << damage
        << "\n"
        << qdiscs() << filters();
    EXPECT_GE(fastest(56), 50) << damage;
  }
}

TEST_F(Class, AnotherAgentFindsThemAsTheyAre) {
  ok("set a--b --from a --match icmp delay=50ms");
  ok("set a--b --from b rate=20mbit queue=codel");
  const auto classes = qdiscs() + filters();
  const auto queue = output_of("tc qdisc show dev " + device("a", "eth0"));
  const auto same = write(linkfab("export").out);
  ASSERT_EQ(run("kill -9 " + std::to_string(agent())).status, 0);
  ASSERT_TRUE(eventually([] { return agent() == 0; }));
  ok(up_file(same));
  EXPECT_NE(agent(), 0);
  EXPECT_EQ(qdiscs() + filters(), classes);
  EXPECT_EQ(output_of("tc qdisc show dev " + device("a", "eth0")), queue);
}

TEST_F(Class, AQueueIsShortWhereItIsToldSo) {
  ok("set a--b delay=2ms");
  ok("set a--b --from a rate=4mbit queue=fifo:limit=150");
  EXPECT_GT(median_under_load(), 150) << "150 frames at 4 Mbit/s are 450 ms";
  ok("set a--b --from a queue=fq_codel:target=5ms");
  EXPECT_LT(median_under_load(), 60);
  ok("set a--b --from a queue=none");
  EXPECT_TRUE(eventually([&] { return !contains(qdiscs(), "htb"); })) << qdiscs();
}

TEST_F(Class, CakeKeepsTheQueueShort) {
  const auto set = linkfab("set a--b --from a rate=4mbit queue=cake:flows=dual-srchost");
  if (contains(set.err, "unknown")) GTEST_SKIP() << "this kernel has no sch_cake: " << set.err;
  ok(set);
  EXPECT_TRUE(contains(qdiscs(), "cake")) << qdiscs();
  EXPECT_LT(median_under_load(), 60);
  const auto dev = "dev " + device("b", "eth0");
  ASSERT_EQ(run("tc qdisc change " + dev + " parent fab2:1 handle fab3: cake besteffort").status, 0)
      << qdiscs();
  EXPECT_TRUE(eventually([&] { return contains(qdiscs(), "diffserv3"); })) << qdiscs();
}

// At 100 kbit/s a frame of 1042 bytes takes 83.36 ms, and 14 of them are less than the bucket
// holds.
TEST_F(Class, ABurstGoesAtOnceAndTheRestAtTheRate) {
  ok("set a--b --from a rate=100kbit burst=15kb");
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  std::this_thread::sleep_for(milliseconds{1500});
  const auto times = arrivals_of_many(25, 1000);
  ASSERT_EQ(times.size(), 25U);
  EXPECT_LT(times[14], 400) << "1167 ms without a burst";
  EXPECT_NEAR((times[24] - times[16]) / 8, 83.36, 8);
  ok("set a--b --from a rate=1mbit");
  ok("verify a--b --for 2s");
  EXPECT_TRUE(contains(linkfab("verify a--b --for 2s --json").out, "\"burst\""));

  const auto dev = "dev " + device("b", "eth0");
  const auto bucket = [&] { return output_of("tc class show " + dev); };
  ASSERT_EQ(run("tc class change " + dev + " parent fab2: classid fab2:1 htb rate 1mbit burst 3kb")
                .status,
            0);
  EXPECT_TRUE(eventually([&] { return contains(bucket(), "burst 15Kb cburst 15Kb"); })) << bucket();

  SteadyPing ping("a", "10.1.0.2");
  ok("set a--b --from a burst=60kb");
  EXPECT_TRUE(contains(bucket(), "burst 60Kb cburst 60Kb")) << bucket();
  ok("set a--b --from a rate=2mbit burst=1500");
  ok("set a--b --from a burst=none queue=fifo");
  ok("set a--b --from a burst=15kb queue=none");
  ok("set a--b --from a burst=none");
  EXPECT_TRUE(eventually([&] { return !contains(qdiscs(), "htb"); })) << qdiscs();
  const auto count = ping.stop();
  EXPECT_EQ(count.lost, 0) << count.sent;
  EXPECT_TRUE(contains(qdiscs(), "rate 2Mbit")) << qdiscs();
}

TEST_F(Class, WhatMakesNoSenseChangesNothing) {
  ok("set a--b delay=20ms");
  const auto before = qdiscs();
  fails_with(linkfab("set a--b --match 'udp and and' delay=1ms"), "syntax error");
  fails_with(linkfab("set a--b --match 'host r7.example' delay=1ms"), "'r7.example' is neither");
  fails_with(linkfab("set a--b --match udp,tp_dts=1 delay=1ms"),
             "'tp_dts=1' at character 5: it is neither a protocol nor a field");
  fails_with(linkfab("set a--b --match udp duplicate=1%"), "exclude each other");
  fails_with(linkfab("set a--b queue=codel"), "set rate too");
  fails_with(linkfab("set a--b burst=32kb"), "set rate too");
  fails_with(linkfab("set a--b rate=1mbit burst=8mb"), "7500000b is the most");
  fails_with(linkfab("set a--b rate=1mbit queue=codle"), "did you mean 'codel'?");
  fails_with(linkfab("set a--b --match udp --preset dsl"), "--match", 2);
  EXPECT_EQ(qdiscs(), before);
}

}  // namespace
}  // namespace linkfab::test
