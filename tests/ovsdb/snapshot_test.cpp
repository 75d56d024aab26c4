#include "ovsdb/snapshot.hpp"

#include "tests/ovsdb/session_fixture.hpp"

namespace linkfab::ovsdb {
namespace {

class OvsdbSnapshot : public WithOvsdbServer {
 protected:
  Result<Snapshot> read(Session& session, std::map<std::string, std::vector<std::string>> tables) {
    return run(read_snapshot(session, {.database = "Linkfab", .tables = std::move(tables)}));
  }
};

TEST_F(OvsdbSnapshot, HoldsTheWantedColumnsWithTheirDefaults) {
  const auto session = connected_session();
  const auto added = run(session->transact(add_node("r1")));
  ASSERT_TRUE(added) << format(added.error());
  const auto all = read(*session, {{"Node", {"name", "image", "pid"}}, {"Link", {}}});
  ASSERT_TRUE(all) << format(all.error());
  ASSERT_EQ(all->size(), 1U) << "a table without rows is not in it";
  const Row& row = all->at("Node").at(*added->operations[0].uuid);
  EXPECT_EQ(get(row, "name"), Datum("r1"));
  EXPECT_EQ(get(row, "image"), Datum(""));
  EXPECT_EQ(get(row, "pid"), Datum());
  EXPECT_EQ(get(row, "kind"), Datum()) << "it was not asked for";
}

TEST_F(OvsdbSnapshot, IsReadAnewEachTime) {
  const auto session = connected_session();
  ASSERT_TRUE(run(session->transact(add_node("r1"))));
  ASSERT_TRUE(read(*session, {{"Node", {}}}));
  ASSERT_TRUE(run(session->transact(add_node("r2"))));
  const auto both = read(*session, {{"Node", {}}});
  ASSERT_TRUE(both) << format(both.error());
  EXPECT_EQ(both->at("Node").size(), 2U);
  EXPECT_EQ(session->replica("Linkfab").rows("Node").size(), 2U) << "the session's own goes on";
}

TEST_F(OvsdbSnapshot, NamesATableThatIsNotThere) {
  const auto session = connected_session();
  const auto none = read(*session, {{"Nodes", {}}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::not_found);
  EXPECT_NE(format(none.error()).find("Nodes"), std::string::npos) << format(none.error());
}

}  // namespace
}  // namespace linkfab::ovsdb
