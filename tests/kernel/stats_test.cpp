#include <csignal>
#include <cstring>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/pty.hpp"

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* metrics_place = "127.0.0.1:19464";

// As `pair`, of nodes that say nothing unless they are told to.
constexpr const char* quiet_pair = R"({
  "name": "pair",
  "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}, "sysctls": {"net.ipv6.conf.all.disable_ipv6": "1",
                  "net.ipv6.conf.default.disable_ipv6": "1"}},
            "b": {"interfaces": {"eth0": "10.1.0.2/24"}, "sysctls": {"net.ipv6.conf.all.disable_ipv6": "1",
                  "net.ipv6.conf.default.disable_ipv6": "1"}}},
  "links": [{"ends": ["a:eth0", "b:eth0"], "name": "a--b"}]})";

class Stats : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (IsSkipped()) return;
    ok(up(quiet_pair));
    ASSERT_TRUE(pings("a", "10.1.0.2"));
    for (const auto& [node, other] : {std::pair{"a", "2"}, std::pair{"b", "1"}})
      (void)run(
          inside(node, "ip neigh change 10.1.0." + std::string(other) + " dev eth0 nud permanent"));
  }

  // One direction of the link, toward a node.
  Json::Value toward(const std::string& node, const std::string& options = "") const {
    const auto shown = json("stats a--b " + options);
    for (const auto& direction : shown["directions"])
      if (direction["to"].asString() == node + ":eth0") return direction;
    throw std::runtime_error("no direction toward " + node);
  }

  // What the kernel says of a node's own device.
  static std::int64_t counter(const std::string& node, const std::string& name) {
    return std::atoll(
        output_of(inside(node, "ip -j -s link show eth0 | jq '.[0].stats64" + name + "'")).c_str());
  }

  // `count` frames of 1042 bytes.
  static void send(int count, const std::string& options = "-s 1000") {
    (void)run(inside(
        "a", "ping -q -n -i 0.01 -W 1 -c " + std::to_string(count) + " " + options + " 10.1.0.2"));
  }
};

TEST_F(Stats, CountsAreThoseOfTheNodesOwnDevicesAndAddUp) {
  send(20);
  const auto exact = toward("b")["counters"];
  EXPECT_GE(exact["sent_frames"].asInt64(), 21);
  EXPECT_EQ(exact["sent_frames"].asInt64(), counter("a", ".tx.packets"));
  EXPECT_EQ(exact["sent_bytes"].asInt64(), counter("a", ".tx.bytes"));
  EXPECT_EQ(exact["received_frames"].asInt64(), counter("b", ".rx.packets"));
  EXPECT_EQ(exact["received_bytes"].asInt64(), counter("b", ".rx.bytes"));
  EXPECT_EQ(exact["received_frames"], exact["sent_frames"]) << "the host itself says nothing";

  ok("set a--b --from a loss=50%");
  send(100);
  const auto lossy = toward("b")["counters"];
  EXPECT_GE(lossy["lost"].asInt64(), 20);
  EXPECT_EQ(lossy["sent_frames"].asInt64(),
            lossy["received_frames"].asInt64() + lossy["lost"].asInt64());

  ok("set a--b --from a loss=none delay=5s limit=4");
  const auto before = toward("b")["counters"];
  send(10);
  const auto queued = toward("b")["counters"];
  EXPECT_EQ(queued["queued_frames"].asInt64(), 4);
  EXPECT_EQ(queued["queued_bytes"].asInt64(), 4 * 1042);
  EXPECT_EQ(queued["lost"].asInt64(), before["lost"].asInt64() + 6);
}

