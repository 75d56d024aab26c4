// Scenarios over time: `linkfab play`.
#include <csignal>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Play : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (IsSkipped()) return;
    ok(up(pair));
    const auto played = json("play");
    for (const auto& each : played["scenarios"]) ok("play --stop " + each["name"].asString());
    for (const char* node : {"a", "b"}) (void)device(node, "eth0");  // known from now on
  }

  // A file in the test's directory.
  std::string write_text(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    return file(name);
  }
  // Without the product, which would take its time.
  [[nodiscard]] std::string toward(const std::string& node) const {
    return qdisc(device(node, "eth0"));
  }
  [[nodiscard]] bool shows(const std::string& node, const std::string& words) const {
    return contains(toward(node), words);
  }
  Json::Value scenario(const std::string& name) const {
    const auto all = json("play --json");
    for (const auto& each : all["scenarios"])
      if (each["name"].asString() == name) return each;
    throw std::runtime_error("no scenario " + name);
  }
  void kill_agent() {
    const auto pid = agent();
    ASSERT_GT(pid, 0);
    ::kill(pid, SIGKILL);
    ASSERT_TRUE(eventually([] { return agent() == 0; }, seconds{10}));
  }
};

TEST_F(Play, ValuesFollowTheFileAndTheRowsComeBack) {
  ok("set a--b delay=5ms loss=1%");
  const auto trace = write_text("t.csv",
                                "# two directions\n"
                                "time,from,to,delay,rate\n"
                                "0,a,,10ms,\n"
                                "2,a,,20ms,8mbit\n"
                                "2,,a:eth0,30ms,\n"
                                "4,,,,\n");
  ok("play a--b " + trace);
  // What is not named is the row's, also when that changes meanwhile.
  EXPECT_TRUE(eventually([&] { return shows("b", "delay 10ms loss 1%"); })) << toward("b");
  EXPECT_TRUE(shows("a", "delay 5ms loss 1%")) << toward("a");
  ok("set a--b loss=2%");
  EXPECT_TRUE(eventually([&] { return shows("b", "delay 20ms loss 2% rate 8Mbit"); }))
      << toward("b");
  EXPECT_TRUE(shows("a", "delay 30ms loss 2%")) << toward("a");
  const auto ends = link("a--b")["ends"];
  EXPECT_EQ(ends[1]["impairment_toward"].asString(), "delay=20ms loss=2% rate=8mbit");
  EXPECT_EQ(ends[1]["scenario"].asString(), "t");
  EXPECT_TRUE(eventually([&] { return shows("b", "delay 5ms loss 2%"); })) << toward("b");
  EXPECT_FALSE(shows("b", "rate")) << toward("b");
  EXPECT_TRUE(shows("a", "delay 5ms loss 2%")) << toward("a");
  const auto it = scenario("t");
  EXPECT_EQ(it["state"].asString(), "ended");
  EXPECT_EQ(it["steps"].asInt(), 3);
  EXPECT_TRUE(link("a--b")["ends"][1]["scenario"].isNull());
  // Over, it makes room for another one of its name.
  ok("play a--b " + trace + " --speed 100 --wait");
}

TEST_F(Play, APresetIsInThePlaceOfAllAndEachDirectionsOwn) {
  ok("set a--b loss=3%");
  ok("play a--b " + write_text("line.csv", "time,preset\n0,dsl\n3,lte\n6,\n"));
  EXPECT_TRUE(eventually([&] { return shows("b", "delay 25ms rate 1500Kbit"); })) << toward("b");
  EXPECT_TRUE(shows("a", "delay 25ms rate 384Kbit")) << toward("a");
  EXPECT_FALSE(shows("b", "loss")) << toward("b");
  for (const char* node : {"a", "b"})
    EXPECT_TRUE(eventually([&] { return shows(node, "delay 35ms rate 12Mbit"); })) << toward(node);
  EXPECT_TRUE(eventually([&] { return shows("b", "loss 3%"); })) << toward("b");
  EXPECT_FALSE(shows("b", "delay")) << toward("b");
}

TEST_F(Play, AnAgentThatComesBackFindsItsPlace) {
  ok("play a--b --at-end keep " + write_text("t.csv", "time,delay\n0,10ms\n6,20ms\n60,30ms\n"));
  const auto next = std::chrono::steady_clock::now() + milliseconds{6100};
  EXPECT_TRUE(eventually([&] { return shows("b", "delay 10ms"); })) << toward("b");
  SteadyPing steady("a", "10.1.0.2");
  kill_agent();
  EXPECT_TRUE(shows("b", "delay 10ms")) << toward("b");
  std::this_thread::sleep_until(next);
  ok("up " + write(pair));
  EXPECT_TRUE(shows("b", "delay 20ms")) << toward("b");
  EXPECT_EQ(steady.stop().lost, 0);
  const auto it = scenario("t");
  EXPECT_EQ(it["state"].asString(), "playing");
  EXPECT_GT(it["position"].asDouble(), 6);
  EXPECT_LT(it["position"].asDouble(), 30);
  ok("play --stop a--b");
  EXPECT_TRUE(eventually([&] { return !shows("b", "delay"); })) << toward("b");
  EXPECT_EQ(json("play --json")["scenarios"].size(), 0U);
}

