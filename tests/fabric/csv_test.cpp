#include "fabric/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;

using Rows = std::vector<std::vector<std::string>>;

Rows rows(std::string_view text) {
  Rows rows;
  CsvReader reader{text};
  while (const auto row = reader.next()) {
    auto& cells = rows.emplace_back();
    for (const auto& cell : *row) cells.push_back(cell.text);
  }
  if (reader.fault()) rows.push_back({reader.fault()->cause.substr(0, 19)});
  return rows;
}

TEST(Csv, CellsAreWithoutTheSpacesAroundThem) {
  EXPECT_EQ(rows(" a ,b\tc, \n1,,3"), (Rows{{"a", "b\tc", ""}, {"1", "", "3"}}));
}

TEST(Csv, AnyLineEndWillDo) {
  EXPECT_EQ(rows("a\nb\r\nc\rd"), (Rows{{"a"}, {"b"}, {"c"}, {"d"}}));
}

TEST(Csv, CommentsAndEmptyLinesAreSkipped) {
  EXPECT_EQ(rows("# one\n\n   \n  # two\na\n#three"), (Rows{{"a"}}));
  EXPECT_EQ(rows("# only"), Rows{});
  EXPECT_EQ(rows(""), Rows{});
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLineEnds) {
  EXPECT_EQ(rows("\"a,b\", \"say \"\"x\"\"\" ,\"c\nd\"\n#\ne"),
            (Rows{{"a,b", "say \"x\"", "c\nd"}, {"e"}}));
}

TEST(Csv, AQuoteThatIsWrongEndsItAllWithItsPlace) {
  CsvReader reader{"a\n\"b"};
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  ASSERT_TRUE(reader.fault());
  EXPECT_EQ(reader.fault()->offset, 2U);
  EXPECT_EQ(rows("\"a\"b"), (Rows{{"after a closing quo"}}));
}

TEST(Csv, EachCellKnowsItsPlace) {
  CsvReader reader{"# c\n a,  b"};
  const auto row = reader.next();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->at(0).offset, 5U);
  EXPECT_EQ(row->at(1).offset, 9U);
}

}  // namespace
}  // namespace linkfab::fabric
