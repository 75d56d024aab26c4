#include "formats/element.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/source.hpp"

namespace linkfab::formats {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const Source& source) {
  if (source) return "";
  return std::to_string(source.error().line) + ":" + std::to_string(source.error().column) + ": " +
         source.error().cause;
}

TEST(Element, WhatNobodyReadIsRefused) {
  auto root = *parse_json_source(R"({"a": 1,
    "b": {"c": "x", "d": [1, 2], "e": ""}})");
  const std::string file = "f";
  Problems problems;
  const Item item{root, file, problems};
  EXPECT_EQ(item.find("b")->text_of("c"), "x");
  Report report;
  add_report(root, file, report);
  ASSERT_EQ(report.size(), 4U);
  EXPECT_THAT(format(report[0]), StartsWith("f:1:7: a: refused: linkfab does not know it"));
  EXPECT_EQ(format(report[1]), "f:2:16: b.c: mapped");
  EXPECT_THAT(format(report[2]), StartsWith("f:2:26: b.d: refused"));
  EXPECT_EQ(format(report[3]), "f:2:39: b.e: mapped: empty");
}

TEST(Element, AnApproximatedObjectKeepsTheLossesBelowIt) {
  auto root = *parse_json_source(R"({"a": {"b": 1, "c": 2}, "d": {"e": 1, "f": 2}})");
  const std::string file = "f";
  Problems problems;
  const Item item{root, file, problems};
  for (const auto* key : {"a", "d"})
    for (const auto& member : item.find(key)->members()) {
      if (member.key() != "c") {
        EXPECT_TRUE(member.text());
      }
    }
  item.find("a")->approximated("another name", "");
  item.find("d")->refused("not here", "");
  Report report;
  add_report(root, file, report);
  ASSERT_EQ(report.size(), 4U);
  EXPECT_EQ(format(report[0]), "f:1:7: a: approximated: another name");
  EXPECT_EQ(format(report[1]), "f:1:13: a.b: mapped");
  EXPECT_EQ(report[2].fate, Fate::refused);
  EXPECT_EQ(format(report[3]), "f:1:30: d: refused: not here");
}

TEST(Element, AValueOfAnotherTypeOrRangeIsWrongAtItsPlace) {
  auto root = *parse_json_source(R"({"n": "1e99", "l": {}, "t": [1]})");
  const std::string file = "f";
  Problems problems;
  const Item item{root, file, problems};
  EXPECT_FALSE(item.find("n")->whole(0, 10));
  EXPECT_FALSE(item.find("n")->number(0, 10));
  EXPECT_FALSE(item.find("n")->flag());
  EXPECT_TRUE(item.find("l")->list().empty());
  EXPECT_FALSE(item.find("t")->text());
  ASSERT_EQ(problems.size(), 5U);
  EXPECT_EQ(fabric::format(problems[0]),
            "f:1:7: n: '1e99': a whole number between 0 and 10 is needed");
  EXPECT_EQ(fabric::format(problems[4]), "f:1:29: t: a single value is needed, not a list");
}

TEST(YamlSource, HasPlacesAliasesAndMergeKeys) {
  const auto root =
      *parse_yaml_source("base: &b {x: 1, y: 2}\nn:\n  <<: *b\n  y: \"3\"\nl: [~, *b]\n");
  EXPECT_EQ(json(root),
            R"({"base": {"x": 1, "y": 2}, "n": {"y": 3, "x": 1}, "l": [null, {"x": 1, "y": 2}]})");
  EXPECT_EQ(root.children[1].children[0].line, 4);
  EXPECT_EQ(root.children[1].children[0].column, 6);
}

TEST(YamlSource, RefusesWhatWouldGrowWithoutBound) {
  std::string bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    const auto alias = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int j = 1; j < 10; ++j) bomb += ", " + alias;
    bomb += "]\n";
  }
  EXPECT_THAT(error_of(parse_yaml_source(bomb)), HasSubstr("more than 250000 values"));
  EXPECT_THAT(error_of(parse_yaml_source(std::string(100, '[') + std::string(100, ']'))),
              HasSubstr("levels"));
  EXPECT_NE(error_of(parse_yaml_source(std::string(100'000, '['))), "");
  EXPECT_THAT(error_of(parse_yaml_source("a: &a [*a]")),
              HasSubstr("an alias may not stand inside"));
}

TEST(YamlSource, RefusesWhatHasNoMeaning) {
  EXPECT_EQ(error_of(parse_yaml_source("a: 1\nb: 2\na: 3\n")), "3:1: 'a' is there already");
  EXPECT_THAT(error_of(parse_yaml_source("a: [1, 2")), StartsWith("1:"));
  EXPECT_THAT(error_of(parse_yaml_source("[a]: 1")), HasSubstr("a key must be a single value"));
  EXPECT_THAT(error_of(parse_yaml_source("a: 1\n---\nb: 2\n")), HasSubstr("one document"));
  EXPECT_THAT(error_of(parse_yaml_source("")), HasSubstr("empty"));
}

TEST(JsonSource, RefusesDepthAndDuplicates) {
  EXPECT_THAT(error_of(parse_json_source(std::string(100, '['))), StartsWith("1:"));
  EXPECT_THAT(error_of(parse_json_source("{\"a\": 1,\n\"a\": 2}")), StartsWith("2:1: "));
}

}  // namespace
}  // namespace linkfab::formats
