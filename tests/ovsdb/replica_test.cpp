#include "ovsdb/replica.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::HasSubstr;

const Uuid row_a{"aaaaaaaa-0000-0000-0000-000000000000"};
const Uuid row_b{"bbbbbbbb-0000-0000-0000-000000000000"};

// JSON with single quotes for double ones, and 'A' and 'B' for the two rows.
Json::Value update(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  for (const auto& [name, uuid] :
       {std::pair{"\"A\"", row_a.text()}, std::pair{"\"B\"", row_b.text()}})
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at))
      text.replace(at + 1, 1, uuid);
  return json_of(text);
}

Schema example_schema() {
  return {{"T",
           {{"name", {.fallback = ""}},
            {"maybe", {}},
            {"real", {.fallback = 0.0, .real_keys = true}},
            {"set", {.composite = true}},
            {"map", {.fallback = Datum::map({}), .composite = true}}}}};
}

Row row_with(const std::string& column, const Datum& value) {
  Row row{{"name", ""}, {"maybe", {}}, {"real", 0.0}, {"set", {}}, {"map", Datum::map({})}};
  row.set(column, value);
  return row;
}

class ReplicaVersion2 : public ::testing::Test {
 protected:
  ReplicaVersion2() { replica.learn(example_schema()); }

  void apply(const std::string& text) {
    const auto done = replica.apply(update(text), true);
    ASSERT_TRUE(done) << format(done.error());
  }
  Datum value(const std::string& column) { return get(*replica.find("T", row_a), column); }
  void modify(const std::string& columns) { apply("{'T':{'A':{'modify':{" + columns + "}}}}"); }

  Replica replica;
};

TEST_F(ReplicaVersion2, AnInsertedRowHasTheDefaultsThatWereLeftOut) {
  const auto changes = replica.apply(update("{'T':{'A':{'insert':{'real':1}}}}"), true);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 1U);
  EXPECT_EQ(changes->at(0).table, "T");
  EXPECT_EQ(changes->at(0).uuid, row_a);
  EXPECT_TRUE(changes->at(0).before.empty());
  EXPECT_EQ(changes->at(0).after, row_with("real", 1.0));
  EXPECT_EQ(*replica.find("T", row_a), row_with("real", 1.0));
}

TEST_F(ReplicaVersion2, AScalarIsReplaced) {
  apply("{'T':{'A':{'initial':{'name':'x','maybe':7}}}}");
  modify("'name':'y','maybe':8");
  EXPECT_EQ(value("name"), "y");
  EXPECT_EQ(value("maybe"), Datum(8));
  modify("'maybe':['set',[]],'real':2");
  EXPECT_EQ(value("maybe"), Datum());
  EXPECT_EQ(value("real"), Datum(2.0));
}

TEST_F(ReplicaVersion2, ASetsChangeIsWhatOnlyOneOfBothHas) {
  apply("{'T':{'A':{'insert':{'set':['set',['a','b']]}}}}");
  modify("'set':['set',['b','c']]");
  EXPECT_EQ(value("set"), Datum::set({"a", "c"}));
  modify("'set':'d'");
  EXPECT_EQ(value("set"), Datum::set({"a", "c", "d"}));
  modify("'set':['set',['a','c','d']]");
  EXPECT_EQ(value("set"), Datum());
}

TEST_F(ReplicaVersion2, AMapsChangeAddsReplacesAndRemovesPairs) {
  apply("{'T':{'A':{'insert':{'map':['map',[['keep','1'],['change','2'],['go','3']]]}}}}");
  modify("'map':['map',[['change','4'],['go','3'],['new','5']]]");
  EXPECT_EQ(value("map"), Datum::map({{"keep", "1"}, {"change", "4"}, {"new", "5"}}));
}

TEST_F(ReplicaVersion2, ADeletedRowIsGone) {
  apply("{'T':{'A':{'insert':{'name':'x'}}}}");
  const auto changes = replica.apply(update("{'T':{'A':{'delete':null}}}"), true);
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->at(0).before, row_with("name", "x"));
  EXPECT_TRUE(changes->at(0).after.empty());
  EXPECT_EQ(replica.find("T", row_a), nullptr);
  EXPECT_TRUE(replica.rows("T").empty());
}