TEST_F(Play, ManyStepsLoseNoFrameAndAreRecorded) {
  ok("play " + write_text("night.json", R"({
    // a delay that goes up and down, and values at random
    "loop": true,
    "steps": [
      {"at": 0, "link": "a--b", "from": "a", "ramp": {"delay": ["1ms", "5ms"]}, "for": "500ms", "every": "20ms"},
      {"at": 0.5, "link": "a--b", "from": "a", "ramp": {"delay": ["5ms", "1ms"]}, "for": "500ms", "every": "20ms"},
      {"at": 0, "link": "a--b", "from": "b", "random": {"delay": ["1ms", "5ms"]}, "for": "1s", "every": "20ms"}
    ]})"));
  SteadyPing steady("a", "10.1.0.2");
  std::this_thread::sleep_for(seconds{2});
  const auto [sent, lost] = steady.stop();
  EXPECT_GT(sent, 20);
  EXPECT_EQ(lost, 0) << "of " << sent;
  const auto it = scenario("night");
  EXPECT_GT(it["steps"].asInt() + it["skipped"].asInt(), 150);
  EXPECT_GT(it["steps"].asInt(), 50);
  EXPECT_GT(it["pass"].asInt(), 0);
  EXPECT_LT(it["late"]["median"].asDouble(), 0.05);
  const auto record = lines_of(linkfab("play --record night").out);
  ASSERT_GT(record.size(), 50U);
  EXPECT_EQ(record[0], "time,pass,position,link,to,values,late_us");
  EXPECT_TRUE(contains(record[1], "a--b,")) << record[1];
  ok("play --stop night");
}

// Two at a time on one link, each with a say over something else.
TEST_F(Play, CablesFlapWhileATraceOfPacketsIsTheRate) {
  std::string trace;
  for (int i = 1; i <= 1000; ++i) trace += fmt::format("{}\n", i);
  ok("play a--b --to b --bin 200ms " + write_text("even.down", trace));
  EXPECT_TRUE(eventually([&] { return shows("b", "rate 12032Kbit packetoverhead -10"); }))
      << toward("b");
  EXPECT_FALSE(shows("a", "rate")) << toward("a");
  EXPECT_TRUE(scenario("even")["loop"].asBool());
  ok("play " + write_text("flap.json", R"({"steps": [
    {"at": "300ms", "link": "a--b", "flap": {"down": "2s", "up": "500ms"}, "for": "2.5s"}]})"));
  EXPECT_TRUE(eventually([] { return !carrier("a", "eth0") && !carrier("b", "eth0"); }));
  EXPECT_EQ(link("a--b")["state"].asString(), "cut");
  EXPECT_TRUE(eventually([] { return carrier("a", "eth0") && carrier("b", "eth0"); }));
  EXPECT_TRUE(eventually([&] { return scenario("flap")["state"].asString() == "ended"; }));
  EXPECT_EQ(link("a--b")["state"].asString(), "up");
  EXPECT_EQ(link("a--b")["wanted"].asString(), "up");
  EXPECT_TRUE(shows("b", "rate 12032Kbit")) << toward("b");
}

TEST_F(Play, WhatIsWrongIsRefusedWhole) {
  const auto wrong = write_text("wrong.csv", "time,delay\n0,10ms\n1,20\n");
  fails_with(linkfab("play a--b " + wrong), "wrong.csv:3:3: '20': a time needs a unit");
  fails_with(linkfab("play --check a--b " + wrong), "wrong.csv:3:3");
  const auto good = write_text("good.csv", "time,delay\n0,10ms\n60,20ms\n");
  fails_with(linkfab("play a--c " + good), "a--c");
  fails_with(linkfab("play a--b --from c " + good), "no end of a--b is called 'c'");
  const auto reorder = write_text("reorder.csv", "time,reorder\n0,5%\n60,\n");
  fails_with(linkfab("play a--b " + reorder), "reorder.csv:2:1: toward a:eth0");
  EXPECT_EQ(json("play --json")["scenarios"].size(), 0U);
  EXPECT_FALSE(contains(toward("b"), "delay")) << toward("b");
  ok("play --check a--b " + good);
  ok("play a--b " + good);
  fails_with(linkfab("play a--b --name other --to b " + good),
             "scenario good sets delay of a--b toward b:eth0 too");
  fails_with(linkfab("play a--b " + good), "a scenario of that name plays");
  fails_with(linkfab("play --stop god"), "did you mean 'good'?");
}

}  // namespace
}  // namespace linkfab::test
