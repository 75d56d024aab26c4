#include "tools/cli/complete.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/cli/arguments.hpp"
#include "tools/cli/synopsis.hpp"

namespace linkfab::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

LabNames small_lab(const Invocation& /*invocation*/) {
  return {.links = {"r1--r2", "lan"},
          .nodes = {"r1", "r2"},
          .interfaces = {"r1:eth0", "r2:eth0"},
          .scenarios = {"night"},
          .segments = {"lan"},
          .hosts = {"h1", "h2"}};
}

std::vector<std::string> words(const std::vector<std::string>& typed) {
  std::vector<std::string> found;
  for (const auto& candidate : complete(typed, small_lab).candidates)
    found.push_back(candidate.word);
  return found;
}

std::vector<std::string> places(const std::string& synopsis,
                                const std::vector<std::string>& typed) {
  std::vector<std::string> names;
  for (const auto& place : next_places(parse_synopsis(synopsis), typed))
    names.push_back(place.name);
  return names;
}

TEST(Synopsis, OptionsAreNoPlaces) {
  EXPECT_THAT(parse_synopsis("LINK... [--from NODE[:IF] | --to NODE[:IF]] [KEY=VALUE...]"),
              ElementsAre(Place{"LINK", false, true}, Place{"KEY=VALUE", true, true}));
}

TEST(Synopsis, WhatMayBeLeftOutIsPassedOver) {
  EXPECT_THAT(places("[[LINK] FILE]", {}), ElementsAre("LINK", "FILE"));
  EXPECT_THAT(places("[[LINK] FILE]", {"r1--r2"}), ElementsAre("FILE"));
  EXPECT_THAT(places("A B [KEY=VALUE...]", {"r1:eth0"}), ElementsAre("B"));
  EXPECT_THAT(places("NODE", {"r1"}), IsEmpty());
}

TEST(Synopsis, NoLinkComesAfterASetting) {
  EXPECT_THAT(places("LINK... [KEY=VALUE...]", {"lan"}), ElementsAre("LINK", "KEY=VALUE"));
  EXPECT_THAT(places("LINK... [KEY=VALUE...]", {"lan", "loss=1%"}), ElementsAre("KEY=VALUE"));
}

TEST(Complete, EveryCommandAndItsOptionsAreSaid) {
  for (const auto* command : commands()) {
    EXPECT_THAT(words({""}), Contains(command->name));
    for (const auto& option : command->options)
      EXPECT_THAT(words({command->name, "--"}), Contains(std::string("--") + option.name));
  }
}

TEST(Complete, AnOptionIsSaidOnce) {
  EXPECT_THAT(words({"links", "--json", "--"}), Not(Contains("--json")));
}

TEST(Complete, AWordIsWhatItsPlaceIsFor) {
  EXPECT_THAT(words({"cut", ""}), ElementsAre("r1--r2", "lan"));
  EXPECT_THAT(words({"cut", "lan", ""}), ElementsAre("r1--r2"));
  EXPECT_THAT(words({"stop", "r"}), ElementsAre("r1", "r2"));
  EXPECT_THAT(words({"move", "r1:"}), ElementsAre("r1:eth0"));
  EXPECT_THAT(words({"connect", "r1:eth0", ""}), ElementsAre("r2:eth0", "lan"));
  EXPECT_THAT(words({"disconnect", ""}), ElementsAre("r1--r2", "lan", "r1:eth0", "r2:eth0"));
  EXPECT_THAT(words({"disconnect", "lan", ""}), IsEmpty());
  EXPECT_THAT(words({"schema", ""}), ElementsAre("topology", "scenario"));
  EXPECT_TRUE(complete({"up", ""}, small_lab).files);
  EXPECT_TRUE(complete({"set", "lan", "--samples", ""}, small_lab).files);
  EXPECT_FALSE(complete({"cut", ""}, small_lab).files);
}

