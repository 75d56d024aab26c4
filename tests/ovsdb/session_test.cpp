#include <optional>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include "tests/ovsdb/session_fixture.hpp"

namespace linkfab::ovsdb {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OvsdbSession : public WithOvsdbServer {};

std::vector<std::string> node_names(const Session& session) {
  std::vector<std::string> names;
  for (const auto& [uuid, row] : session.replica("Linkfab").rows("Node"))
    names.push_back(get(row, "name").string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_F(OvsdbSession, AnInsertedRowIsInTheReplicaWhenTheReplyIsThere) {
  const auto session = connected_session();
  const auto reply = run(session->transact(add_node("r1")));
  ASSERT_TRUE(reply) << format(reply.error());
  ASSERT_EQ(reply->operations.size(), 1U);
  const Row* row = session->replica("Linkfab").find("Node", *reply->operations[0].uuid);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(get(*row, "name"), Datum("r1"));
  EXPECT_EQ(get(*row, "image"), Datum("")) << "a default value that the update left out";
  EXPECT_EQ(get(*row, "pid"), Datum());
  EXPECT_EQ(get(*row, "options"), Datum::map({}));
}

TEST_F(OvsdbSession, TellsAChangeBeforeTheReplyOfItsTransaction) {
  const auto session = make_session();
  std::vector<std::string> order;
  session->on_change([&](const std::string& database, const Changes& changes, bool resync) {
    EXPECT_EQ(database, "Linkfab");
    if (!resync) order.push_back("change of " + changes.at(0).table);
  });
  start(*session);
  EXPECT_TRUE(run(session->transact(add_node("r1"))));
  order.emplace_back("reply");
  EXPECT_THAT(order, ElementsAre("change of Node", "reply"));
}

TEST_F(OvsdbSession, ChangesOfSetsMapsAndScalarsReachAnotherSession) {
  const auto writer = connected_session();
  const auto reader = connected_session();
  ASSERT_TRUE(run(writer->transact(add_node("r1"))));
  const auto change = [&](const char* column, const char* mutator, const Datum& value) {
    Transaction txn("Linkfab");
    txn.mutate("Node", by_column("name", "r1"), column, mutator, value);
    const auto reply = run(writer->transact(std::move(txn)));
    ASSERT_TRUE(reply) << format(reply.error());
    EXPECT_EQ(reply->operations[0].count, 1U);
  };
  change("routes", "insert", Datum::set({"10.0.0.0/8", "11.0.0.0/8"}));
  change("routes", "insert", Datum::set({"12.0.0.0/8"}));
  change("routes", "delete", Datum::set({"10.0.0.0/8"}));
  change("options", "insert", Datum::map({{"a", "1"}, {"b", "2"}}));
  change("options", "delete", Datum::set({"a"}));
  Transaction txn("Linkfab");
  txn.update("Node", {},
             {{"pid", 7}, {"image", "alpine"}, {"options", Datum::map({{"b", "3"}, {"c", "4"}})}});
  ASSERT_TRUE(run(writer->transact(std::move(txn))));

  ASSERT_TRUE(run_until([&] {
    const Rows& rows = reader->replica("Linkfab").rows("Node");
    return !rows.empty() && get(rows.begin()->second, "pid") == Datum(7);
  }));
  const Row& row = reader->replica("Linkfab").rows("Node").begin()->second;
  EXPECT_EQ(get(row, "routes"), Datum::set({"11.0.0.0/8", "12.0.0.0/8"}));
  EXPECT_EQ(get(row, "options"), Datum::map({{"b", "3"}, {"c", "4"}}));
  EXPECT_EQ(get(row, "image"), Datum("alpine"));
}

TEST_F(OvsdbSession, RealsComeBackAsReals) {
  const auto session = connected_session();
  Transaction txn("Linkfab");
  txn.insert("Node", {{"name", "r1"}, {"kind", "netns"}, {"wanted", "running"}});
  txn.comment("an impairment needs something that refers to it");
  const Uuid impairment =
      txn.insert("Impairment",
                 {{"loss", 1.0}, {"duplicate", 0.1}, {"rate_bps", std::int64_t{9007199254740993}}});
  txn.insert("Link", {{"name", "l"}, {"wanted", "up"}, {"a_to_b", impairment}});
  const auto reply = run(session->transact(std::move(txn)));
  ASSERT_TRUE(reply) << format(reply.error());
  const Rows& rows = session->replica("Linkfab").rows("Impairment");
  ASSERT_EQ(rows.size(), 1U);
  const Row& row = rows.begin()->second;
  EXPECT_EQ(get(row, "loss"), Datum(1.0));
  EXPECT_EQ(get(row, "duplicate"), Datum(0.1));
  EXPECT_EQ(get(row, "loss_correlation"), Datum(0.0));
  EXPECT_EQ(get(row, "rate_bps"), Datum(std::int64_t{9007199254740993}));
}

TEST_F(OvsdbSession, SelectReturnsTheRowsOfTheColumnsAskedFor) {
  const auto session = connected_session();
  ASSERT_TRUE(run(session->transact(add_node("r1"))));
  Transaction txn("Linkfab");
  txn.select("Node", by_column("name", "r1"), {"name", "kind"});
  const auto reply = run(session->transact(std::move(txn)));
  ASSERT_TRUE(reply) << format(reply.error());
  ASSERT_EQ(reply->operations[0].rows.size(), 1U);
  EXPECT_EQ(reply->operations[0].rows[0], (Row{{"name", "r1"}, {"kind", "netns"}}));
}

TEST_F(OvsdbSession, ADoubleNameIsRefusedAtCommit) {
  const auto session = connected_session();
  ASSERT_TRUE(run(session->transact(add_node("r1"))));
  const auto reply = run(session->transact(add_node("r1")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::refused);
  EXPECT_THAT(format(reply.error()),
              HasSubstr("transact on database Linkfab: commit: constraint violation"));
}

TEST_F(OvsdbSession, ADanglingStrongReferenceIsRefusedAtCommit) {
  const auto session = connected_session();
  Columns columns = node("r1");
  columns.emplace_back("interfaces", Uuid("11111111-2222-3333-4444-555555555555"));
  Transaction txn("Linkfab");
  txn.insert("Node", columns);
  const auto reply = run(session->transact(std::move(txn)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::refused);
  EXPECT_THAT(reply.error().cause, HasSubstr("commit: referential integrity violation"));
}

TEST_F(OvsdbSession, AValueOutOfRangeIsRefusedWithItsOperation) {
  const auto session = connected_session();
  Transaction txn = add_node("r1");
  txn.insert("Impairment", {{"loss", 101.0}});
  const auto reply = run(session->transact(std::move(txn)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::refused);
  EXPECT_THAT(reply.error().cause,
              HasSubstr("operation 2 (insert Impairment): constraint violation"));
  EXPECT_TRUE(node_names(*session).empty());
}

TEST_F(OvsdbSession, ARequireThatDoesNotHoldIsAConflict) {
  const auto session = connected_session();
  ASSERT_TRUE(run(session->transact(add_node("r1"))));
  const auto pause = [&](const char* from) {
    Transaction txn("Linkfab");
    txn.require("Node", by_column("name", "r1"), {{"wanted", from}});
    txn.update("Node", by_column("name", "r1"), {{"wanted", "paused"}});
    return run(session->transact(std::move(txn)));
  };
  EXPECT_TRUE(pause("running"));
  const auto stale = pause("running");
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, Errc::conflict);
  EXPECT_THAT(stale.error().cause, HasSubstr("operation 1 (wait Node): timed out"));
}

TEST_F(OvsdbSession, APortOnAMissingBridgeIsRefusedWhole) {
  Session session(context.get_executor(), {.remotes = {server.remote()}});
  session.monitor({.database = "Open_vSwitch", .tables = {{"Port", {"name"}}, {"Interface", {}}}});
  start(session);
  const auto attach = [](bool require) {
    Transaction txn("Open_vSwitch");
    if (require) txn.require_exists("Bridge", by_column("name", "nope"));
    const Uuid interface = txn.insert("Interface", {{"name", "v0"}});
    const Uuid port = txn.insert("Port", {{"name", "v0"}, {"interfaces", interface}});
    txn.mutate("Bridge", by_column("name", "nope"), "ports", "insert", port);
    return txn;
  };
  const auto guarded = run(session.transact(attach(true)));
  ASSERT_FALSE(guarded);
  EXPECT_EQ(guarded.error().code, Errc::conflict);
  const auto unguarded = run(session.transact(attach(false)));
  ASSERT_TRUE(unguarded) << "without require the server reports success";
  EXPECT_EQ(unguarded->operations.back().count, 0U);
  EXPECT_TRUE(session.replica("Open_vSwitch").rows("Port").empty());
}

TEST_F(OvsdbSession, RequireExistsHoldsWhereARowMatches) {
  const auto session = connected_session();
  ASSERT_TRUE(run(session->transact(add_node("r1"))));
  Transaction txn("Linkfab");
  txn.require_exists("Node", by_column("name", "r1"));
  txn.erase("Node", by_column("name", "r1"));
  txn.durable();
  const auto reply = run(session->transact(std::move(txn)));
  ASSERT_TRUE(reply) << format(reply.error());
  EXPECT_EQ(reply->operations[1].count, 1U);
  EXPECT_TRUE(node_names(*session).empty());
}

TEST_F(OvsdbSession, AnUnknownDatabaseIsNotFound) {
  const auto session = connected_session();
  const auto reply = run(session->transact(Transaction("Nope")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::not_found);
}

TEST_F(OvsdbSession, TextThatTheServerWouldHangUpOnDoesNotReachIt) {
  const auto session = connected_session();
  for (const std::string& name : {std::string("\xff"), std::string("a\0b", 3)}) {
    const auto reply = run(session->transact(add_node(name)));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::invalid);
    EXPECT_THAT(reply.error().attempt, HasSubstr("operation 1 (insert Node)"));
  }
  EXPECT_TRUE(session->connected());
  EXPECT_TRUE(run(session->transact(add_node("gr\xc3\xbc\xc3\x9f \"\\\x01"))));
  EXPECT_THAT(node_names(*session), ElementsAre("gr\xc3\xbc\xc3\x9f \"\\\x01"));
}

TEST_F(OvsdbSession, TenThousandRowsGoInOneTransactionAndComeInOneChange) {
  const auto writer = connected_session();
  const auto reader = make_session();
  std::vector<std::size_t> sizes;
  reader->on_change([&](const std::string&, const Changes& changes, bool resync) {
    if (!resync) sizes.push_back(changes.size());
  });
  start(*reader);
  Transaction txn("Linkfab");
  for (int i = 0; i < 10000; ++i) txn.insert("Node", node("r" + std::to_string(i)));
  const auto reply = run(writer->transact(std::move(txn)));
  ASSERT_TRUE(reply) << format(reply.error());
  EXPECT_EQ(reply->operations.size(), 10000U);
  ASSERT_TRUE(run_until([&] { return !sizes.empty(); }));
  EXPECT_THAT(sizes, ElementsAre(10000U));
  const auto late = connected_session();
  EXPECT_EQ(late->replica("Linkfab").rows("Node").size(), 10000U);
}

TEST_F(OvsdbSession, ManyRequestsInFlightAreAllAnswered) {
  const auto session = connected_session();
  int done = 0;
  for (int i = 0; i < 3000; ++i)
    boost::asio::co_spawn(context, session->transact(add_node("r" + std::to_string(i))),
                          [&](const std::exception_ptr&, const Result<Reply>& reply) {
                            done += reply.has_value() ? 1 : 0;
                          });
  EXPECT_TRUE(run_until([&] { return done == 3000; }));
  EXPECT_EQ(node_names(*session).size(), 3000U);
}

TEST_F(OvsdbSession, RequestTakesAnyMethod) {
  const auto session = connected_session();
  const auto names = run(session->request("list_dbs", Json::Value(Json::arrayValue)));
  ASSERT_TRUE(names) << format(names.error());
  EXPECT_EQ(names->size(), 3U);
  const auto none = run(session->request("no_such_method", Json::Value(Json::arrayValue)));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::unsupported);
}

TEST_F(OvsdbSession, AMonitorOfAMissingColumnSaysSo) {
  Session session(context.get_executor(), {.remotes = {server.remote()}});
  session.monitor({.database = "Linkfab", .tables = {{"Node", {"colour"}}}});
  session.start();
  const auto connected = run(session.wait_connected(milliseconds{300}));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Errc::unreachable);
  EXPECT_THAT(format(connected.error()), HasSubstr("of table Node: there is no column \"colour\""));
}

}  // namespace
}  // namespace linkfab::ovsdb
