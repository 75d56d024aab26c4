// The agent comes and goes; the lab does not notice.
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;

class Agent : public KeptLabTest {
 protected:
  void kill_agent(int signal) {
    const auto pid = agent();
    ASSERT_GT(pid, 0);
    ::kill(pid, signal);
    EXPECT_TRUE(eventually([] { return agent() == 0; }, std::chrono::seconds{10}));
  }
};

TEST_F(Agent, ItsDeathAndReturnLoseNotOnePing) {
  ok(up(pair));
  SteadyPing steady("a", "10.1.0.2");
  kill_agent(SIGKILL);
  std::this_thread::sleep_for(milliseconds{300});
  ok(up(pair));
  std::this_thread::sleep_for(milliseconds{300});
  const auto [sent, lost] = steady.stop();
  EXPECT_GT(sent, 20);
  EXPECT_EQ(lost, 0) << "of " << sent;
}

TEST_F(Agent, ANewOneChangesNothingOfTheLab) {
  ok(up(pair));
  ok("set a--b delay=10ms");
  const auto look = [] { return output_of("ip -d -o link; tc -d qdisc"); };
  const auto before = look();
  kill_agent(SIGKILL);
  ok("up " + write(pair) + " --no-wait");
  ok("set a--b delay=10ms");
  EXPECT_EQ(look(), before);
}

TEST_F(Agent, ASignalLeavesTheLab) {
  ok(up(pair));
  SteadyPing steady("a", "10.1.0.2");
  kill_agent(SIGTERM);
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  EXPECT_EQ(steady.stop().lost, 0);
  ok("down");
}

TEST_F(Agent, DownCleansUpAfterOneThatWasKilled) {
  ok(up(pair));
  kill_agent(SIGKILL);
  ok("down");
}

TEST_F(Agent, WhatChangedWithoutItIsPutRightWhenItReturns) {
  ok(up(pair));
  const auto device_of_b = device("b", "eth0");
  kill_agent(SIGKILL);
  output_of("ip link del " + device_of_b);
  ok(up(pair));
  EXPECT_TRUE(pings("a", "10.1.0.2"));
}

TEST_F(Agent, AClockThatJumpsDisturbsNothing) {
  if (!in_guest()) GTEST_SKIP() << "sets the clock, which only tools/lab's guest has for itself";
  ok(up(pair));
  const auto trace = file("t.csv");
  std::ofstream(trace) << "time,delay\n0,10ms\n5,30ms\n60,10ms\n";
  ok("play a--b --at-end keep " + trace);
  EXPECT_TRUE(eventually([] { return round_trip("a", "10.1.0.2", 1) >= 20; }));
  SteadyPing steady("a", "10.1.0.2");
  for (const char* jump : {"+1 day", "-2 days", "+1 day"}) {
    SCOPED_TRACE(jump);
    output_of(fmt::format("date -s '{}'", jump));
    ok("set a--b limit=2000");
    EXPECT_TRUE(contains(qdisc(device("b", "eth0")), "delay 10ms"));
  }
  EXPECT_TRUE(eventually([&] { return contains(qdisc(device("b", "eth0")), "delay 30ms"); },
                         std::chrono::seconds{10}));
  EXPECT_EQ(steady.stop().lost, 0);
}

TEST_F(Agent, ThereIsOnlyOne) {
  ok(up(pair));
  const auto second = run(LINKFAB_BIN_DIR "/linkfabd");
  EXPECT_EQ(second.status, 1);
  EXPECT_TRUE(contains(second.err, "another one runs")) << second.err;
  EXPECT_TRUE(pings("a", "10.1.0.2"));
}

std::string chain(int nodes) {
  std::string all;
  std::string links;
  for (int i = 0; i < nodes; ++i) {
    all += fmt::format(
        R"({}"n{}": {{"interfaces": {{"left": "10.9.{}.2/24", "right": "10.9.{}.1/24"}}}})",
        i == 0 ? "" : ",", i, i, i + 1);
    if (i > 0)
      links += fmt::format(R"({}{{"ends": ["n{}:right", "n{}:left"], "delay": "1ms"}})",
                           i == 1 ? "" : ",", i - 1, i);
  }
  return fmt::format(R"({{"name": "chain", "nodes": {{{}}}, "links": [{}]}})", all, links);
}

class KilledAgent : public LabTest, public testing::WithParamInterface<unsigned> {};

TEST_P(KilledAgent, AtAnyMomentOfUpTheNextUpConvergesAndDownLeavesNothing) {
  std::mt19937 random(GetParam());
  // An agent from before, or one that is killed while it starts for the first time.
  if (random() % 2 == 0) ok(up(chain(2)));
  Background first(LINKFAB_BIN_DIR "/linkfab up " + write(chain(20)));
  const auto moment = milliseconds{random() % 1000};
  std::this_thread::sleep_for(moment);
  if (const auto pid = agent(); pid > 0) ::kill(pid, SIGKILL);
  first.wait();
  ok(up(chain(20)));
  EXPECT_TRUE(pings("n0", "10.9.1.2")) << "killed after " << moment.count() << " ms";
  EXPECT_TRUE(pings("n18", "10.9.19.2")) << "killed after " << moment.count() << " ms";
}

INSTANTIATE_TEST_SUITE_P(Seeds, KilledAgent, testing::Range(1U, 5U));

}  // namespace
}  // namespace linkfab::test
