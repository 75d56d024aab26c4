#include "fabric/status.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/ovsdb/json.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Datum;
using ovsdb::Uuid;

const Uuid row_a{"aaaaaaaa-0000-0000-0000-000000000000"};
const Uuid row_b{"bbbbbbbb-0000-0000-0000-000000000000"};

InterfaceStatus up(std::uint32_t ofport) {
  return {.state = InterfaceStatus::State::up, .device = "lf0", .ofport = ofport};
}

// The columns of each row that the transaction updates.
std::vector<std::vector<std::string>> written(StatusWriter& writer) {
  std::vector<std::vector<std::string>> columns;
  const auto params = ovsdb::json_of(writer.take().params_text().value());
  for (Json::ArrayIndex i = 1; i < params.size(); ++i)
    columns.push_back(params[i]["row"].getMemberNames());
  return columns;
}
using Written = std::vector<std::vector<std::string>>;

TEST(StatusWriter, WritesOnlyWhatDiffers) {
  StatusWriter writer;
  writer.set("Interface", row_a, status_columns(up(1)));
  EXPECT_EQ(written(writer),
            (Written{{"carrier", "device", "error", "ofport", "state", "warning"}}));
  writer.set("Interface", row_a, status_columns(up(1)));
  EXPECT_FALSE(writer.pending());
  writer.set("Interface", row_a, status_columns(up(2)));
  EXPECT_EQ(written(writer), Written{{"ofport"}});
}

TEST(StatusWriter, WritesAValueThatIsGone) {
  StatusWriter writer;
  InterfaceStatus failed{.state = InterfaceStatus::State::error, .error = "no such device"};
  writer.set("Interface", row_a, status_columns(failed));
  (void)writer.take();
  failed.error.clear();
  writer.set("Interface", row_a, status_columns(failed));
  const auto params = ovsdb::json_of(writer.take().params_text().value());
  ASSERT_EQ(params.size(), 2U);
  EXPECT_EQ(params[1]["row"]["error"], to_json(Datum()));
}

TEST(StatusWriter, KeepsRowsApart) {
  StatusWriter writer;
  writer.set("Interface", row_a, status_columns(up(1)));
  writer.set("Interface", row_b, status_columns(up(1)));
  EXPECT_EQ(written(writer).size(), 2U);
}

TEST(StatusWriter, WritesAllAgainOnceWhatWasWrittenIsNotKnown) {
  StatusWriter writer;
  writer.set("Interface", row_a, status_columns(up(1)));
  writer.set("Interface", row_b, status_columns(up(1)));
  (void)writer.take();
  writer.drop(row_a);
  writer.set("Interface", row_a, status_columns(up(1)));
  writer.set("Interface", row_b, status_columns(up(1)));
  EXPECT_EQ(written(writer).size(), 1U);
  writer.forget();
  writer.set("Interface", row_a, status_columns(up(1)));
  writer.set("Interface", row_b, status_columns(up(1)));
  EXPECT_EQ(written(writer),
            (Written(2, {"carrier", "device", "error", "ofport", "state", "warning"})));
}

TEST(StatusColumns, WhatThereIsNotIsEmpty) {
  for (const auto& [name, value] : status_columns(NodeStatus{})) {
    if (name == "state") {
      EXPECT_EQ(value, Datum("pending"));
    }
    if (name == "pid" || name == "container" || name == "error") {
      EXPECT_TRUE(value.empty()) << name;
    }
  }
}

}  // namespace
}  // namespace linkfab::fabric