TEST_F(Stats, RefusedFramesCarriersAndRates) {
  const auto before = toward("b")["counters"];
  ASSERT_EQ(run(inside("a", "ip link set eth0 mtu 4000")).status, 0);
  send(5, "-s 3000 -M do");
  ok("cut a--b");
  ok("restore a--b");
  const auto after = toward("b")["counters"];
  EXPECT_EQ(after["received_dropped"].asInt64(), before["received_dropped"].asInt64() + 5);
  EXPECT_EQ(after["carrier_changes"].asInt64(), before["carrier_changes"].asInt64() + 2);
  EXPECT_EQ(after["carrier_changes"].asString(),
            output_of("cat /sys/class/net/" + device("b", "eth0") + "/carrier_changes"));

  const Background ping(inside("a", "ping -q -n -i 0.05 -s 1000 10.1.0.2"));
  const auto rates = toward("b", "--interval 2s --count 1")["rates"];
  EXPECT_NEAR(rates["received_frames"].asDouble(), 20, 4);
  EXPECT_NEAR(rates["received_bits"].asDouble(), 20.0 * 1042 * 8, 4.0 * 1042 * 8);
}

class Metrics : public LabTest {
 protected:
  static std::string page(const std::string& options = "", const std::string& path = "/metrics") {
    return run("curl -s -m 5 " + options + " http://" + metrics_place + path).out;
  }
  static std::string value(const std::string& series) {
    for (const auto& line : lines_of(page()))
      if (line.starts_with(series + " ")) return line.substr(series.size() + 1);
    return "none";
  }
};

TEST_F(Metrics, NothingListensUnlessToldTo) {
  ok(up(pair));
  const auto listening = output_of("ss -Hltnp");
  EXPECT_FALSE(contains(listening, "linkfabd")) << listening;
  fails_with(linkfab("up " + file("lab.json") + " --metrics " + metrics_place),
             "linkfabd runs already, without metrics");
}

TEST_F(Metrics, AreTheKernelsCounters) {
  const auto lab = write(pair);
  ok("up " + lab + " --metrics " + metrics_place);
  ok("up " + lab + " --metrics " + metrics_place);
  fails_with(linkfab("up " + lab + " --metrics 9000"),
             "linkfabd runs already, with metrics on 127.0.0.1:19464");
  ASSERT_TRUE(pings("a", "10.1.0.2", 5));
  ok("set a--b --from a loss=100%");
  EXPECT_FALSE(pings("a", "10.1.0.2"));
  const std::string b = R"({interface="eth0",link="a--b",node="b")";
  EXPECT_GE(std::atoi(value("linkfab_interface_receive_frames_total" + b + "}").c_str()), 5);
  EXPECT_GE(
      std::atoi(
          value("linkfab_interface_receive_drops_total" + b + ",cause=\"impairment\"}").c_str()),
      1);
  EXPECT_EQ(value("linkfab_interface_up" + b + "}"), "1");
  EXPECT_EQ(value(R"(linkfab_node_state{node="a",kind="netns",state="running"})"), "1");
  EXPECT_EQ(value(R"(linkfab_link_state{link="a--b",kind="link",state="up"})"), "1");
  ok("cut a--b");
  EXPECT_EQ(value(R"(linkfab_link_state{link="a--b",kind="link",state="cut"})"), "1");
  EXPECT_EQ(value("linkfab_interface_up" + b + "}"), "0");
  EXPECT_EQ(value("linkfab_flows"), "2");
  EXPECT_GE(std::atoi(value("linkfab_reconcile_step_duration_seconds_count").c_str()), 2);
  EXPECT_TRUE(contains(page("-i"), "Content-Type: text/plain; version=0.0.4"));
  EXPECT_TRUE(contains(page("-i", "/other"), "404 Not Found"));
  EXPECT_TRUE(contains(page("-i -X DELETE"), "405 Method Not Allowed"));
}

TEST_F(Metrics, APortThatIsTakenIsSaidAndNothingIsLeft) {
  const Background other(
      "python3 -c 'import socket,time; s=socket.create_server((\"127.0.0.1\",19464)); "
      "time.sleep(60)'");
  ASSERT_TRUE(eventually([] { return contains(output_of("ss -Hltn"), ":19464"); }));
  const auto failed = linkfab("up " + write(pair) + " --metrics " + metrics_place);
  fails_with(failed, "listen on 127.0.0.1:19464: another program listens there");
  EXPECT_EQ(agent(), 0);
  (void)run("rm -rf /run/linkfab");  // its log stays
}

