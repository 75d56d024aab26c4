#include "ovsdb/datum.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "ovsdb/json_text.hpp"
#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Uuid some_row{"550e8400-e29b-41d4-a716-446655440000"};

struct Case {
  std::string text;
  Datum datum;
};

const std::vector<Case>& table() {
  static const std::vector<Case> cases{
      {R"("text")", "text"},
      {R"("")", ""},
      {"0", 0},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"9007199254740993", std::int64_t{9007199254740993}},
      {"1.0", 1.0},
      {"0.1", 0.1},
      {"-2.5", -2.5},
      {"1e+300", 1e300},
      {"true", true},
      {R"(["uuid","550e8400-e29b-41d4-a716-446655440000"])", some_row},
      {R"(["named-uuid","row1"])", *Uuid::with_name("row1")},
      {R"(["set",[]])", Datum()},
      {R"(["set",[1,2]])", Datum::set({std::int64_t{2}, std::int64_t{1}})},
      {R"(["set",["set","uuid"]])", Datum::set({"set", "uuid"})},
      {R"(["map",[]])", Datum::map({})},
      {R"(["map",[["a",1],["b",2]]])",
       Datum::map({{"b", std::int64_t{2}}, {"a", std::int64_t{1}}})},
  };
  return cases;
}

TEST(Datum, IsWrittenAsTheValueOfRfc7047) {
  for (const auto& [text, datum] : table()) EXPECT_EQ(text_of(to_json(datum)), text);
}

TEST(Datum, IsReadBackAsItWasWritten) {
  for (const auto& [text, datum] : table()) {
    const auto read = datum_from_json(json_of(text));
    ASSERT_TRUE(read) << text << ": " << format(read.error());
    EXPECT_EQ(*read, datum) << text;
  }
}

TEST(Datum, ASetOfOneIsTheAtom) {
  EXPECT_EQ(datum_from_json(json_of(R"(["set",["x"]])")), Result<Datum>("x"));
  EXPECT_EQ(text_of(to_json(Datum::set({"x", "x"}))), R"("x")");
}

TEST(Datum, ASetHasAnOrderOfItsOwn) {
  const Datum set = Datum::set({"b", "c", "a", "b"});
  EXPECT_TRUE(std::ranges::equal(set.as_set(), std::vector<Atom>{"a", "b", "c"}));
  EXPECT_EQ(set, Datum::set({"c", "b", "a"}));
  EXPECT_NE(set, Datum::set({"a", "b"}));
}

TEST(Datum, NothingIsTheEmptySetAndNotTheEmptyMap) {
  EXPECT_EQ(Datum::set({}), Datum());
  EXPECT_NE(Datum::map({}), Datum());
  EXPECT_TRUE(Datum().empty());
  EXPECT_TRUE(Datum::map({}).empty());
  EXPECT_FALSE(Datum("").empty());
}

TEST(Datum, AScalarIsTheSetOfIt) {
  EXPECT_TRUE(std::ranges::equal(Datum(7).as_set(), std::vector<Atom>{std::int64_t{7}}));
  EXPECT_EQ(Datum(7), Datum::set({std::int64_t{7}}));
  EXPECT_NE(Datum(7), Datum(7.0));
  EXPECT_NE(Datum(""), Datum());
}

TEST(Datum, IntegersAmongRealsAreReals) {
  EXPECT_EQ(datum_from_json(json_of(R"(["set",[1,2.5]])")), Result<Datum>(Datum::set({1.0, 2.5})));
  EXPECT_EQ(datum_from_json(json_of(R"(["map",[["p",1],["r",0.5]]])")),
            Result<Datum>(Datum::map({{"p", 1.0}, {"r", 0.5}})));
}

TEST(Datum, WhatIsNoValueIsNamedInTheError) {
  const std::vector<std::string> wrong{
      "null",
      "{}",
      "[]",
      R"(["set"])",
      R"(["set",1])",
      R"(["set",[1,"a"]])",
      R"(["set",[1,1]])",
      R"(["set",[["set",[]]]])",
      R"(["map",[["a"]]])",
      R"(["map",[["a",1],["a",2]]])",
      R"(["map",[["a",1],["b","x"]]])",
      R"(["uuid","550e8400"])",
      R"(["uuid","550e8400-e29b-41d4-a716-44665544000g"])",
      R"(["uuid",7])",
      R"(["named-uuid","a name that is too long"])",
      R"(["bag",[]])",
      "18446744073709551615",
  };
  for (const std::string& text : wrong) {
    const auto read = datum_from_json(json_of(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::invalid);
    EXPECT_THAT(format(read.error()), HasSubstr("decode OVSDB value: expected")) << text;
  }
}

TEST(Datum, GivesItsOnlyElementOrTheFallback) {
  EXPECT_EQ(Datum("x").string("y"), "x");
  EXPECT_EQ(Datum().string("y"), "y");
  EXPECT_EQ(Datum(7).string("y"), "y");
  EXPECT_EQ(Datum::set({"a", "b"}).string("y"), "y");
  EXPECT_EQ(Datum(7).integer(), 7);
  EXPECT_EQ(Datum(7.5).integer(3), 3);
  EXPECT_EQ(Datum(7).real(), 7.0);
  EXPECT_EQ(Datum(7.5).real(), 7.5);
  EXPECT_TRUE(Datum(true).boolean());
  EXPECT_EQ(Datum(some_row).uuid(), some_row);
  EXPECT_EQ(Datum("x").uuid(), std::nullopt);
}

TEST(Datum, GivesAllElementsOfAType) {
  EXPECT_THAT(Datum::set({"b", "a", "b"}).strings(), ElementsAre("a", "b"));
  EXPECT_THAT(Datum(some_row).uuids(), ElementsAre(some_row));
  EXPECT_EQ(Datum::map({{"a", "1"}}).string_map(),
            (std::map<std::string, std::string>{{"a", "1"}}));
  EXPECT_TRUE(Datum::map({{"a", "1"}}).as_set().empty());
  EXPECT_TRUE(Datum("x").as_map().empty());
}

TEST(Datum, AnOptionalIsAScalarOrNothing) {
  EXPECT_EQ(Datum::optional(std::optional<std::string>("x")), Datum("x"));
  EXPECT_EQ(Datum::optional(std::optional<std::string>()), Datum());
}

}  // namespace
}  // namespace linkfab::ovsdb
