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

TEST_F(History, AnUndoOfAnUndoRedoes) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms", "loss=1%"});
  must({"set", "r1--r2", "--to", "r2", "delay=50ms"});
  const auto done = linkfab({"undo"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out, "change 4: undo 3\n");
  EXPECT_EQ(toward(1), "delay=10ms loss=1%");
  must({"undo"});
  EXPECT_EQ(toward(1), "delay=50ms loss=1%");
  EXPECT_EQ(summaries().front(), "undo 4 r1:eth0--r2:eth0 a_to_b delay 10ms → 50ms");
}

TEST_F(History, AnEarlierChangeIsUndoneWhereNoLaterOneTouchedItsValues) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms"});
  must({"set", "r1--r2", "loss=1%"});
  must({"cut", "lan"});
  must({"undo", "2"});
  EXPECT_EQ(toward(1), "loss=1%");
  must({"undo", "4"});
  must({"undo", "3"});
  EXPECT_EQ(toward(1), "");
}

TEST_F(History, AnUndoIsRefusedWhereALaterChangeTouchedItsValues) {
  must({"up", lab_file()});
  must({"set", "r1--r2", "delay=10ms"});
  must({"set", "r1--r2", "--to", "r2", "delay=50ms"});
  const auto refused = linkfab({"undo", "2"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("undo change 2: change 3 has changed it since"),
                                 HasSubstr("link r1:eth0--r2:eth0: a_to_b delay; undo 3 first")));
  EXPECT_THAT(written, IsEmpty());
  must({"undo", "3"});
  must({"undo", "2"});
  EXPECT_EQ(toward(1), "");
}