class Top : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (!IsSkipped()) ok(up(pair));
  }

  static std::string top(const std::string& arguments = "") {
    return LINKFAB_BIN_DIR "/linkfab top --interval 200ms " + arguments;
  }

  static bool same(const termios& one, const termios& other) {
    return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag &&
           one.c_cflag == other.c_cflag && one.c_lflag == other.c_lflag &&
           std::memcmp(one.c_cc, other.c_cc, sizeof one.c_cc) == 0;
  }

  // Ends it by `stop`, with this status.
  void leaves_the_terminal(const std::function<void(Pty&)>& stop, int status) {
    const auto fresh = Pty("cat", 24, 100).settings();  // those that every terminal starts with
    Pty pty(top(), 24, 100);
    ASSERT_TRUE(pty.shows("a:eth0")) << pty.screen().text();
    EXPECT_TRUE(pty.screen().alternate());
    EXPECT_FALSE(same(pty.settings(), fresh));
    stop(pty);
    EXPECT_EQ(pty.wait(), status);
    EXPECT_TRUE(same(pty.settings(), fresh));
    EXPECT_FALSE(pty.screen().alternate());
    EXPECT_TRUE(pty.screen().cursor_shown());
  }

  // The screen once it shows the text and stands still.
  static void settle(Pty& pty, const std::string& text) {
    ASSERT_TRUE(pty.shows(text)) << "no '" << text << "':\n" << pty.screen().text();
    pty.read_for(milliseconds{100});
  }
};

TEST_F(Top, DrawsSortsFiltersAndResizes) {
  const Background ping(inside("a", "ping -q -n -i 0.02 -s 1400 10.1.0.2"));
  ok("set a--b --from a delay=1s");
  Pty pty(top(), 10, 100);
  const auto line = [&](int row) { return pty.screen().line(row); };
  settle(pty, "delay=1s");
  EXPECT_TRUE(contains(line(0), "lab pair")) << pty.screen().text();
  pty.type("b");
  settle(pty, "by backlog");
  pty.read_for(milliseconds{600});  // frames have come into the queue
  EXPECT_TRUE(contains(line(3), "delay=1s")) << pty.screen().text();
  EXPECT_TRUE(contains(line(4), "b:eth0  a:eth0")) << pty.screen().text();
  pty.type("R");
  settle(pty, "reversed");
  EXPECT_TRUE(contains(line(4), "delay=1s")) << pty.screen().text();
  pty.type("/DELAY\r");
  settle(pty, "1 of 2 directions");
  EXPECT_EQ(line(4), "");
  pty.type("\033");
  settle(pty, "- 2 directions");
  pty.resize(6, 60);
  pty.read_for(milliseconds{600});
  EXPECT_TRUE(contains(line(2), "LINK  STATE")) << pty.screen().text();
  EXPECT_TRUE(contains(line(5), "q quit")) << pty.screen().text();
  pty.type("\033[B");
  pty.type("q");
  EXPECT_EQ(pty.wait(), 0);

  const auto batch = linkfab("top --batch --count 2 --interval 200ms --sort name");
  ok(batch);
  const auto lines = lines_of(batch.out);
  ASSERT_EQ(lines.size(), 2 * 5 + 1U) << batch.out;
  EXPECT_TRUE(lines[3].starts_with("a--b")) << batch.out;
  EXPECT_FALSE(contains(batch.out, "\033"));
  fails_with(linkfab("top"), "use --batch");
  fails_with(linkfab("top --sort size"), "rate, drops, backlog and name", 2);
}

TEST_F(Top, LeavesTheTerminalAsItWas) {
  leaves_the_terminal([](const Pty& pty) { pty.type("q"); }, 0);
  leaves_the_terminal([](const Pty& pty) { pty.type("\003"); }, 0);
  leaves_the_terminal([](const Pty& pty) { pty.signal(SIGTERM); }, 128 + SIGTERM);
  leaves_the_terminal([this](const Pty&) { ok("down"); }, 1);
}

}  // namespace
}  // namespace linkfab::test
