#include "ovsdb/schema.hpp"

#include <gmock/gmock.h>

#include "ovsdb/linkfab_schema.hpp"
#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::HasSubstr;

const Json::Value& example() {
  static const Json::Value json = json_of(R"({"name":"D","tables":{"T":{"columns":{
    "text":{"type":"string"},
    "reals":{"type":{"key":{"type":"real","minReal":0},"min":0,"max":"unlimited"}},
    "maybe":{"type":{"key":"integer","min":0,"max":1}},
    "few":{"type":{"key":"integer","min":0,"max":3}},
    "row":{"type":{"key":{"type":"uuid","refTable":"T"}}},
    "map":{"type":{"key":"string","value":"real","min":0,"max":5}}}}}})");
  return json;
}

TEST(Schema, TellsDefaultsAndWhatIsComposite) {
  const auto schema = schema_from_json(example(), {{"T", {}}});
  ASSERT_TRUE(schema) << format(schema.error());
  const TableColumns& columns = schema->at("T");
  EXPECT_EQ(columns.size(), 6U);
  EXPECT_EQ(columns.at("text"), (ColumnType{.fallback = ""}));
  EXPECT_EQ(columns.at("reals"), (ColumnType{.composite = true, .real_keys = true}));
  EXPECT_EQ(columns.at("maybe"), ColumnType{});
  EXPECT_EQ(columns.at("few"), ColumnType{.composite = true});
  EXPECT_EQ(columns.at("row").fallback, Datum(Uuid()));
  EXPECT_EQ(columns.at("map"),
            (ColumnType{.fallback = Datum::map({}), .composite = true, .real_values = true}));
}

TEST(Schema, CoversOnlyTheColumnsAskedFor) {
  const auto schema = schema_from_json(example(), {{"T", {"text", "few"}}});
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->at("T").size(), 2U);
}

TEST(Schema, NamesWhatIsMissing) {
  const auto no_table = schema_from_json(example(), {{"U", {}}});
  ASSERT_FALSE(no_table);
  EXPECT_EQ(no_table.error().code, Errc::not_found);
  EXPECT_THAT(format(no_table.error()), HasSubstr("there is no table \"U\""));
  const auto no_column = schema_from_json(example(), {{"T", {"colour"}}});
  ASSERT_FALSE(no_column);
  EXPECT_THAT(format(no_column.error()), HasSubstr("of table T: there is no column \"colour\""));
}

TEST(Schema, TurnsIntegersIntoRealsWhereTheColumnHoldsReals) {
  const ColumnType reals{.composite = true, .real_keys = true};
  EXPECT_EQ(conform(Datum::set({std::int64_t{1}, std::int64_t{2}}), reals), Datum::set({1.0, 2.0}));
  const ColumnType map{.fallback = Datum::map({}), .composite = true, .real_values = true};
  EXPECT_EQ(conform(Datum::map({{"p", std::int64_t{1}}}), map), Datum::map({{"p", 1.0}}));
  EXPECT_EQ(conform(7, ColumnType{}), Datum(7));
}

TEST(Schema, OfLinkfabIsBuiltIn) {
  const Json::Value json = json_of(std::string(linkfab_schema()));
  EXPECT_EQ(json["name"].asString(), "Linkfab");
  const auto schema = schema_from_json(json, {{"Node", {}}, {"Link", {}}, {"Impairment", {}}});
  ASSERT_TRUE(schema) << format(schema.error());
  EXPECT_TRUE(schema->at("Impairment").at("loss").real_keys);
}

}  // namespace
}  // namespace linkfab::ovsdb
