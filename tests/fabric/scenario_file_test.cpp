#include "fabric/scenario_file.hpp"

#include <filesystem>
#include <map>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fabric/scenario_samples.hpp"

namespace linkfab::fabric {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

TEST(ScenarioFormatOf, IsGuessedFromTheFirstThingThatIsSaid) {
  EXPECT_EQ(guess_format("\xef\xbb\xbf \n{}"), ScenarioFormat::json);
  EXPECT_EQ(guess_format("// a comment\n{}"), ScenarioFormat::json);
  EXPECT_EQ(guess_format("# a comment\ntime,delay\n"), ScenarioFormat::csv);
  EXPECT_EQ(guess_format("# a comment\n12\n13"), ScenarioFormat::mahimahi);
  EXPECT_EQ(guess_format("0\r\n"), ScenarioFormat::mahimahi);
  EXPECT_EQ(guess_format("0,20ms"), ScenarioFormat::csv);
  EXPECT_EQ(guess_format(""), ScenarioFormat::csv);
}

TEST(CsvScenario, ARowIsAStepTowardEveryEndThatIsNotNamed) {
  const auto scenario = scenario_of(
      "time,link,from,to,delay,loss,up\n"
      "0,l,,,20ms,,\n"
      "500ms,l,a,,,1%,\n"
      "1.5,l,,a:eth0,30ms,2%,no\n"
      "3s,,,,,,\n",
      {.link = "m"});
  ASSERT_EQ(scenario.steps.size(), 4U);
  EXPECT_EQ(scenario.steps[0], (Step{.at = {},
                                     .link = "l",
                                     .from = {},
                                     .to = {"a:eth0", "b:eth0"},
                                     .action = SetValues{{{"delay", "20ms"}}}}));
  EXPECT_EQ(scenario.steps[1].to, std::vector<std::string>{"b:eth0"});
  EXPECT_EQ(scenario.steps[1].at, milliseconds{500});
  EXPECT_EQ(scenario.steps[2].action, Action{Cable{false}});
  EXPECT_EQ(scenario.steps[3].to, std::vector<std::string>{"a:eth0"});
  EXPECT_EQ(scenario.steps[3].action, (Action{SetValues{{{"delay", "30ms"}, {"loss", "2%"}}}}));
  EXPECT_EQ(scenario.length, seconds{3});
}

TEST(CsvScenario, LinkAndEndComeFromTheCommandLineWhereTheFileDoesNotSay) {
  const auto scenario = scenario_of("time,rate\n0,1mbit\n1,2mbit\n", {.link = "l", .from = "b"});
  EXPECT_EQ(scenario.steps[0].link, "l");
  EXPECT_EQ(scenario.steps[0].to, std::vector<std::string>{"a:eth0"});
}

constexpr const char* everything = R"(// comments are fine
{
  "name": "night", "loop": true, "speed": 2.5, "seed": 7, "at_end": "keep", "length": "30s",
  "steps": [
    {"at": 0, "link": "l", "set": {"delay": "20ms", "distribution": "table",
                                   "distribution-table": [-8192, 0, 8192], "jitter": "1ms"}},
    {"at": "1s", "link": "l", "to": "b", "ramp": {"delay": ["20ms", "200ms"]}, "for": "5s"},
    {"at": "1s", "link": "m", "to": ["a", "b"], "ramp": {"rate": ["1mbit", "64mbit"]}, "for": "6s",
     "every": "1s", "geometric": true},
    {"at": 2.5, "link": "l", "from": "b", "random": {"loss": ["0%", "5%"]}, "for": "5s", "every": "20ms"},
    {"at": "3s", "link": "l", "flap": {"down": "100ms", "up": "1s", "jitter": "20ms"}, "for": "9s"},
    {"at": "20s", "link": "lan", "cut": true},
    {"at": "21s", "link": "lan", "restore": true}
  ]
})";

TEST(JsonScenario, SaysEverythingThatThereIs) {
  const auto scenario = scenario_of(everything);
  EXPECT_EQ(scenario.name, "night");
  EXPECT_TRUE(scenario.loop);
  EXPECT_EQ(scenario.speed, 2.5);
  EXPECT_EQ(scenario.seed, 7U);
  EXPECT_EQ(scenario.at_end, AtEnd::keep);
  EXPECT_EQ(scenario.length, seconds{30});
  ASSERT_EQ(scenario.steps.size(), 7U);
  const auto& ramp = std::get<Ramp>(scenario.steps[1].action);
  EXPECT_EQ(ramp.every, milliseconds{100});
  EXPECT_EQ(ramp.ranges, (std::vector<Range>{{"delay", 2e7, 2e8}}));
  EXPECT_TRUE(std::get<Ramp>(scenario.steps[2].action).geometric);
  EXPECT_EQ(scenario.steps[3].to, std::vector<std::string>{"a:eth0"});
  EXPECT_EQ(scenario.steps[3].at, milliseconds{2500});
  EXPECT_EQ(scenario.steps[4].action, (Action{Flap{.down = milliseconds{100},
                                                   .up = seconds{1},
                                                   .lasts = seconds{9},
                                                   .jitter = milliseconds{20}}}));
  EXPECT_EQ(scenario.steps[5].action, Action{Cable{false}});
}

