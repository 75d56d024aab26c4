// Rows of processes beside a lab.
#include <gmock/gmock.h>

#include "fabric/edit.hpp"
#include "fabric/owners.hpp"
#include "fabric/rows.hpp"
#include "tests/fabric/desired_of.hpp"

namespace linkfab::fabric {
namespace {

using testing::HasSubstr;
using testing::Not;

const ovsdb::Uuid lab_node{"11111111-1111-1111-1111-111111111111"};
const ovsdb::Uuid process_node{"22222222-2222-2222-2222-222222222222"};

// A node of the lab, one of a process.
ovsdb::Replica both() {
  Json::Value schema;
  Json::Reader().parse(std::string(ovsdb::linkfab_schema()), schema);
  ovsdb::Replica replica;
  replica.learn(*ovsdb::schema_from_json(schema, wanted_columns().tables));
  Json::Value tables;
  tables["Fabric"]["33333333-3333-3333-3333-333333333333"]["initial"]["name"] = "lab";
  tables["Node"][lab_node.text()]["initial"]["name"] = "r1";
  tables["Node"][process_node.text()]["initial"]["name"] = "ubridge-7";
  tables["Node"][process_node.text()]["initial"]["owner"] = "7 123";
  (void)replica.replace(tables, true);
  return replica;
}

std::string text(const ovsdb::Transaction& change) {
  return *change.params_text();
}

TEST(Owned, ALabTakesItsOwnRowsAwayOnly) {
  const auto change = text(converge(both(), Topology{.name = "lab"}).value());
  EXPECT_THAT(change, HasSubstr(lab_node.text()));
  EXPECT_THAT(change, Not(HasSubstr(process_node.text())));
}

TEST(Owned, TakingALabDownLeavesThem) {
  EXPECT_THAT(text(take_down(true)), HasSubstr(R"(["owner","==",""])"));
  EXPECT_TRUE(has_owned(both()));
  EXPECT_TRUE(has_lab(both()));
}

TEST(Owned, TheRowsOfOneProcessAreErased) {
  const auto change = text(remove_owned({"7 123"}));
  EXPECT_THAT(change, HasSubstr(R"(["owner","==","7 123"])"));
  EXPECT_THAT(change, HasSubstr("Link"));
}

TEST(Owned, OfADatabaseOfSeveralHostsThoseOfOneHost) {
  const auto change = text(remove_owned({"7 123"}, "h1"));
  EXPECT_THAT(change, HasSubstr(R"([["owner","==","7 123"],["host","==","h1"]])"));
}

}  // namespace
}  // namespace linkfab::fabric
