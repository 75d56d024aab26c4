#include "fabric/edit.hpp"

#include <gtest/gtest.h>

#include "fabric/rows.hpp"
#include "tests/ovsdb/json.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::Row;
using ovsdb::Transaction;
using ovsdb::Uuid;

const Uuid link_row{"11111111-1111-1111-1111-111111111111"};
const Uuid impairment_row{"22222222-2222-2222-2222-222222222222"};

Direction direction(std::optional<Uuid> impairment) {
  return {"Link", link_row, "a_to_b", std::nullopt, impairment};
}

Row row_of(const Impairment& impairment) {
  return impairment_columns(impairment);
}

// Behind the name of the database.
Json::Value operations_of(const Transaction& change) {
  return ovsdb::json_of(change.params_text().value());
}

Impairment delayed(int milliseconds) {
  Impairment impairment;
  impairment.delay = std::chrono::milliseconds{milliseconds};
  return impairment;
}

TEST(ChangedColumns, ARealThatCameAsAnIntegerIsTheSameNumber) {
  const Row row{{"loss", Datum(std::int64_t{1})},
                {"loss_gemodel", Datum::map({{"p", std::int64_t{2}}})}};
  EXPECT_TRUE(
      changed_columns(row, {{"loss", 1.0}, {"loss_gemodel", Datum::map({{"p", 2.0}})}}).empty());
  EXPECT_EQ(changed_columns(row, {{"loss", 1.5}}).size(), 1u);
}

TEST(ChangedColumns, ARealOfWhichTheServerKeptFifteenDigitsIsTheSameNumber) {
  EXPECT_TRUE(
      changed_columns({{"loss", 33.3333333333333}}, {{"loss", 33.333333333333336}}).empty());
  EXPECT_EQ(changed_columns({{"loss", 33.333333333333}}, {{"loss", 33.333333333333336}}).size(),
            1u);
}

TEST(ChangedColumns, AnEmptyMapAndAnEmptySetAreTheSame) {
  EXPECT_TRUE(changed_columns({{"slot", Datum()}}, {{"slot", Datum::map({})}}).empty());
}

TEST(ChangeImpairment, ARowThatSaysItAlreadyIsLeftAlone) {
  Transaction change{database};
  const Row row = row_of(delayed(20));
  EXPECT_FALSE(change_impairment(change, direction(impairment_row), &row, delayed(20)));
  EXPECT_TRUE(change.empty());
}

TEST(ChangeImpairment, OnlyTheColumnThatDiffersIsWritten) {
  Transaction change{database};
  const Row row = row_of(delayed(20));
  EXPECT_TRUE(change_impairment(change, direction(impairment_row), &row, delayed(30)));
  const auto update = operations_of(change)[2];
  EXPECT_EQ(update["op"].asString(), "update");
  EXPECT_EQ(update["row"].getMemberNames(), std::vector<std::string>{"delay_ns"});
}

TEST(ChangeImpairment, TheDefaultTakesTheReferenceAway) {
  Transaction change{database};
  const Row row = row_of(delayed(20));
  EXPECT_TRUE(change_impairment(change, direction(impairment_row), &row, {}));
  const auto operations = operations_of(change);
  const auto last = operations[operations.size() - 1];
  EXPECT_EQ(last["table"].asString(), "Link");
  EXPECT_TRUE(last["row"]["a_to_b"][1].empty());
}

TEST(ChangeImpairment, TheDefaultWhereThereIsNoneIsNothingToDo) {
  Transaction change{database};
  EXPECT_FALSE(change_impairment(change, direction(std::nullopt), nullptr, {}));
  EXPECT_TRUE(change.empty());
}

TEST(ChangeImpairment, AFirstOneIsInsertedAndReferredTo) {
  Transaction change{database};
  EXPECT_TRUE(change_impairment(change, direction(std::nullopt), nullptr, delayed(20)));
  const auto operations = operations_of(change);
  EXPECT_EQ(operations[1]["op"].asString(), "insert");
  EXPECT_EQ(operations[2]["op"].asString(), "wait");  // nobody else was faster
  EXPECT_EQ(operations[3]["row"]["a_to_b"][0].asString(), "named-uuid");
}

TEST(Converge, AnEmptyDatabaseGetsTheFabricRowAndAllObjectsInOneTransaction) {
  Topology topology{.name = "lab", .nodes = {}, .links = {}, .segments = {}};
  topology.nodes["r1"].interfaces["eth0"];
  topology.nodes["r2"].interfaces["eth0"];
  topology.links["cable"] = {.a = {"r1", "eth0"}, .b = {"r2", "eth0"}, .a_to_b = delayed(5)};
  const auto change = converge({}, topology).value();
  // Fabric, 2 × (Interface, Node), Impairment, Link, comment, next_cfg raised and read.
  EXPECT_EQ(change.size(), 10u);
}

}  // namespace
}  // namespace linkfab::fabric
