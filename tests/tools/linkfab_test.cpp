#include <gmock/gmock.h>

#include "tests/tools/lab_fixture.hpp"

namespace linkfab::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* cable = "r1:eth0--r2:eth0";

class Linkfab : public WithLab {
 protected:
  void bring_up() {
    const auto done = linkfab({"up", lab_file()});
    ASSERT_EQ(done.status, 0) << done.err;
  }
  fabric::LinkView link(const std::string& name) {
    for (const auto& link : lab().links)
      if (link.name == name) return link;
    ADD_FAILURE() << "no link " << name;
    return {.name = "",
            .kind = "",
            .wanted = "",
            .state = "",
            .error = "",
            .ends = std::vector<fabric::EndView>(3)};
  }
};

TEST_F(Linkfab, UpMakesTheLabAndTellsHowItIs) {
  const auto done = linkfab({"up", lab_file()});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.err, "");
  EXPECT_THAT(done.out, HasSubstr("r3"));
  EXPECT_THAT(done.out, HasSubstr(cable));
  EXPECT_EQ(lab().name, "lab");
  EXPECT_EQ(lab().nodes.size(), 3u);
}

TEST_F(Linkfab, UpAgainWritesNothing) {
  bring_up();
  EXPECT_EQ(linkfab({"up", lab_file()}).status, 0);
  EXPECT_THAT(written, IsEmpty());
}

TEST_F(Linkfab, UpWithAnEditedImpairmentWritesOneColumn) {
  ASSERT_EQ(linkfab({"up", lab_file(R"(, "delay": "20ms", "loss": "1%")")}).status, 0);
  const auto done = linkfab({"up", lab_file(R"(, "delay": "30ms", "loss": "1%")")});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(written, ElementsAre("~Impairment delay_ns", "~Impairment delay_ns"));
}

TEST_F(Linkfab, UpReportsEveryNodeThatFails) {
  agent.node_errors["r2"] = "start container: No such image: foo; `docker pull foo`";
  const auto done = linkfab({"up", lab_file()});
  EXPECT_EQ(done.status, 1);
  EXPECT_EQ(done.err, "linkfab: node r2: start container: No such image: foo; `docker pull foo`\n");
}

TEST_F(Linkfab, UpRefusesToMixLabsUnlessTold) {
  bring_up();
  const auto refused = linkfab({"up", lab_file("", "other")});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("start lab other: lab lab is running; `linkfab down`"));
  EXPECT_THAT(written, IsEmpty());
  EXPECT_EQ(linkfab({"up", lab_file("", "other"), "--replace"}).status, 0);
  EXPECT_EQ(lab().name, "other");
}

