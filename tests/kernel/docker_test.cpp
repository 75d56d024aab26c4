#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "tests/kernel/lab_test.hpp"
#include "tests/kernel/traffic.hpp"

namespace linkfab::test {
namespace {

using std::chrono::seconds;

class Docker : public DockerTest {
 protected:
  // "r1" and "r2" of the image, with a link; `more` goes into r2.
  static std::string routers(const std::string& more = "",
                             const std::string& image = "linkfab-test") {
    return fmt::format(R"({{"name": "routers",
      "nodes": {{"r1": {{"image": "linkfab-test", "interfaces": {{"eth0": "10.4.0.1/24"}}}},
                 "r2": {{"image": "{}", "interfaces": {{"eth0": "10.4.0.2/24"}} {}}}}},
      "links": [{{"ends": ["r1:eth0", "r2:eth0"], "name": "r1--r2", "delay": "5ms"}}]}})",
                       image, more);
  }
  // The average round trip from r1 to r2 in milliseconds, from outside of them; 0: r2 does not
  // answer.
  double round_trip() const {
    return average(run(fmt::format("nsenter -t {} -n ping -n -q -i 0.05 -W 1 -c 2 10.4.0.2",
                                   node("r1")["pid"].asInt()))
                       .out);
  }
  // A new container has new devices, addresses and the link's delay.
  void expect_linked() {
    double time = 0;
    EXPECT_TRUE(eventually([&] { return (time = round_trip()) > 0; }));
    EXPECT_GE(time, 10.0);
  }
  // As jq finds it in what the engine says of a node's container: ".State.Status".
  static std::string inspect(const std::string& node, const std::string& path) {
    return run("curl -s --unix-socket /var/run/docker.sock http://docker/containers/linkfab-" +
               node + "/json | jq -j " + path)
        .out;
  }
};

TEST_F(Docker, AnImageWithoutCommandStaysUp) {
  ok(up(routers()));
  expect_linked();
  std::this_thread::sleep_for(seconds{1});
  EXPECT_EQ(inspect("r1", ".State.Status"), "running");
  EXPECT_EQ(node("r1")["container"].asString(), inspect("r1", ".Id"));
}

TEST_F(Docker, TheCommandStartsWhenItsInterfacesAreUp) {
  ok(up(routers(R"(, "command": "ip addr > /seen; sleep 1000")")));
  Outcome seen;
  EXPECT_TRUE(eventually([&] {
    seen = exec("r2", "cat /seen");
    return seen.status == 0 && !seen.out.empty();
  }));
  EXPECT_TRUE(contains(seen.out, "10.4.0.2/24")) << seen.out;
  EXPECT_TRUE(contains(seen.out, "LOWER_UP")) << seen.out;
}

TEST_F(Docker, ARestartByHandBringsTheLinkBack) {
  ok(up(routers()));
  output_of("docker restart -t 0 linkfab-r2");
  expect_linked();
}

TEST_F(Docker, AKilledContainerStaysDownUntilItIsStarted) {
  ok(up(routers()));
  output_of("docker kill linkfab-r2");
  EXPECT_TRUE(eventually([this] { return node("r2")["state"].asString() == "stopped"; }));
  EXPECT_TRUE(contains(node("r2")["error"].asString(), "linkfab restart"));
  ok("restart r2");
  expect_linked();
}

TEST_F(Docker, AContainerPausedByHandGoesOn) {
  ok(up(routers()));
  output_of("docker pause linkfab-r2");
  EXPECT_TRUE(eventually([] { return inspect("r2", ".State.Status") == "running"; }));
  expect_linked();
}

TEST_F(Docker, AContainerRemovedBehindItsBackComesBack) {
  ok(up(routers()));
  const auto before = inspect("r2", ".Id");
  output_of("docker rm -f linkfab-r2");
  EXPECT_TRUE(eventually([&] {
    const auto now = inspect("r2", ".Id");
    return now != "null" && now != before;
  }));
  expect_linked();
}

TEST_F(Docker, StopStartPauseAndUnpause) {
  ok(up(routers()));
  ok("stop r2");
  EXPECT_EQ(inspect("r2", ".State.Status"), "exited");
  EXPECT_EQ(link("r1--r2")["state"].asString(), "down");
  ok("start r2");
  expect_linked();
  ok("pause r2");
  EXPECT_EQ(inspect("r2", ".State.Status"), "paused");
  fails_with(exec("r2", "sh -c true"), "linkfab unpause");
  ok("unpause r2");
  expect_linked();
}

