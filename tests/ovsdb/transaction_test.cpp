#include "ovsdb/transaction.hpp"

#include <gmock/gmock.h>

#include "tests/ovsdb/json.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::HasSubstr;

TEST(Transaction, OperationsAreThoseOfRfc7047InOrder) {
  Transaction txn("Open_vSwitch");
  txn.require_exists("Bridge", by_column("name", "br0"));
  const Uuid interface = txn.insert("Interface", {{"name", "v0"}});
  const Uuid port = txn.insert("Port", {{"interfaces", interface}});
  txn.mutate("Bridge", by_column("name", "br0"), "ports", "insert", port);
  txn.update("Port", by_uuid(Uuid("550e8400-e29b-41d4-a716-446655440000")), {{"tag", 7}});
  txn.require("Port", {{"tag", ">", 3}}, {{"trunks", Datum()}});
  txn.erase("Mirror", {});
  txn.select("Port", {}, {"name"});
  txn.comment("done");
  txn.assert_lock("agent");
  txn.durable();
  EXPECT_EQ(txn.size(), 11U);
  EXPECT_EQ(json_of(txn.params_text().value()), json_of(R"(["Open_vSwitch",
    {"op":"wait","timeout":0,"table":"Bridge","where":[["name","==","br0"]],"columns":["_uuid"],"until":"!=","rows":[]},
    {"op":"insert","table":"Interface","row":{"name":"v0"},"uuid-name":"row1"},
    {"op":"insert","table":"Port","row":{"interfaces":["named-uuid","row1"]},"uuid-name":"row2"},
    {"op":"mutate","table":"Bridge","where":[["name","==","br0"]],"mutations":[["ports","insert",["named-uuid","row2"]]]},
    {"op":"update","table":"Port","where":[["_uuid","==",["uuid","550e8400-e29b-41d4-a716-446655440000"]]],"row":{"tag":7}},
    {"op":"wait","timeout":0,"table":"Port","where":[["tag",">",3]],"columns":["trunks"],"until":"==","rows":[{"trunks":["set",[]]}]},
    {"op":"delete","table":"Mirror","where":[]},
    {"op":"select","table":"Port","where":[],"columns":["name"]},
    {"op":"comment","comment":"done"},
    {"op":"assert","lock":"agent"},
    {"op":"commit","durable":true}])"));
}

TEST(Transaction, TheTextIsTheSameAsTheValue) {
  Transaction txn("D");
  EXPECT_TRUE(txn.empty());
  EXPECT_EQ(txn.params_text().value(), R"(["D"])");
  txn.insert("T", {{"r", 1.0}, {"m", Datum::map({{"k", "v"}})}});
  txn.durable();
  EXPECT_EQ(
      txn.params_text().value(),
      R"(["D",{"op":"insert","row":{"m":["map",[["k","v"]]],"r":1.0},"table":"T","uuid-name":"row1"},{"durable":true,"op":"commit"}])");
}

TEST(Transaction, AValueThatCannotBeSentIsNamedWithItsOperation) {
  Transaction txn("D");
  txn.comment("fine");
  txn.insert("T", {{"name", "\xff"}});
  const auto text = txn.params_text();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::invalid);
  EXPECT_THAT(text.error().attempt, HasSubstr("in operation 2 (insert T)"));
}

}  // namespace
}  // namespace linkfab::ovsdb
