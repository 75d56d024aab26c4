#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/cli/arguments.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/set.hpp"
#include "tools/cli/settle.hpp"

namespace linkfab::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string usage_error(const std::vector<std::string>& arguments) {
  try {
    (void)parse_arguments(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCellInCharacters) {
  Table table({"A", "B", "C"});
  table.add({"größe", "1", "x"});
  table.add({"a", "", "y"});
  EXPECT_EQ(table.text(false), "A      B  C\ngröße  1  x\na         y\n");
}

TEST(Table, ColoursDoNotCountAsWidth) {
  Table table({"A", "B"});
  table.add({Cell("up", Colour::green), "x"});
  EXPECT_THAT(table.text(true), HasSubstr("\033[32mup\033[0m  x\n"));
}

TEST(Settings, WhatIsNotNamedKeepsItsValue) {
  netem::Impairment before;
  before.delay = std::chrono::milliseconds{20};
  const auto after = apply_settings(before, {{"loss", "1%"}});
  ASSERT_TRUE(after) << format(after.error());
  EXPECT_EQ(netem::format(*after), "delay=20ms loss=1%");
}

TEST(Settings, NoneClearsOneKeyAndAloneAll) {
  netem::Impairment before;
  before.delay = std::chrono::milliseconds{20};
  before.duplicate = {1};
  EXPECT_EQ(netem::format(*apply_settings(before, {{"delay", "none"}})), "duplicate=1%");
  EXPECT_EQ(*apply_settings(before, *parse_settings({"none"})), netem::Impairment{});
}

TEST(Settings, AnUnknownKeyNamesTheNearest) {
  const auto wrong = apply_settings({}, {{"dealy", "20ms"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(format(wrong.error()), HasSubstr("did you mean 'delay'"));
}

TEST(Arguments, GlobalOptionsStandBeforeOrAfterTheCommand) {
  const auto before = parse_arguments({"--db", "unix:/x", "ps", "--json"});
  const auto after = parse_arguments({"ps", "--json", "--db=unix:/x"});
  for (const auto& called : {before, after}) {
    EXPECT_STREQ(called.command->name, "ps");
    EXPECT_EQ(called.invocation.remote, "unix:/x");
    EXPECT_FALSE(called.invocation.own_database);
    EXPECT_TRUE(called.invocation.json());
  }
}

TEST(Arguments, TheInstanceNamesTheDatabase) {
  const auto called = parse_arguments({"ps", "--instance", "two"});
  EXPECT_EQ(called.invocation.remote, fabric::paths_of("two").db_remote());
  EXPECT_TRUE(called.invocation.own_database);
}

TEST(Arguments, AnUnknownCommandOrOptionNamesTheNearest) {
  EXPECT_EQ(usage_error({"exce", "r1"}), "unknown command 'exce'; did you mean 'exec'?");
  EXPECT_EQ(usage_error({"ps", "--jsno"}), "unknown option '--jsno'; did you mean '--json'?");
}

TEST(Arguments, TooFewAndTooManyWordsShowWhatToWrite) {
  EXPECT_THAT(usage_error({"cut"}), HasSubstr("linkfab cut LINK"));
  EXPECT_THAT(usage_error({"disconnect", "a", "b"}), HasSubstr("'b' is one word too many"));
}

TEST(Arguments, OptionsAfterTheNodeBelongToTheExecutedCommand) {
  const auto plain = parse_arguments({"exec", "r1", "ping", "-c", "1", "--help"});
  EXPECT_THAT(plain.invocation.words, ElementsAre("r1"));
  EXPECT_THAT(plain.invocation.command, ElementsAre("ping", "-c", "1", "--help"));
  EXPECT_FALSE(plain.help);
  const auto dashed = parse_arguments({"exec", "--db", "unix:/x", "r1", "--", "ls", "--", "x"});
  EXPECT_THAT(dashed.invocation.words, ElementsAre("r1"));
  EXPECT_THAT(dashed.invocation.command, ElementsAre("ls", "--", "x"));
}

TEST(Help, EveryCommandHasExamplesThatStartWithItsName) {
  for (const auto* command : commands()) {
    EXPECT_THAT(help(), HasSubstr(command->name));
    const auto text = help(*command);
    EXPECT_THAT(text.substr(text.find("Examples:")),
                HasSubstr(std::string("linkfab ") + command->name));
  }
}

TEST(ProgressLineText, NamesTheFirstFewThatAreWaitedFor) {
  fabric::LabView lab;
  lab.nodes.resize(6);
  fabric::Progress progress;
  for (int i = 1; i <= 6; ++i)
    progress.waiting.push_back({"node r" + std::to_string(i), "starting"});
  EXPECT_EQ(progress_text(lab, progress),
            "nodes 0 of 6, links 0 of 0; waiting for node r1 (starting), node r2 (starting), "
            "node r3 (starting), node r4 (starting) and 2 more");
}

}  // namespace
}  // namespace linkfab::cli