TEST_F(Linkfab, UpShowsEveryMistakeOfAFileAndWritesNothing) {
  ASSERT_TRUE(write_file(dir / "bad.json", R"({"nodes": {"r1": {"imagee": "x"}}, "lniks": []})"));
  const auto done = linkfab({"up", dir / "bad.json"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("imagee"));
  EXPECT_THAT(done.err, HasSubstr("lniks"));
  EXPECT_THAT(done.err, HasSubstr("2 errors; nothing was changed"));
  EXPECT_THAT(written, IsEmpty());
}

TEST_F(Linkfab, UpGivesUpOnAnAgentThatDoesNotAnswer) {
  agent.silent = true;
  const auto done = linkfab({"up", lab_file(), "--timeout", "200ms"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("linkfabd has not answered within 200ms"));
}

TEST_F(Linkfab, SetChangesOneDirectionAndKeepsTheRest) {
  bring_up();
  const auto first = linkfab({"set", "r1--r2", "--from", "r1", "delay=20ms", "loss=1%"});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(written, UnorderedElementsAre("~Link a_to_b", "+Impairment"));
  EXPECT_EQ(linkfab({"set", "r2:eth0", "--to", "r2:eth0", "delay=30ms"}).status, 0);
  EXPECT_THAT(written, ElementsAre("~Impairment delay_ns"));
  EXPECT_EQ(link(cable).ends[1].toward, "delay=30ms loss=1%");
  EXPECT_EQ(link(cable).ends[0].toward, "");
}

TEST_F(Linkfab, SetWithoutAnEndChangesBothDirections) {
  bring_up();
  const auto done = linkfab({"set", "r2:eth0--r1:eth0", "rate=10mbit"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("rate=10mbit"));
  EXPECT_EQ(link(cable).ends[0].toward, "rate=10mbit");
  EXPECT_EQ(link(cable).ends[1].toward, "rate=10mbit");
}

TEST_F(Linkfab, SetTakesAPresetForBothDirections) {
  bring_up();
  ASSERT_EQ(linkfab({"set", cable, "delay=1ms", "duplicate=1%"}).status, 0);
  ASSERT_EQ(linkfab({"set", cable, "--preset", "dsl", "loss=1%"}).status, 0);
  EXPECT_EQ(link(cable).ends[0].toward, "delay=25ms loss=1% rate=384kbit");
  EXPECT_EQ(link(cable).ends[1].toward, "delay=25ms loss=1% rate=1.5mbit");
  ASSERT_EQ(linkfab({"set", cable, "--preset", "dsl", "--subscriber", "r1", "--to", "r1"}).status,
            0);
  EXPECT_EQ(link(cable).ends[0].toward, "delay=25ms rate=1.5mbit");
  EXPECT_EQ(link(cable).ends[1].toward, "delay=25ms loss=1% rate=1.5mbit");
}

TEST_F(Linkfab, SetRepeatsTheDelaysOfAFile) {
  bring_up();
  ASSERT_TRUE(write_file(dir / "delays.txt", "10ms\n20\n30ms\n"));
  const auto done = linkfab({"set", cable, "--samples", dir / "delays.txt", "loss=1%"});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(
      link(cable).ends[0].toward,
      HasSubstr("delay=20ms jitter=8164.966us distribution=table distribution-table=-10033"));
  EXPECT_THAT(link(cable).ends[0].toward, HasSubstr("loss=1%"));
}

TEST_F(Linkfab, SetRefusesWhatItCannotRead) {
  bring_up();
  EXPECT_EQ(linkfab({"set", cable}).status, 2);
  EXPECT_EQ(linkfab({"set", cable, "delay=1ms", "--subscriber", "r1"}).status, 2);
  EXPECT_THAT(linkfab({"set", cable, "--preset", "lta"}).err, HasSubstr("did you mean 'lte'?"));
  EXPECT_THAT(linkfab({"set", cable, "--preset", "lte", "--subscriber", "r9"}).err,
              HasSubstr("no end of link r1:eth0--r2:eth0 is called that"));
  ASSERT_TRUE(write_file(dir / "bad.txt", "10ms\nsoon\n"));
  EXPECT_THAT(linkfab({"set", cable, "--samples", dir / "bad.txt"}).err,
              HasSubstr("bad.txt:2: 'soon' is no time"));
  EXPECT_THAT(written, IsEmpty());
}

TEST_F(Linkfab, SetNoneRemovesTheImpairmentRows) {
  bring_up();
  ASSERT_EQ(linkfab({"set", cable, "delay=20ms"}).status, 0);
  EXPECT_EQ(linkfab({"set", cable, "none"}).status, 0);
  EXPECT_TRUE(observer.replica(fabric::database).rows("Impairment").empty());
}

TEST_F(Linkfab, SetWhatIsSetAlreadyWritesNothing) {
  bring_up();
  ASSERT_EQ(linkfab({"set", cable, "delay=20ms", "loss=1%"}).status, 0);
  EXPECT_EQ(linkfab({"set", cable, "delay=20ms"}).status, 0);
  EXPECT_THAT(written, IsEmpty());
}

TEST_F(Linkfab, SetOnASegmentIsTowardOneMemberOrAll) {
  bring_up();
  const auto one = linkfab({"set", "lan", "--to", "r3", "delay=50ms"});
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(link("lan").ends[2].toward, "delay=50ms");
  EXPECT_EQ(link("lan").ends[0].toward, "");
  EXPECT_EQ(linkfab({"set", "lan", "loss=1%"}).status, 0);
  EXPECT_EQ(link("lan").ends[2].toward, "delay=50ms loss=1%");
  EXPECT_EQ(link("lan").ends[0].toward, "loss=1%");
  EXPECT_THAT(linkfab({"set", "lan", "--from", "r3", "loss=1%"}).err,
              HasSubstr("use --to NODE:IF"));
}

TEST_F(Linkfab, SeveralLinksAreChangedAtOnceOrNone) {
  bring_up();
  const auto all = linkfab({"set", "*", "delay=5ms"});
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_THAT(all.out, AllOf(HasSubstr(cable), HasSubstr("lan")));
  EXPECT_EQ(link(cable).ends[0].toward, "delay=5ms");
  EXPECT_EQ(link(cable).ends[1].toward, "delay=5ms");
  EXPECT_EQ(link("lan").ends[2].toward, "delay=5ms");
  const auto two = linkfab({"set", "r1--r2", "l?n", "lan", "loss=1%", "--json"});
  EXPECT_EQ(two.status, 0) << two.err;
  EXPECT_THAT(two.out, HasSubstr("\"links\""));
  EXPECT_EQ(link("lan").ends[0].toward, "delay=5ms loss=1%");

  EXPECT_THAT(linkfab({"set", "r9*", "delay=1ms"}).err,
              HasSubstr("find links 'r9*': none of 2 links and segments"));
  EXPECT_THAT(linkfab({"set", "*", "--from", "r1", "delay=1ms"}).err,
              HasSubstr("use --to NODE:IF"));
  EXPECT_THAT(written, IsEmpty());
  EXPECT_EQ(linkfab({"set", "delay=1ms"}).status, 2);
  EXPECT_EQ(linkfab({"set", "lan", "r1--r2", "none"}).status, 0);
  EXPECT_TRUE(observer.replica(fabric::database).rows("Impairment").empty());

  EXPECT_EQ(linkfab({"cut", "*"}).status, 0);
  EXPECT_EQ(link(cable).wanted, "cut");
  EXPECT_EQ(link("lan").wanted, "cut");
  EXPECT_EQ(linkfab({"restore", "lan", cable}).status, 0);
  EXPECT_EQ(link(cable).wanted, "up");
  EXPECT_EQ(link("lan").wanted, "up");
}

TEST_F(Linkfab, SetRefusesWhatMakesNoSenseAndWritesNothing) {
  bring_up();
  EXPECT_THAT(linkfab({"set", cable, "dealy=20ms"}).err, HasSubstr("did you mean 'delay'"));
  EXPECT_THAT(linkfab({"set", cable, "reorder=10%"}).err, HasSubstr("reorder"));
  EXPECT_EQ(linkfab({"set", cable, "delay"}).status, 2);
  EXPECT_THAT(written, IsEmpty());
}

TEST_F(Linkfab, ALinkThatIsNotThereNamesWhatIsNear) {
  bring_up();
  EXPECT_THAT(linkfab({"cut", "r1:eth0--r2:eth1"}).err, HasSubstr(cable));
  EXPECT_THAT(linkfab({"cut", "lna"}).err, HasSubstr("did you mean 'lan'?"));
  EXPECT_EQ(linkfab({"cut", "r1--r9"}).status, 1);
}

TEST_F(Linkfab, CutAndRestoreWriteOneColumn) {
  bring_up();
  const auto cut = linkfab({"cut", "r1:eth0"});
  EXPECT_EQ(cut.status, 0) << cut.err;
  EXPECT_THAT(written, ElementsAre("~Link wanted"));
  EXPECT_THAT(cut.out, HasSubstr("cut"));
  EXPECT_EQ(linkfab({"restore", cable}).status, 0);
  EXPECT_EQ(link(cable).wanted, "up");
}

TEST_F(Linkfab, ConnectMakesTheInterfacesThatAreMissing) {
  bring_up();
  const auto done = linkfab({"connect", "r1:eth5", "r3:eth0", "delay=5ms", "--name", "uplink"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(format(*link("uplink").ends[0].endpoint), "r1:eth5");
  EXPECT_EQ(link("uplink").ends[0].toward, "delay=5ms");
  EXPECT_THAT(written, Contains("~Node interfaces").Times(2));
}

TEST_F(Linkfab, ConnectRefusesAnInterfaceThatIsTakenAndSaysWhere) {
  bring_up();
  const auto done = linkfab({"connect", "r1:eth0", "r3:eth0"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("attached to link r1:eth0--r2:eth0"));
  EXPECT_THAT(linkfab({"connect", "r3:eth0", "r2:eth1"}).err, HasSubstr("attached to segment lan"));
  EXPECT_THAT(linkfab({"connect", "r1:eth7", "r33:eth0"}).err, HasSubstr("did you mean 'r3'?"));
}

TEST_F(Linkfab, DisconnectKeepsTheInterfaces) {
  bring_up();
  EXPECT_EQ(linkfab({"disconnect", "r1--r2"}).status, 0);
  EXPECT_THAT(written, ElementsAre("-Link"));
}

TEST_F(Linkfab, ConnectPlugsAnInterfaceIntoASegmentAndDisconnectTakesItOut) {
  bring_up();
  const auto done = linkfab({"connect", "r1:eth7", "lan", "delay=5ms"});
  EXPECT_EQ(done.status, 0) << done.err;
  ASSERT_EQ(link("lan").ends.size(), 4u);
  EXPECT_EQ(format(*link("lan").ends[1].endpoint), "r1:eth7");
  EXPECT_EQ(link("lan").ends[1].toward, "delay=5ms");
  EXPECT_THAT(linkfab({"connect", "r1:eth7", "lan"}).err,
              HasSubstr("attached to segment lan; `linkfab disconnect r1:eth7`"));
  const auto out = linkfab({"disconnect", "r1:eth7"});
  EXPECT_EQ(out.out, "r1:eth7 is out of segment lan; the interface stays\n") << out.err;
  EXPECT_EQ(link("lan").ends.size(), 3u);
  EXPECT_EQ(linkfab({"connect", "r1:eth7", "lan"}).status, 0);
  EXPECT_EQ(link("lan").ends[1].toward, "");
}

TEST_F(Linkfab, AMemberNeedsASegmentAndASegmentIsNotDisconnectedAsAWhole) {
  bring_up();
  EXPECT_THAT(
      linkfab({"connect", "r1:eth7", "lam"}).err,
      AllOf(HasSubstr("did you mean 'lan'?"), HasSubstr("an interface is written NODE:INTERFACE")));
  EXPECT_THAT(linkfab({"connect", "r1:eth7", "r1--r2"}).err, HasSubstr("a link has two ends"));
  EXPECT_EQ(linkfab({"connect", "r1:eth7", "lan", "--name", "x"}).status, 2);
  EXPECT_THAT(linkfab({"disconnect", "lan"}).err,
              HasSubstr("`linkfab disconnect NODE:INTERFACE` takes a member out"));
  EXPECT_EQ(link("lan").ends.size(), 3u);
}

TEST_F(Linkfab, MoveKeepsPeerAndImpairmentsAndRenamesALinkNamedByItsEnds) {
  bring_up();
  ASSERT_EQ(linkfab({"set", cable, "--from", "r1", "delay=20ms"}).status, 0);
  const auto done = linkfab({"move", "r2:eth0", "r3:eth0"});
  EXPECT_EQ(done.status, 0) << done.err;
  const auto moved = link("r1:eth0--r3:eth0");
  EXPECT_EQ(format(*moved.ends[1].endpoint), "r3:eth0");
  EXPECT_EQ(moved.ends[1].toward, "delay=20ms");
}

TEST_F(Linkfab, MoveTakesAMemberOfASegmentWithItsImpairment) {
  bring_up();
  ASSERT_EQ(linkfab({"set", "lan", "--to", "r3:eth1", "delay=20ms"}).status, 0);
  const auto done = linkfab({"move", "r3:eth1", "r3:eth9"});
  EXPECT_EQ(done.status, 0) << done.err;
  ASSERT_EQ(link("lan").ends.size(), 3u);
  EXPECT_EQ(format(*link("lan").ends[2].endpoint), "r3:eth9");
  EXPECT_EQ(link("lan").ends[2].toward, "delay=20ms");
}

TEST_F(Linkfab, NodesAreStoppedStartedPausedAndRestarted) {
  bring_up();
  for (const auto& [command, state] : std::map<std::string, std::string>{{"stop", "stopped"},
                                                                         {"start", "running"},
                                                                         {"pause", "paused"},
                                                                         {"unpause", "running"}}) {
    const auto done = linkfab({command, "r1", "r2"});
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(lab().nodes[1].wanted, state);
  }
  const auto asks = [&](const std::string& command) {
    written.clear();
    EXPECT_EQ(linkfab({command, "r1"}).status, 0);
    return testing::Value(written, Contains(HasSubstr("restart_request")));
  };
  EXPECT_TRUE(asks("restart"));
  EXPECT_FALSE(asks("stop"));
  EXPECT_TRUE(asks("start")) << "an agent that has not seen the stop must not leave it";
  EXPECT_FALSE(asks("start"));
  EXPECT_THAT(linkfab({"stop", "r11"}).err, HasSubstr("did you mean 'r1'?"));
}

TEST_F(Linkfab, LinksShowsFreshCountersOfEachDirection) {
  bring_up();
  const auto done = linkfab({"links", "--json"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("\"rx_packets\" : 7"));
  EXPECT_THAT(linkfab({"links", "lan"}).out, Not(HasSubstr(cable)));
}

TEST_F(Linkfab, PlanNamesWhatUpWouldChangeAndWritesNothing) {
  bring_up();
  const auto done = linkfab({"plan", lab_file(R"(, "delay": "20ms")")});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("~ link r1:eth0--r2:eth0\n    r1:eth0 -> r2:eth0: delay=20ms\n"));
  EXPECT_THAT(done.out, HasSubstr("nothing to add, 1 to change, nothing to remove, 4 unchanged"));
  EXPECT_THAT(written, IsEmpty());
}

TEST_F(Linkfab, ExportIsAFileThatChangesNothing) {
  bring_up();
  ASSERT_EQ(linkfab({"set", cable, "delay=20ms"}).status, 0);
  const auto exported = linkfab({"export"});
  EXPECT_EQ(exported.status, 0) << exported.err;
  ASSERT_TRUE(write_file(dir / "exported.json", exported.out));
  EXPECT_THAT(linkfab({"plan", dir / "exported.json"}).out, HasSubstr("nothing to change"));
}

TEST_F(Linkfab, ExportDrawsWhatRunsAndTakesAFileInstead) {
  bring_up();
  const auto dot = linkfab({"export", "--format", "dot"});
  EXPECT_EQ(dot.status, 0) << dot.err;
  EXPECT_THAT(dot.out, HasSubstr("r1\\nnetns, "));
  const auto svg = linkfab({"export", "--format", "svg", "-o", dir / "lab.svg"});
  EXPECT_EQ(svg.status, 0) << svg.err;
  EXPECT_THAT(*read_file(dir / "lab.svg"), HasSubstr("</svg>"));
  const auto file = execute({"export", "--from", lab_file(), "--format", "containerlab"});
  EXPECT_EQ(file.status, 0) << file.err;
  EXPECT_THAT(file.out, HasSubstr("endpoints: [\"r1:eth0\", \"r2:eth0\"]"));
  EXPECT_EQ(execute({"export", "--format", "pdf"}).status, 2);
  EXPECT_EQ(execute({"export", "--from", lab_file(), "-o", "/dev/null"}).status, 1);
}

TEST_F(Linkfab, ImportReportsLossesAndWritesAFile) {
  ASSERT_TRUE(write_file(dir / "x.clab.yml",
                         "name: x\ntopology:\n  nodes:\n    a: {image: i, ports: [\"1:1\"]}\n"));
  const auto done = execute({"import", dir / "x.clab.yml", "-o", dir / "x.json"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out, "");
  EXPECT_THAT(done.err, HasSubstr("x.clab.yml:4:26: topology.nodes.a.ports: refused: "));
  EXPECT_THAT(done.err, HasSubstr("x.clab.yml: 2 mapped, 1 approximated, 1 refused\n"));
  EXPECT_THAT(execute({"plan", dir / "x.json"}).out, HasSubstr("+ node a"));

  const auto strict = execute({"import", dir / "x.clab.yml", "--strict", "-o", dir / "none.json"});
  EXPECT_EQ(strict.status, 1);
  EXPECT_FALSE(read_file(dir / "none.json"));
  const auto json = execute({"import", dir / "x.clab.yml", "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"fate\" : \"refused\""));
  EXPECT_THAT(json.out, HasSubstr("\"image\" : \"i\""));
}

TEST_F(Linkfab, ImportOfAWrongFileIsStatusTwo) {
  ASSERT_TRUE(write_file(dir / "x.clab.yml", "name: [\n"));
  const auto done = execute({"import", dir / "x.clab.yml"});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.err, HasSubstr("x.clab.yml:2:1: "));
  EXPECT_EQ(done.out, "");
  ASSERT_TRUE(write_file(dir / "x.txt", "hello\n"));
  EXPECT_EQ(execute({"import", dir / "x.txt"}).status, 2);
  EXPECT_EQ(execute({"import", dir / "x.clab.yml", "--format", "visio"}).status, 2);
  EXPECT_EQ(execute({"import", dir / "missing"}).status, 1);
}

TEST_F(Linkfab, DownEmptiesTheDatabaseOnce) {
  bring_up();
  const auto done = linkfab({"down"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out, "took down lab lab: 3 nodes, 2 links\n");
  EXPECT_TRUE(lab().nodes.empty());
  EXPECT_EQ(lab().options["down"], "true");
  EXPECT_EQ(linkfab({"down"}).out, "nothing to take down\n");
}

TEST_F(Linkfab, UpAfterDownTakesTheMarkBack) {
  bring_up();
  ASSERT_EQ(linkfab({"down"}).status, 0);
  bring_up();
  EXPECT_FALSE(lab().options.contains("down"));
}

TEST_F(Linkfab, WithoutAnAgentCommandsSayHowToStartOne) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"ps"},
                                                  {"links"},
                                                  {"cut", "x"},
                                                  {"exec", "r1", "ls"},
                                                  {"play"},
                                                  {"play", "--stop", "x"},
                                                  {"export"}}) {
    const auto done = execute(command);
    EXPECT_EQ(done.status, 1);
    EXPECT_EQ(done.err, "linkfab: linkfabd is not running: start a lab with `linkfab up FILE`\n");
  }
  EXPECT_EQ(execute({"down"}).out, "nothing to take down\n");
  EXPECT_THAT(execute({"plan", lab_file()}).out, HasSubstr("5 to add"));
}

TEST_F(Linkfab, WrongUsageIsStatusTwo) {
  EXPECT_EQ(execute({"ups"}).status, 2);
  EXPECT_EQ(execute({"cut"}).status, 2);
  EXPECT_EQ(execute({}).status, 2);
  EXPECT_EQ(execute({"--help"}).status, 0);
  EXPECT_EQ(execute({"play", "--loop"}).status, 2);
  EXPECT_EQ(execute({"play", "x.csv", "--from", "r1"}).status, 2);
  EXPECT_EQ(execute({"play", "r1--r2", "x.csv", "--speed", "0"}).status, 2);
  EXPECT_EQ(execute({"play", "r1--r2", "x.csv", "--bin", "1us"}).status, 2);
  EXPECT_EQ(execute({"play", "--stop", "x", "x.csv"}).status, 2);
}

TEST_F(Linkfab, AScenarioIsPlayedOnceAtATime) {
  bring_up();
  const std::string drive = LINKFAB_EXAMPLES "/scenarios/drive.csv";
  const auto play = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"play", cable, drive, "--no-wait"};
    words.insert(words.end(), more.begin(), more.end());
    return linkfab(words);
  };
  EXPECT_EQ(play({}).err, "");
  EXPECT_THAT(play({}).err, HasSubstr("play drive: a scenario of that name plays"));
  const auto other = play({"--name", "other"});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.err, HasSubstr("scenario drive sets delay, loss, rate of r1:eth0--r2:eth0 "
                                   "toward r1:eth0 too; `linkfab play --stop drive`"));
  EXPECT_THAT(linkfab({"set", cable, "jitter=1ms"}).out, HasSubstr("scenario drive"));
  EXPECT_THAT(linkfab({"play", "--stop", "driv"}).err, HasSubstr("did you mean 'drive'?"));
  EXPECT_EQ(linkfab({"play", "--stop", cable}).err, "");
  EXPECT_EQ(play({"--name", "other"}).err, "");
}

TEST_F(Linkfab, AScenarioIsCheckedWithoutALab) {
  const std::string good = LINKFAB_EXAMPLES "/scenarios/evening.json";
  EXPECT_THAT(execute({"play", "--check", good}).out,
              HasSubstr("evening: 7 steps in 60s, in a loop"));
  const auto missing = execute({"play", "--check", "/nonexistent.csv"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("/nonexistent.csv"));
}

}  // namespace
}  // namespace linkfab::cli
