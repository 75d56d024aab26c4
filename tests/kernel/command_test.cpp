// Nodes with commands, commands in nodes, and commands that are wrong.
#include <csignal>
#include <unistd.h>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

class Command : public KeptLabTest {};

TEST_F(Command, ANodesCommandRunsInItAndGoesWithIt) {
  ok(up(R"({"name": "run", "nodes": {"a": {"command": ["sleep", "98765"]},
                                     "b": {"command": "sleep 98764 & sleep 98763"}}})"));
  EXPECT_TRUE(eventually([] {
    const auto found = run("pgrep -f '^sleep 9876[345]' | wc -l").out;
    return found == "3\n";
  }));
  const auto pid = node("a")["pid"].asInt();
  EXPECT_EQ(output_of("readlink /proc/" + std::to_string(pid) + "/ns/net"),
            output_of(inside("a", "readlink /proc/self/ns/net")));
  ok("down");
  EXPECT_EQ(run("pgrep -f '^sleep 9876[345]'").out, "");
}

TEST_F(Command, ItsInterfacesAreUpWhenItStarts) {
  const auto seen = file("seen");
  ok(up(R"({"name": "run", "nodes": {
      "a": {"command": "ip -o link > )" +
        seen + R"(; ip -o address >> )" + seen + R"(; sleep 100",
            "interfaces": {"eth0": "10.1.0.1/24"}},
      "b": {"interfaces": {"eth0": "10.1.0.2/24"}}},
      "links": [["a:eth0", "b:eth0"]]})"));
  EXPECT_TRUE(eventually([&] { return contains(run("cat " + seen).out, "10.1.0.1/24"); }));
  EXPECT_TRUE(contains(run("cat " + seen).out, "LOWER_UP"));
}

TEST_F(Command, ExecHasTheCommandsStatusAndStreams) {
  ok(up(pair));
  EXPECT_EQ(exec("a", "true").status, 0);
  EXPECT_EQ(exec("a", "sh -c 'exit 42'").status, 42);
  EXPECT_EQ(exec("a", "/nonexistent").status, 127);
  EXPECT_EQ(exec("a", "/etc/passwd").status, 126);
  EXPECT_EQ(exec("a", "sh -c 'kill -TERM $$'").status, 128 + SIGTERM);
  const auto both = exec("a", "sh -c 'echo out; echo err >&2'");
  EXPECT_EQ(both.out, "out\n");
  EXPECT_EQ(both.err, "err\n");
  const auto cat = run(LINKFAB_BIN_DIR "/linkfab exec a -- cat", std::chrono::seconds{10}, "hello");
  EXPECT_EQ(cat.out, "hello");
  EXPECT_TRUE(contains(exec("a", "ip -o address").out, "10.1.0.1/24"));
}

TEST_F(Command, StopAndStartKeepTheLink) {
  ok(up(pair));
  ok("set a--b delay=10ms");
  ok("stop b");
  EXPECT_EQ(node("b")["state"].asString(), "stopped");
  EXPECT_FALSE(carrier("a", "eth0"));
  EXPECT_EQ(link("a--b")["state"].asString(), "down");
  ok("start b");
  EXPECT_TRUE(carrier("a", "eth0"));
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
  ok("restart a b");
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
}

TEST_F(Command, APausedNodesProcessesStandStill) {
  ok(up(R"({"name": "run", "nodes": {"a": {"command": "while :; do date +%N; sleep 0.05; done > )" +
        file("ticks") + R"("}}})"));
  const auto ticks = [this] { return run("wc -l < " + file("ticks")).out; };
  EXPECT_TRUE(eventually([&] { return ticks() != "0\n" && ticks() != ""; }));
  ok("pause a");
  EXPECT_EQ(node("a")["state"].asString(), "paused");
  const auto before = ticks();
  ::usleep(300'000);
  EXPECT_EQ(ticks(), before);
  ok("unpause a");
  EXPECT_TRUE(eventually([&] { return ticks() != before; }));
}

TEST_F(Command, OspfFindsItsWayThroughAChainOfRouters) {
  if (run("test -x /usr/lib/frr/ospfd").status != 0) GTEST_SKIP() << "frr is not installed";
  ok(up_file(LINKFAB_SOURCE_DIR "/examples/frr-chain.json"));
  EXPECT_TRUE(eventually([] { return pings("h1", "10.3.0.2"); }, std::chrono::seconds{60}));
  EXPECT_GE(round_trip("h1", "10.3.0.2", 3), 20.0);
  const auto routes = output_of(inside("r1", "ip route"));
  EXPECT_TRUE(contains(routes, "10.3.0.0/24")) << routes;
  EXPECT_TRUE(contains(routes, "proto ospf")) << routes;
}