TEST_F(History, WhatWasPluggedInIsTakenAwayAgain) {
  must({"up", lab_file()});
  const auto before = linkfab({"export"}).out;
  must({"connect", "r1:eth7", "r3:eth7", "delay=5ms"});
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  must({"connect", "r1:eth7", "out:vm", "--gateway", "tap,device=tap0"});
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  must({"move", "r2:eth0", "r3:eth0"});
  must({"move", "r2:eth1", "r2:eth5"});
  must({"undo"});
  must({"undo", "6"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  must({"disconnect", the_cable});
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  must({"connect", "r1:eth8", "lan", "delay=5ms"});
  EXPECT_EQ(summaries().front(), "connect r1:eth8 to lan");
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  must({"set", "lan", "--to", "r3:eth1", "loss=1%"});
  const auto impaired = linkfab({"export"}).out;
  must({"disconnect", "r3:eth1"});
  EXPECT_EQ(summaries().front(), "disconnect r3:eth1 from lan");
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, impaired);
}

TEST_F(History, ALabThatIsDownComesBack) {
  must({"up", lab_file(R"(, "delay": "20ms")")});
  must({"stop", "r3"});
  const auto before = linkfab({"export"}).out;
  must({"down"});
  EXPECT_TRUE(lab().nodes.empty());
  EXPECT_THAT(linkfab({"undo", "2"}).err, HasSubstr("change 3 has changed it since"));
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  EXPECT_FALSE(lab().options.contains("down"));
}

TEST_F(History, ALabThatIsUpGoesAndComesBack) {
  must({"up", lab_file()});
  const auto before = linkfab({"export"}).out;
  must({"undo"});
  EXPECT_TRUE(lab().nodes.empty());
  EXPECT_EQ(lab().name, "");
  must({"undo"});
  EXPECT_EQ(linkfab({"export"}).out, before);
}

TEST_F(History, NodesAndScenariosToo) {
  must({"up", lab_file()});
  must({"stop", "r1", "r2"});
  must({"undo"});
  for (const auto& node : lab().nodes) EXPECT_EQ(node.wanted, "running") << node.name;
  must({"restart", "r1"});
  EXPECT_THAT(linkfab({"undo"}).err, HasSubstr("there is no opposite of it (restart r1)"));
  ASSERT_TRUE(write_file(dir / "night.csv", "time,delay\n0,5ms\n10s,7ms\n"));
  must({"play", the_cable, dir / "night.csv", "--no-wait"});
  const auto playing = [&] {
    return linkfab({"play", "--json"}).out.find("night") != std::string::npos;
  };
  must({"undo"});
  EXPECT_FALSE(playing());
  must({"undo"});
  EXPECT_TRUE(playing());
  must({"play", "--stop", "night"});
  must({"undo"});
  EXPECT_TRUE(playing());
}

TEST_F(History, ThereMustBeSomethingToUndo) {
  const auto nothing = linkfab({"undo"});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_EQ(nothing.err, "linkfab: undo the newest change: nothing was changed yet\n");
  must({"up", lab_file()});
  EXPECT_THAT(linkfab({"undo", "7"}).err, HasSubstr("undo change 7: there is none; the log has"));
  EXPECT_EQ(linkfab({"undo", "x"}).status, 2);
  EXPECT_EQ(linkfab({"undo", "-1"}).status, 2);
  EXPECT_THAT(execute({"undo"}).err, HasSubstr("linkfabd is not running"));
}

TEST_F(History, AChangeThatIsNotInTheLogIsNotOverwritten) {
  must({"up", lab_file()});
  must({"cut", the_cable});
  ovsdb::Transaction change{fabric::database};
  change.update("Link", {}, {{"wanted", "up"}});
  ASSERT_TRUE(test::run(context, observer.transact(std::move(change))));
  EXPECT_THAT(linkfab({"undo"}).err, HasSubstr("by a change that is not in the log"));
}

TEST_F(History, ASnapshotIsKeptListedComparedAndDeleted) {
  must({"up", lab_file()});
  must({"snapshot", "first.one"});
  const auto before = linkfab({"export"}).out;
  must({"set", "r1--r2", "delay=10ms"});
  must({"stop", "r3"});
  EXPECT_THAT(linkfab({"snapshot", "--list"}).out, HasSubstr("first.one  20"));
  EXPECT_EQ(linkfab({"diff", "first.one", "first.one"}).status, 0);
  const auto difference = linkfab({"diff", "first.one"});
  EXPECT_EQ(difference.status, 1);
  EXPECT_THAT(difference.out, AllOf(HasSubstr("~ link r1:eth0--r2:eth0\n"),
                                    HasSubstr("r1:eth0 -> r2:eth0: delay=10ms"),
                                    HasSubstr("nothing to add, 2 to change")));
  const auto dry = linkfab({"rollback", "first.one", "--dry-run"});
  EXPECT_EQ(dry.status, 0);
  EXPECT_THAT(dry.out, HasSubstr("r1:eth0 -> r2:eth0: delay=10ms -> none"));
  EXPECT_THAT(written, IsEmpty());
  must({"rollback", "first.one"});
  EXPECT_EQ(linkfab({"export"}).out, before);
  EXPECT_EQ(linkfab({"rollback", "first.one"}).out, "the lab is so already\n");
  must({"undo"});
  EXPECT_EQ(toward(1), "delay=10ms");
  must({"snapshot", "--delete", "first.one"});
  EXPECT_THAT(linkfab({"rollback", "first.one"}).err, HasSubstr("find snapshot 'first.one'"));
}

TEST_F(History, TheStateAfterAChangeComesBack) {
  must({"up", lab_file()});
  std::vector<std::string> states{linkfab({"export"}).out};
  for (const auto& change : std::vector<std::vector<std::string>>{{"set", "r1--r2", "delay=10ms"},
                                                                  {"connect", "r1:eth2", "r3:eth2"},
                                                                  {"set", "r1--r2", "none"},
                                                                  {"down"}}) {
    must(change);
    states.push_back(linkfab({"export"}).out);
  }
  for (const std::size_t state : {3U, 1U, 2U, 0U, 4U}) {
    must({"rollback", std::to_string(state + 1)});
    EXPECT_EQ(linkfab({"export"}).out, states[state]) << state;
  }
  EXPECT_EQ(linkfab({"diff", "2", "1"}).status, 1);
  EXPECT_EQ(linkfab({"diff", "4", "3"}).status, 1);
  EXPECT_EQ(linkfab({"diff", "9", "2"}).status, 1);
  EXPECT_EQ(linkfab({"diff", "5", "0"}).status, 0);
  EXPECT_THAT(linkfab({"rollback", "99"}).err, HasSubstr("the newest change is"));
}

TEST_F(History, NamesOfSnapshotsAreChecked) {
  must({"up", lab_file()});
  must({"snapshot", "a"});
  EXPECT_THAT(linkfab({"snapshot", "a"}).err, HasSubstr("keep snapshot a: the name is taken"));
  for (const char* name : {"a/b", "../x", "a\nb", "", "12", "running", "-x"})
    EXPECT_NE(linkfab({"snapshot", "--", name}).status, 0) << name;
  EXPECT_EQ(linkfab({"snapshot"}).status, 2);
  EXPECT_EQ(linkfab({"snapshot", "b", "--list"}).status, 2);
  const auto none = linkfab({"snapshot", "--delete", "c"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("find snapshot 'c': there is none"));
  must({"down"});
  EXPECT_THAT(linkfab({"snapshot", "b"}).err, HasSubstr("there is no lab"));
  must({"rollback", "a"});
  EXPECT_EQ(lab().nodes.size(), 3u);
}

TEST_F(History, FilesAreComparedWithoutALab) {
  const auto one = lab_file();
  EXPECT_EQ(execute({"diff", one, one}).status, 0);
  const auto all = execute({"diff", "running", one});
  EXPECT_EQ(all.status, 1);
  EXPECT_THAT(all.out, HasSubstr("+ node r1"));
  EXPECT_EQ(execute({"diff", dir / "none.json"}).status, 2);
  EXPECT_EQ(execute({"diff", "3"}).status, 2);
  EXPECT_EQ(linkfab({"diff", one, "nothing.json"}).status, 2);
}

}  // namespace
}  // namespace linkfab::cli