TEST_F(ReplicaVersion2, AnUpdateThatDoesNotFitIsRejectedWhole) {
  apply("{'T':{'A':{'insert':{'name':'x'}}}}");
  const Rows before = replica.rows("T");
  const std::vector<std::string> wrong{
      "[]",
      "{'T':[]}",
      "{'T':{'B':{'insert':{}},'A':{'insert':{}}}}",
      "{'T':{'B':{'delete':null}}}",
      "{'T':{'B':{'modify':{'name':'y'}}}}",
      "{'T':{'A':{'modify':{'name':'y'}},'B':{'modify':{'name':'y'}}}}",
      "{'T':{'A':{'modify':{'colour':'y'}}}}",
      "{'T':{'A':{'modify':{'name':['map',[]]}}}}",
      "{'T':{'A':{'modify':{'map':'x'}}}}",
      "{'T':{'A':{'modify':{'name':null}}}}",
      "{'T':{'A':{'modify':{'name':'y'},'delete':null}}}",
      "{'T':{'A':{'replace':{}}}}",
      "{'T':{'A':null}}",
  };
  for (const std::string& text : wrong) {
    const auto done = replica.apply(update(text), true);
    ASSERT_FALSE(done) << text;
    EXPECT_EQ(done.error().code, Errc::invalid) << text;
    EXPECT_EQ(replica.rows("T"), before) << text;
  }
}

TEST_F(ReplicaVersion2, ANewDumpYieldsTheDifference) {
  apply("{'T':{'A':{'initial':{'name':'a'}},'B':{'initial':{'name':'b'}}}}");
  const auto same = replica.replace(
      update("{'T':{'A':{'initial':{'name':'a'}},'B':{'initial':{'name':'b'}}}}"), true);
  ASSERT_TRUE(same);
  EXPECT_TRUE(same->empty());
  const auto changes = replica.replace(update("{'T':{'B':{'initial':{'name':'c'}}}}"), true);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ(changes->at(0).uuid, row_a);
  EXPECT_TRUE(changes->at(0).after.empty());
  EXPECT_EQ(changes->at(1).uuid, row_b);
  EXPECT_EQ(changes->at(1).before, row_with("name", "b"));
  EXPECT_EQ(changes->at(1).after, row_with("name", "c"));
  EXPECT_FALSE(replica.replace(update("{'T':{'A':{'modify':{}}}}"), true));
  EXPECT_EQ(replica.rows("T").size(), 1U);
}

TEST(ReplicaWithoutSchema, CannotTellWhatADifferenceMeans) {
  Replica replica;
  ASSERT_TRUE(replica.apply(update("{'T':{'A':{'insert':{'set':'x'}}}}"), true));
  const auto done = replica.apply(update("{'T':{'A':{'modify':{'set':'y'}}}}"), true);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().cause, HasSubstr("schema is not known"));
}

TEST(ReplicaVersion1, RowsComeChangeAndGo) {
  Replica replica;
  replica.learn(example_schema());
  const auto apply = [&](const std::string& text) {
    const auto done = replica.apply(update(text), false);
    EXPECT_TRUE(done) << format(done.error());
    return done.value_or(Changes{});
  };
  apply("{'T':{'A':{'new':{'name':'x','real':1}}}}");
  EXPECT_EQ(get(*replica.find("T", row_a), "real"), Datum(1.0));
  const Changes changes = apply(
      "{'T':{'A':{'old':{'set':['set',[]]},'new':{'name':'x','real':1,'set':['set',['p','q']]}}}}");
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(get(changes[0].before, "set"), Datum());
  EXPECT_EQ(get(changes[0].after, "set"), Datum::set({"p", "q"}));
  apply("{'T':{'A':{'old':{'name':'x'}}}}");
  EXPECT_EQ(replica.find("T", row_a), nullptr);
}

TEST(ReplicaVersion1, AnUpdateThatDoesNotFitIsRejectedWhole) {
  Replica replica;
  ASSERT_TRUE(replica.apply(update("{'T':{'A':{'new':{'name':'x'}}}}"), false));
  const Rows before = replica.rows("T");
  for (const char* text :
       {"{'T':{'A':{'new':{'name':'y'}}}}", "{'T':{'A':{'old':{}},'B':{'old':{}}}}",
        "{'T':{'A':{}}}", "{'T':{'B':{'old':{},'new':{'name':'y'}}}}"}) {
    EXPECT_FALSE(replica.apply(update(text), false)) << text;
    EXPECT_EQ(replica.rows("T"), before) << text;
  }
}

TEST(ReplicaVersion1, WhatIsNotThereIsEmpty) {
  const Replica replica;
  EXPECT_TRUE(replica.rows("T").empty());
  EXPECT_EQ(replica.find("T", row_a), nullptr);
  EXPECT_EQ(get(Row{}, "name"), Datum());
}

}  // namespace
}  // namespace linkfab::ovsdb
