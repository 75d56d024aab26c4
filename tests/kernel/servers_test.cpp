// The servers that the agent has started end; it starts them again, and the lab goes on.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

using std::chrono::seconds;

class Servers : public PrivateSwitchTest {
 protected:
  // "PID START" is in the file.
  static int process(const std::string& file) {
    std::ifstream stream("/run/linkfab/" + file);
    int pid = 0;
    stream >> pid;
    return pid;
  }
  static bool alive(int pid) { return pid > 0 && ::kill(pid, 0) == 0; }

  // Kills it and waits for its successor.
  void replace(const std::string& file) {
    const int before = process(file);
    ASSERT_TRUE(alive(before)) << file;
    ::kill(before, SIGKILL);
    EXPECT_TRUE(eventually(
        [&] {
          const int after = process(file);
          return after != before && alive(after);
        },
        seconds{10}))
        << file;
  }
};

TEST_F(Servers, VswitchdReturnsWithItsFlowsAndAWarmLinkLosesNothing) {
  ok(up(pair));
  std::this_thread::sleep_for(seconds{2});  // what dies young is started again after a pause
  const auto before = lines_of(ofctl("dump-flows", "--no-stats")).size();
  SteadyPing steady("a", "10.1.0.2");
  replace("ovs/ovs-vswitchd.process");
  EXPECT_TRUE(eventually(
      [&] {
        const auto flows =
            run("ovs-ofctl -O OpenFlow14 --no-stats dump-flows unix:/run/linkfab/ovs/linkfab.mgmt");
        return lines_of(flows.out).size() == before;
      },
      seconds{10}));
  ok("set a--b delay=1ms");
  std::this_thread::sleep_for(seconds{1});
  const auto [sent, lost] = steady.stop();
  EXPECT_GT(sent, 50);
  EXPECT_EQ(lost, 0) << "of " << sent;
  ok("connect a:eth5 b:eth5");
  EXPECT_EQ(link("a:eth5--b:eth5")["state"].asString(), "up");
}

TEST_F(Servers, AVswitchdThatDiesTwiceIsArmedTwice) {
  ok(up(pair));
  SteadyPing steady("a", "10.1.0.2");
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(seconds{2});
    replace("ovs/ovs-vswitchd.process");
    EXPECT_TRUE(eventually(
        [&] { return vsctl("get open . other_config:flow-restore-wait") == "\"true\""; }));
    ok("set a--b loss=0%");
  }
  const auto [sent, lost] = steady.stop();
  EXPECT_EQ(lost, 0) << "of " << sent;
}

TEST_F(Servers, TheDatabaseReturnsAndTrafficNeverStopped) {
  ok(up(pair));
  std::this_thread::sleep_for(seconds{2});
  SteadyPing steady("a", "10.1.0.2");
  replace("db.process");
  EXPECT_TRUE(eventually([this] { return linkfab("ps").status == 0; }, seconds{10}));
  ok("set a--b delay=5ms");
  EXPECT_EQ(steady.stop().lost, 0);
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 10.0);
}

TEST_F(Servers, TheSwitchsDatabaseReturnsAndTrafficNeverStopped) {
  ok(up(pair));
  std::this_thread::sleep_for(seconds{2});
  SteadyPing steady("a", "10.1.0.2");
  replace("ovs/ovsdb-server.process");
  EXPECT_TRUE(eventually(
      [] {
        return run("ovs-vsctl --timeout=1 --db=unix:/run/linkfab/ovs/db.sock show").status == 0;
      },
      seconds{10}));
  ok("connect a:eth5 b:eth5 delay=1ms");
  EXPECT_EQ(link("a:eth5--b:eth5")["state"].asString(), "up");
  EXPECT_TRUE(carrier("a", "eth5"));
  EXPECT_EQ(steady.stop().lost, 0);
}

TEST_F(Servers, AllOfThemAndTheAgentAtOnce) {
  ok(up(pair));
  for (const char* file : {"ovs/ovs-vswitchd.process", "ovs/ovsdb-server.process", "db.process"})
    ::kill(process(file), SIGKILL);
  ::kill(agent(), SIGKILL);
  EXPECT_TRUE(eventually([] { return agent() == 0; })) << run("ps axf").out;
  ok(up(pair));
  EXPECT_TRUE(pings("a", "10.1.0.2"));
}

}  // namespace
}  // namespace linkfab::test