TEST(JsonScenario, APresetIsAStepForEachDirectionThatNamesEveryKey) {
  const auto scenario =
      scenario_of(R"({"steps": [{"at": 1, "link": "l", "set": {"preset": "dsl", "loss": "1%"}}]})");
  ASSERT_EQ(scenario.steps.size(), 2U);
  for (const auto& [place, to, rate] :
       {std::tuple{0U, "a:eth0", "384kbit"}, std::tuple{1U, "b:eth0", "1.5mbit"}}) {
    const auto& step = scenario.steps[place];
    EXPECT_EQ(step.to, std::vector<std::string>{to});
    const auto& settings = std::get<SetValues>(step.action).settings;
    const std::map<std::string, std::string> values{settings.begin(), settings.end()};
    EXPECT_EQ(values.at("rate"), rate);
    EXPECT_EQ(values.at("loss"), "1%");
    EXPECT_EQ(values.at("jitter"), "none");
    EXPECT_FALSE(values.contains("preset"));
  }
  EXPECT_FALSE(read(R"({"steps": [{"at": 1, "link": "l", "set": {"preset": "dls"}}]})"));
}

TEST(JsonScenario, WhatIsWrittenIsReadBackTheSame) {
  const auto scenario = scenario_of(everything);
  const auto again = scenario_of(write_scenario(scenario));
  EXPECT_EQ(write_scenario(again), write_scenario(scenario));
  EXPECT_EQ(again, scenario);
}

TEST(JsonScenario, TheLengthIsTheEndOfTheLastStepWhereItIsNotSaid) {
  EXPECT_EQ(scenario_of(R"({"steps": [
      {"at": "1s", "link": "l", "random": {"delay": ["0", "1ms"]}, "for": "5s", "every": "1s"},
      {"at": "2s", "link": "l", "set": {"loss": "1%"}}]})")
                .length,
            seconds{6});
}

TEST(JsonScenario, StepsAreByTimeAndThoseOfOneTimeByTheFile) {
  const auto scenario = scenario_of(R"({"steps": [
      {"at": "2s", "link": "l", "set": {"loss": "3%"}},
      {"at": "1s", "link": "l", "set": {"loss": "1%"}},
      {"at": "1s", "link": "l", "set": {"loss": "2%"}}]})");
  std::vector<std::string> values;
  for (const auto& step : scenario.steps)
    values.push_back(std::get<SetValues>(step.action).settings[0].second);
  EXPECT_THAT(values, ElementsAre("1%", "2%", "3%"));
}

TEST(TargetsOf, SayWhichKeysOfWhichDirectionAreOverlaid) {
  const auto targets = targets_of(scenario_of(everything));
  EXPECT_EQ(targets.at("l"), "up");
  EXPECT_EQ(targets.at("lan"), "up");
  EXPECT_EQ(targets.at("l a:eth0"), "delay,distribution,distribution-table,jitter,loss");
  EXPECT_EQ(targets.at("m b:eth1"), "rate");
  EXPECT_EQ(targets.size(), 6U);
}

TEST(ScenarioExamples, AreReadWithoutAFinding) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LINKFAB_EXAMPLES "/scenarios"}) {
    ++count;
    const auto text = read_text(entry.path().string(), longest_scenario_text);
    ASSERT_TRUE(text);
    const auto read =
        parse_scenario(*text, entry.path().string(), guess_format(*text), {.link = "r1--r2"});
    if (read) continue;
    for (const Finding& finding : read.error()) ADD_FAILURE() << format(finding);
  }
  EXPECT_GE(count, 3U);
}

TEST(ScenarioName, IsAFileName) {
  EXPECT_TRUE(check_scenario_name("lte-drive_2.csv"));
  for (const auto* name : {"", ".", "-a", "a/b", "a b"}) EXPECT_FALSE(check_scenario_name(name));
}

}  // namespace
}  // namespace linkfab::fabric