TEST(Complete, AnOptionsValueIsWhatItTakes) {
  EXPECT_THAT(words({"set", "lan", "--to", "r2"}), ElementsAre("r2", "r2:eth0"));
  EXPECT_THAT(words({"set", "lan", "--to=r1:"}), ElementsAre("--to=r1:eth0"));
  EXPECT_THAT(words({"set", "lan", "--preset", "ds"}), ElementsAre("dsl"));
  EXPECT_THAT(words({"play", "--stop", "n"}), ElementsAre("night"));
  EXPECT_THAT(words({"verify", "--for", "5"}), ElementsAre("5us", "5ms", "5s"));
  EXPECT_THAT(words({"play", "--at-end", ""}), ElementsAre("restore", "keep"));
  EXPECT_THAT(words({"export", "--format", ""}), ElementsAre("json", "containerlab", "dot", "svg"));
  EXPECT_THAT(words({"import", "x.imn", "--format=g"}), ElementsAre("--format=gns3"));
  EXPECT_THAT(words({"connect", "r1:a", "o:b", "--gateway", "v"}), ElementsAre("vxlan,"));
}

TEST(Complete, ImpairmentsHaveKeysValuesAndUnits) {
  EXPECT_THAT(words({"set", "lan", "del"}), ElementsAre("delay=", "delay-correlation="));
  EXPECT_THAT(words({"set", "lan", "rate=10"}),
              ElementsAre("rate=10kbit", "rate=10mbit", "rate=10gbit"));
  EXPECT_THAT(words({"set", "lan", "loss="}),
              ElementsAre("loss=gemodel:", "loss=state:", "loss=none"));
  EXPECT_THAT(words({"set", "lan", "loss=3"}), ElementsAre("loss=3%"));
  EXPECT_THAT(words({"set", "lan", "ecn="}), ElementsAre("ecn=yes", "ecn=no", "ecn=none"));
  EXPECT_THAT(words({"set", "lan", "distribution="}),
              IsSupersetOf({"distribution=pareto", "distribution=table"}));
  EXPECT_THAT(words({"connect", "r1:a", "r2:b", ""}),
              AllOf(Not(IsEmpty()), Each(testing::EndsWith("="))));
}

TEST(Complete, WhatACommandRunsInANodeIsItsOwn) {
  EXPECT_TRUE(complete({"exec", "r1", ""}, small_lab).programs);
  EXPECT_THAT(words({"exec", "r1", "ls", "--"}), IsEmpty());
  EXPECT_THAT(words({"exec", "--", "r"}), ElementsAre("r1", "r2"));
}

TEST(Complete, ALabIsReadOnlyForItsNames) {
  bool read = false;
  std::string remote;
  const auto names = [&](const Invocation& invocation) {
    read = true;
    remote = invocation.remote;
    return LabNames{};
  };
  (void)complete({""}, names);
  (void)complete({"set", "lan", "--pre"}, names);
  EXPECT_FALSE(read);
  (void)complete({"--db", "tcp:127.0.0.1:1", "cut", ""}, names);
  EXPECT_EQ(remote, "tcp:127.0.0.1:1");
}

TEST(Complete, NothingIsSaidOfWhatIsNoCommand) {
  EXPECT_THAT(words({"cutt", ""}), IsEmpty());
  EXPECT_THAT(words({"cutt", "--"}), IsEmpty());
}

TEST(Complete, HelpTakesACommand) {
  EXPECT_THAT(words({"help", "dis"}), ElementsAre("distribution", "disconnect"));
  EXPECT_THAT(words({"help", "set", ""}), IsEmpty());
}

TEST(Complete, ShellsAreToldWhatIsNotComplete) {
  EXPECT_EQ(lines(complete({"set", "lan", "jit"}, small_lab)), "jitter=\tTIME, e.g. 2ms\n:open\n");
  EXPECT_EQ(lines(complete({"set", "lan", "delay=2"}, small_lab)),
            "delay=2us\ndelay=2ms\ndelay=2s\n");
}

TEST(Complete, WhatIsDoneToWhichHost) {
  EXPECT_THAT(words({"host", ""}), ElementsAre("add", "drain", "remove"));
  EXPECT_THAT(words({"host", "drain", ""}), ElementsAre("h1", "h2"));
}

}  // namespace
}  // namespace linkfab::cli
