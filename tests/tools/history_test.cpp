// linkfab log, undo, snapshot, rollback and diff against a real database server.
#include <cstdlib>

#include <gmock/gmock.h>

#include "tests/ovsdb/json.hpp"
#include "tests/tools/lab_fixture.hpp"

namespace linkfab::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* the_cable = "r1:eth0--r2:eth0";

class History : public WithLab {
 protected:
  void must(const std::vector<std::string>& arguments) {
    const auto done = linkfab(arguments);
    ASSERT_EQ(done.status, 0) << arguments.front() << ": " << done.err;
  }
  // Of `log --json` with these words, the newest first.
  Json::Value log(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"log", "--json", "-n", "0"});
    const auto done = linkfab(words);
    EXPECT_EQ(done.status, 0) << done.err;
    return ovsdb::json_of(done.out)["changes"];
  }
  std::vector<std::string> summaries(std::vector<std::string> words = {}) {
    std::vector<std::string> found;
    for (const auto& change : log(std::move(words))) found.push_back(change["summary"].asString());
    return found;
  }
  std::string toward(std::size_t end) {
    for (const auto& link : lab().links)
      if (link.name == the_cable) return link.ends[end].toward;
    return "no link";
  }
};

TEST_F(History, EveryCommandThatChangesSomethingIsInTheLog) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms"});
  must({"set", "r1--r2", "--to", "r2", "delay=50ms", "loss=1%"});
  must({"cut", the_cable, "lan"});
  must({"restore", the_cable});
  must({"connect", "r1:eth2", "r3:eth2", "delay=5ms"});
  must({"move", "r1:eth2", "r2:eth2"});
  must({"disconnect", "r2:eth2--r3:eth2"});
  must({"stop", "r1"});
  must({"start", "r1"});
  must({"restart", "r2", "r3"});
  must({"down"});
  EXPECT_THAT(summaries(),
              ElementsAre("down lab: 3 nodes, 1 link, 1 segment removed", "restart r2, r3",
                          "start r1", "stop r1", "disconnect r2:eth2--r3:eth2",
                          "move r1:eth2 to r2:eth2", "connect r1:eth2--r3:eth2",
                          "restore r1:eth0--r2:eth0", "cut r1:eth0--r2:eth0, lan",
                          "set r1:eth0--r2:eth0 a_to_b delay 10ms → 50ms, a_to_b loss none → 1%",
                          "set r1:eth0--r2:eth0 delay none → 10ms",
                          "up lab: 3 nodes, 1 link, 1 segment added"));
}

TEST_F(History, ACommandThatChangesNothingLeavesNoTrace) {
  must({"up", lab_file()});
  must({"up", lab_file()});
  must({"set", "r1--r2", "none"});
  must({"restore", the_cable});
  must({"start", "r1"});
  EXPECT_EQ(log().size(), 1u);
}

TEST_F(History, ARefusedCommandLeavesNoTrace) {
  must({"up", lab_file()});
  EXPECT_EQ(linkfab({"set", "r1--r2", "nothing--here", "delay=1ms"}).status, 1);
  EXPECT_EQ(linkfab({"connect", "r1:eth0", "r3:eth9"}).status, 1);
  EXPECT_EQ(log().size(), 1u);
}

TEST_F(History, AChangeTellsWhoAndWhenAndHow) {
  must({"up", lab_file()});
  must({"set", "r1:*--r2:*", "delay=10ms"});
  const auto change = log()[0];
  EXPECT_EQ(change["number"].asInt(), 2);
  EXPECT_EQ(change["uid"].asInt(), static_cast<int>(::getuid()));
  EXPECT_THAT(change["how"].asString(),
              AllOf(HasSubstr("linkfab --db unix:"), HasSubstr("set 'r1:*--r2:*' delay=10ms")));
  EXPECT_THAT(change["time"].asString(), testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
}

TEST_F(History, BehindSudoIsThePerson) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can act in somebody's place";
  ::setenv("SUDO_UID", "1", 1);
  must({"up", lab_file()});
  ::unsetenv("SUDO_UID");
  EXPECT_EQ(log()[0]["uid"].asInt(), 1);
  EXPECT_EQ(log()[0]["user"].asString(), "daemon");
}

TEST_F(History, OnlyChangesOfAnObject) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms"});
  must({"cut", "lan"});
  must({"stop", "r3"});
  EXPECT_EQ(log({"r2--r1"}).size(), 2u);
  EXPECT_EQ(log({the_cable}).size(), 2u);
  EXPECT_EQ(log({"lan"}).size(), 2u);
  EXPECT_EQ(log({"r3", "lan"}).size(), 3u);
  EXPECT_EQ(log({"r*"}).size(), 3u);
  EXPECT_EQ(log({"r9"}).size(), 0u);
  const auto none = linkfab({"log", "r9"});
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.err, "no change that is kept touched it\n");
}

TEST_F(History, WithoutChangesTheLogSaysSo) {
  const auto done = linkfab({"log"});
  EXPECT_EQ(done.status, 0);
  EXPECT_EQ(done.out, "");
  EXPECT_EQ(done.err, "nothing was changed yet\n");
  EXPECT_EQ(linkfab({"log", "-n", "x"}).status, 2);
}

TEST_F(History, TheTableAligns) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms"});
  const auto done = linkfab({"log", "-n", "1", "--utc"});
  EXPECT_THAT(done.out, AllOf(HasSubstr("NUMBER  TIME                 USER"),
                              HasSubstr("set r1:eth0--r2:eth0 delay none → 10ms\n"),
                              Not(HasSubstr("up lab"))));
}

TEST_F(History, InDetailEveryValueIsShown) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms"});
  const auto done = linkfab({"log", "-p"});
  EXPECT_THAT(done.out, AllOf(HasSubstr("change 2\nUser: "), HasSubstr("How:  linkfab --db"),
                              HasSubstr("~ link r1:eth0--r2:eth0\n    delay: 10ms\n"),
                              HasSubstr("+ link r1:eth0--r2:eth0\n"),
                              HasSubstr("    interfaces eth1: []\n")));
  const auto change = log({"-p"})[0]["changes"][0];
  EXPECT_EQ(change["names"][0].asString(), the_cable);
  EXPECT_TRUE(change["before"]["a_to_b"]["delay"].isNull());
  EXPECT_EQ(change["after"]["b_to_a"]["delay"].asString(), "10ms");
}

TEST_F(History, AScenarioBeginsAndEnds) {
  must({"up", lab_file()});
  ASSERT_TRUE(write_file(dir / "night.csv", "time,delay\n0,5ms\n10s,7ms\n"));
  must({"play", the_cable, dir / "night.csv", "--no-wait"});
  must({"play", "--stop", "night"});
  EXPECT_THAT(summaries({"night"}), ElementsAre("play --stop night", "play night"));
}

}  // namespace
}  // namespace linkfab::cli