TEST_F(Docker, ExecHasStatusStreamsAndEnvironment) {
  ok(up(routers(R"(, "environment": {"COLOUR": "blue green"})")));
  EXPECT_EQ(exec("r2", "sh -c 'exit 42'").status, 42);
  EXPECT_EQ(exec("r2", "nonexistent").status, 127);
  EXPECT_EQ(exec("r2", "/nonexistent").status, 127);
  EXPECT_EQ(exec("r2", "/proc").status, 126);
  EXPECT_EQ(exec("r2", "sh -c 'echo \"$COLOUR\"'").out, "blue green\n");
  const auto both = exec("r2", "sh -c 'echo out; echo err >&2'");
  EXPECT_EQ(both.out, "out\n");
  EXPECT_EQ(both.err, "err\n");
  const auto cat = run(LINKFAB_BIN_DIR "/linkfab exec r2 -- cat", seconds{10}, "hello");
  EXPECT_EQ(cat.out, "hello") << cat.err;
}

TEST_F(Docker, AMissingImageStopsOnlyItsOwnNode) {
  const auto outcome = up(R"({"name": "some", "nodes": {
      "r1": {"image": "linkfab-test", "interfaces": {"eth0": "10.4.0.1/24"}},
      "r2": {"image": "linkfab-test", "interfaces": {"eth0": "10.4.0.2/24"}},
      "r3": {"image": "linkfab-none.invalid/none:1"}},
      "links": [["r1:eth0", "r2:eth0"]]})");
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  EXPECT_TRUE(contains(outcome.err, "r3")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "linkfab-none.invalid/none:1")) << outcome.err;
  EXPECT_GT(round_trip(), 0);
  EXPECT_EQ(node("r3")["state"].asString(), "error");
}

TEST_F(Docker, AnotherImageIsAnotherContainer) {
  ok(up(routers()));
  const auto before = inspect("r2", ".Id");
  const auto other = inspect("r1", ".Id");
  output_of("docker tag linkfab-test linkfab-test:other");
  ok(up(routers("", "linkfab-test:other")));
  EXPECT_NE(inspect("r2", ".Id"), before);
  EXPECT_EQ(inspect("r2", ".Config.Image"), "linkfab-test:other");
  EXPECT_EQ(inspect("r1", ".Id"), other);
  expect_linked();
}

TEST_F(Docker, TheAgentsDeathDoesNotEndAContainer) {
  ok(up(routers()));
  const auto before = inspect("r2", ".State.StartedAt");
  ::kill(agent(), SIGKILL);
  EXPECT_TRUE(eventually([] { return agent() == 0; }));
  ok(up(routers()));
  EXPECT_EQ(inspect("r2", ".State.StartedAt"), before);
  expect_linked();
}

// With SIGTERM the engine stops its containers before it ends; after SIGKILL they run on without
// it, and its successor ends them.
TEST_F(Docker, TheEnginesRestartBringsTheContainersBack) {
  if (!in_guest()) GTEST_SKIP() << "ends Docker, which only tools/lab's guest has for itself";
  ok(up(routers()));
  expect_linked();
  for (const int signal : {SIGTERM, SIGKILL}) {
    const auto before = inspect("r2", ".State.StartedAt");
    const auto engine = output_of("cat /var/run/docker.pid");
    const auto command = output_of("tr '\\0' ' ' </proc/" + engine + "/cmdline");
    ::kill(std::stoi(engine), signal);
    ASSERT_TRUE(eventually([&] { return run("kill -0 " + engine).status != 0; }));
    EXPECT_FALSE(link("r1--r2")["state"].asString().empty());  // the agent goes on without it
    output_of("setsid -f " + command + " </dev/null >>/var/log/dockerd.log 2>&1");
    ASSERT_TRUE(eventually([] { return run("docker info").status == 0; }));
    expect_linked();
    EXPECT_NE(inspect("r2", ".State.StartedAt"), before);
    EXPECT_EQ(node("r2")["state"].asString(), "running");
  }
}

TEST_F(Docker, AForeignContainerIsNotTouched) {
  output_of(
      "docker run -d --name linkfab-foreign --network none --entrypoint sleep linkfab-test 1000");
  const auto before =
      output_of("docker inspect -f '{{.State.Status}} {{.State.Pid}}' linkfab-foreign");
  ok(up(routers()));
  ok("down");
  EXPECT_EQ(output_of("docker inspect -f '{{.State.Status}} {{.State.Pid}}' linkfab-foreign"),
            before);
  output_of("docker rm -f linkfab-foreign");
}

}  // namespace
}  // namespace linkfab::test
