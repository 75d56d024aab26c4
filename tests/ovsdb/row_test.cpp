#include "ovsdb/row.hpp"

#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

namespace linkfab::ovsdb {
namespace {

std::shared_ptr<const TableColumns> columns() {
  return std::make_shared<const TableColumns>(
      TableColumns{{"map", {.fallback = Datum::map({}), .composite = true}},
                   {"maybe", {}},
                   {"name", {.fallback = ""}},
                   {"number", {.fallback = 0}}});
}

TEST(Row, HasTheDefaultsOfItsColumns) {
  const Row row(columns());
  EXPECT_EQ(get(row, "name"), Datum(""));
  EXPECT_EQ(get(row, "number"), Datum(0));
  EXPECT_EQ(get(row, "maybe"), Datum());
  EXPECT_EQ(get(row, "map"), Datum::map({}));
  EXPECT_EQ(get(row, "colour"), Datum());
  EXPECT_FALSE(row.empty());
}

TEST(Row, WithoutColumnsIsNoRow) {
  EXPECT_TRUE(Row().empty());
  EXPECT_TRUE(Row(Columns{}).empty());
  EXPECT_EQ(Row(), Row(Columns{}));
  EXPECT_NE(Row(), Row(columns()));
  EXPECT_NE(Row(), (Row{{"maybe", Datum()}}));
  EXPECT_EQ(get(Row(), "name"), Datum());
}

TEST(Row, HoldsWhatItWasGivenLast) {
  Row row(columns());
  row.set("number", 7);
  row.set("name", "x");
  row.set("maybe", true);
  row.set("name", "y");
  EXPECT_EQ(get(row, "name"), Datum("y"));
  EXPECT_EQ(get(row, "number"), Datum(7));
  EXPECT_EQ(get(row, "maybe"), Datum(true));
  EXPECT_EQ(get(row, "map"), Datum::map({}));
}

TEST(Row, HasNoOtherColumns) {
  Row row(columns());
  EXPECT_THROW(row.set("colour", "red"), std::out_of_range);
  EXPECT_THROW(Row().set("name", "x"), std::out_of_range);
}

TEST(Row, IsTheSameHoweverItCameToItsValues) {
  const auto shared = columns();
  Row row(shared);
  Row other(shared);
  row.set("name", "x");
  row.set("number", 7);
  EXPECT_NE(row, other);
  other.set("number", 7);
  other.set("name", "x");
  EXPECT_EQ(row, other);
  row.set("name", "");
  row.set("number", 0);
  EXPECT_EQ(row, Row(shared));
}

TEST(Row, IsTheSameUnderOtherColumnsOfTheSameNames) {
  Row row(columns());
  row.set("name", "x");
  Row other(columns());
  EXPECT_NE(row, other);
  other.set("name", "x");
  EXPECT_EQ(row, other);
  const Row own{{"number", 0}, {"name", "x"}, {"maybe", Datum()}, {"map", Datum::map({})}};
  EXPECT_EQ(row, own);
  EXPECT_EQ(own, row);
  EXPECT_NE(row, (Row{{"number", 0}, {"name", "x"}, {"map", Datum::map({})}}));
}

TEST(Row, KeepsWhatItHasUnderOtherColumns) {
  Row row(columns());
  row.set("name", "x");
  row.set("number", 7);
  const auto fewer = std::make_shared<const TableColumns>(
      TableColumns{{"name", {.fallback = ""}}, {"new", {.fallback = 1}}});
  const Row moved = row.under(fewer);
  EXPECT_EQ(get(moved, "name"), Datum("x"));
  EXPECT_EQ(get(moved, "number"), Datum());
  EXPECT_EQ(get(moved, "new"), Datum(1));
}

TEST(Row, OutlivesTheListOfItsColumns) {
  auto list = columns();
  Row row(list);
  row.set("name", "x");
  list.reset();
  const Row copy = row;
  row.set("name", "y");
  EXPECT_EQ(get(copy, "name"), Datum("x"));
  EXPECT_EQ(get(copy, "number"), Datum(0));
}

}  // namespace
}  // namespace linkfab::ovsdb