struct Wrong {
  const char* what;
  const char* topology;
  std::vector<const char*> named;
};

TEST_F(Command, AWrongFileIsRefusedWholeAndSaysWhere) {
  ok("down");
  const std::vector<Wrong> files{
      {"no JSON", "{", {"lab.json:1"}},
      {"an unknown key",
       R"({"nodes": {"a": {"interfaces": {"eth0": {"adresses": []}}}}})",
       {"adresses", "did you mean 'addresses'", "nodes.a.interfaces.eth0"}},
      {"a node that is not there",
       R"({"nodes": {"a": {}}, "links": [["a:eth0", "z:eth0"]]})",
       {"z"}},
      {"an interface used twice",
       R"({"nodes": {"a": {}, "b": {}, "c": {}}, "links": [["a:eth0", "b:eth0"], ["a:eth0", "c:eth0"]]})",
       {"a:eth0"}},
      {"a wrong address",
       R"({"nodes": {"a": {"interfaces": {"eth0": "10.1.0.300/24"}}}})",
       {"10.1.0.300/24"}},
      {"a wrong unit",
       R"({"nodes": {"a": {}, "b": {}}, "links": [{"ends": ["a:eth0", "b:eth0"],
                           "delay": "20"}]})",
       {"delay", "20"}},
      {"too long a name",
       R"({"nodes": {"a": {"interfaces": {"sixteen-letters-": []}}}})",
       {"sixteen-letters-", "15"}},
      {"a docker node without image", R"({"nodes": {"a": {"kind": "docker"}}})", {"a", "image"}},
      {"reordering without a delay",
       R"({"nodes": {"a": {}, "b": {}},
         "links": [{"ends": ["a:eth0", "b:eth0"], "reorder": "5%"}]})",
       {"reorder", "delay"}},
  };
  for (const auto& [what, topology, named] : files) {
    const auto outcome = up(topology);
    EXPECT_EQ(outcome.status, 1) << what << outcome.out;
    EXPECT_EQ(outcome.out, "") << what;
    for (const char* part : named)
      EXPECT_TRUE(contains(outcome.err, part))
          << what << ", without " << part << ": " << outcome.err;
  }
  fails_with(linkfab("up /nonexistent.json"), "/nonexistent.json");
  EXPECT_EQ(agent(), 0);
}

struct WrongCommand {
  const char* arguments;
  int status;
  std::vector<const char*> named;
};

TEST_F(Command, AWrongCommandNamesWhatIsWrongAndChangesNothing) {
  ok(up(pair));
  const auto before = output_of("ovsdb-client dump unix:/run/linkfab/db.sock Linkfab");
  const std::vector<WrongCommand> commands{
      {"set a--z delay=1ms", 1, {"a--z"}},
      {"set a--b dealy=1ms", 1, {"dealy", "did you mean 'delay'"}},
      {"set a--b delay=fast", 1, {"delay", "fast"}},
      {"set a--b loss=101%", 1, {"loss", "101%"}},
      {"set a--b --from z delay=1ms", 1, {"z"}},
      {"set a--b reorder=5%", 1, {"reorder", "delay"}},
      {"cut nothing", 1, {"nothing"}},
      {"connect a:eth0 b:eth9", 1, {"a:eth0"}},
      {"connect a:eth1 z:eth0", 1, {"z"}},
      {"move a:eth5 b:eth5", 1, {"a:eth5"}},
      {"stop z", 1, {"z"}},
      {"exec z -- true", 1, {"z"}},
      {"frobnicate", 2, {"frobnicate"}},
      {"set", 2, {"set"}},
      {"up", 2, {"up"}},
  };
  for (const auto& [arguments, status, named] : commands) {
    const auto outcome = linkfab(arguments);
    EXPECT_EQ(outcome.status, status) << arguments << ": " << outcome.err;
    for (const char* part : named)
      EXPECT_TRUE(contains(outcome.err, part))
          << arguments << ", without " << part << ": " << outcome.err;
  }
  EXPECT_EQ(output_of("ovsdb-client dump unix:/run/linkfab/db.sock Linkfab"), before);
}

}  // namespace
}  // namespace linkfab::test
