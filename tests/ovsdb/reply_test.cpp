#include <gmock/gmock.h>

#include "ovsdb/transaction.hpp"
#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::HasSubstr;

// An insert and an update.
Transaction two_operations() {
  Transaction txn("D");
  txn.insert("T", {});
  txn.update("U", {}, {{"x", 1}});
  return txn;
}

Result<Reply> decode(const std::string& text) {
  return decode_reply(two_operations(), json_of(text));
}

TEST(Reply, HasAnElementForEachOperation) {
  const auto reply =
      decode(R"([{"uuid":["uuid","550e8400-e29b-41d4-a716-446655440000"]},{"count":3}])");
  ASSERT_TRUE(reply) << format(reply.error());
  EXPECT_EQ(reply->operations.at(0).uuid, Uuid("550e8400-e29b-41d4-a716-446655440000"));
  EXPECT_EQ(reply->operations.at(1).count, 3U);
}

TEST(Reply, AnErrorSaysWhichOperationFailed) {
  const auto reply = decode(R"([{},{"error":"constraint violation","details":"too large"}])");
  ASSERT_FALSE(reply);
  EXPECT_EQ(format(reply.error()),
            "transact on database D: operation 2 (update U): constraint violation: too large");
}

TEST(Reply, AnElementMoreIsTheErrorOfTheCommit) {
  const auto reply = decode(R"([{},{"count":1},{"error":"referential integrity violation"}])");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::refused);
  EXPECT_THAT(reply.error().cause, HasSubstr("commit: referential integrity violation"));
}

TEST(Reply, ErrorsAreSortedByWhatTheCallerCanDo) {
  const auto code = [](const std::string& error) {
    return decode(R"([{"error":")" + error + R"("},null])").error().code;
  };
  EXPECT_EQ(code("timed out"), Errc::conflict);
  EXPECT_EQ(code("not owner"), Errc::conflict);
  EXPECT_EQ(code("permission error"), Errc::denied);
  EXPECT_EQ(code("resources exhausted"), Errc::failed);
  EXPECT_EQ(code("I/O error"), Errc::failed);
  EXPECT_EQ(code("domain error"), Errc::refused);
  EXPECT_EQ(code("syntax error"), Errc::refused);
}

TEST(Reply, SelectedRowsAreDecoded) {
  Transaction txn("D");
  txn.select("T", {}, {"a", "b"});
  const auto reply =
      decode_reply(txn, json_of(R"([{"rows":[{"a":1,"b":["set",[]]},{"a":2,"b":"x"}]}])"));
  ASSERT_TRUE(reply) << format(reply.error());
  ASSERT_EQ(reply->operations[0].rows.size(), 2U);
  EXPECT_EQ(reply->operations[0].rows[1], (Row{{"a", 2}, {"b", "x"}}));
}

TEST(Reply, RowsOfDifferentColumnsKeepTheirOwn) {
  Transaction txn("D");
  txn.select("T", {}, {});
  const auto reply =
      decode_reply(txn, json_of(R"([{"rows":[{"a":1,"b":2},{"a":3,"c":4},{"a":5}]}])"));
  ASSERT_TRUE(reply) << format(reply.error());
  const auto& rows = reply->operations[0].rows;
  EXPECT_EQ(rows, (std::vector<Row>{{{"a", 1}, {"b", 2}}, {{"a", 3}, {"c", 4}}, {{"a", 5}}}));
}

TEST(Reply, WhatIsMalformedIsAnError) {
  for (const char* text : {"null", "{}", "[]", "[{}]", "[{},null]", "[{},7]",
                           R"([{"uuid":["uuid","x"]},{}])", R"([{"rows":[1]},{}])"}) {
    const auto reply = decode(text);
    ASSERT_FALSE(reply) << text;
    EXPECT_EQ(reply.error().code, Errc::invalid) << text;
  }
}

}  // namespace
}  // namespace linkfab::ovsdb
