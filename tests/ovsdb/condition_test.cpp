// A monitor of some rows only.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/ovsdb/proxy.hpp"
#include "tests/ovsdb/session_fixture.hpp"
#include "tests/support/member_server.hpp"

namespace linkfab::ovsdb {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OvsdbCondition : public WithOvsdbServer {
 protected:
  // Follows nodes with h1 among their routes, or without any.
  std::unique_ptr<Session> follower_of_h1(std::string remote) {
    auto session = std::make_unique<Session>(context.get_executor(),
                                             SessionOptions{.remotes = {std::move(remote)}});
    Monitor monitor{.database = "Linkfab",
                    .tables = {{"Node", {"name", "image", "options"}}, {"Fabric", {"next_cfg"}}},
                    .where = {}};
    monitor.where["Node"] = {
        {.column = "routes", .function = "includes", .value = Datum::set({"h1"})},
        {.column = "routes", .function = "==", .value = Datum::set({})}};
    session->monitor(std::move(monitor));
    session->on_change([this](const std::string&, const Changes& changes, bool) {
      for (const Change& change : changes)
        seen.push_back((change.before.empty()  ? "comes "
                        : change.after.empty() ? "goes "
                                               : "changes ") +
                       get(change.after.empty() ? change.before : change.after, "name").string());
    });
    return session;
  }
  std::unique_ptr<Session> follower_of_h1() { return follower_of_h1(server.remote()); }

  void add(const std::string& name, const Datum& routes) {
    auto columns = node(name);
    columns.emplace_back("routes", routes);
    Transaction txn("Linkfab");
    txn.insert("Node", columns);
    write(std::move(txn));
  }
  void update(const std::string& name, const Columns& columns) {
    Transaction txn("Linkfab");
    txn.update("Node", by_column("name", name), columns);
    write(std::move(txn));
  }
  void route(const std::string& name, const Datum& routes) { update(name, {{"routes", routes}}); }
  void write(Transaction txn) {
    const auto reply = run(writer->transact(std::move(txn)));
    ASSERT_TRUE(reply) << format(reply.error());
  }
  bool sees(const Session& session, const std::vector<std::string>& wanted) {
    return run_until([&] { return names(session) == wanted; });
  }
  static std::vector<std::string> names(const Session& session) {
    std::vector<std::string> names;
    for (const auto& [uuid, row] : session.replica("Linkfab").rows("Node"))
      names.push_back(get(row, "name").string());
    std::sort(names.begin(), names.end());
    return names;
  }

  // While the session has no connection rows come, go and change.
  void expect_news_of_meanwhile(const std::string& socket, const std::function<void()>& then) {
    Proxy proxy(context, server.file("proxy.sock"), socket);
    add("comes", Datum::set({"h2"}));
    add("goes", Datum::set({"h1"}));
    add("stays", Datum::set({"h1"}));
    add("comes-and-goes", Datum::set({"h2"}));
    add("goes-and-comes", Datum::set({"h1"}));
    const auto session = follower_of_h1("unix:" + server.file("proxy.sock"));
    start(*session);
    seen.clear();
    proxy.hang_up();
    ASSERT_TRUE(run_until([&] { return !session->connected(); }));
    route("comes", Datum::set({"h1"}));
    route("goes", Datum::set({"h2"}));
    update("stays", {{"image", "new"}});
    route("comes-and-goes", Datum::set({"h1"}));
    route("comes-and-goes", Datum::set({"h2"}));
    route("goes-and-comes", Datum::set({"h2"}));
    update("goes-and-comes", {{"image", "new"}});
    route("goes-and-comes", Datum::set({"h1"}));
    then();
    ASSERT_TRUE(run_until([&] { return session->connected() && writer->connected(); }));
    std::sort(seen.begin(), seen.end());
    EXPECT_THAT(seen,
                ElementsAre("changes goes-and-comes", "changes stays", "comes comes", "goes goes"));
    update("comes", {{"image", "newer"}});
    EXPECT_TRUE(run_until([&] { return seen.back() == "changes comes"; }));
    EXPECT_THAT(names(*session), ElementsAre("comes", "goes-and-comes", "stays"));
  }

  std::unique_ptr<Session> writer = connected_session();
  std::vector<std::string> seen;
};

TEST_F(OvsdbCondition, RowsForWhichNoClauseHoldsAreNotThere) {
  add("here", Datum::set({"h1"}));
  add("there", Datum::set({"h2"}));
  add("between", Datum::set({"h1", "h2"}));
  add("anywhere", Datum::set({}));
  const auto session = follower_of_h1();
  start(*session);
  EXPECT_THAT(names(*session), ElementsAre("anywhere", "between", "here"));
  add("there-too", Datum::set({"h2"}));
  add("last", Datum::set({"h1"}));
  EXPECT_TRUE(sees(*session, {"anywhere", "between", "here", "last"}));
}

TEST_F(OvsdbCondition, ARowComesWholeAndGoesAsItsClausesDo) {
  add("a", Datum::set({"h2"}));
  const auto session = follower_of_h1();
  start(*session);
  update("a", {{"image", "one"}, {"options", Datum::map({{"k", "v"}})}});
  route("a", Datum::set({"h1", "h2"}));
  ASSERT_TRUE(sees(*session, {"a"}));
  const auto& row = session->replica("Linkfab").rows("Node").begin()->second;
  EXPECT_EQ(get(row, "image"), Datum("one"));
  EXPECT_EQ(get(row, "options"), Datum::map({{"k", "v"}}));
  route("a", Datum::set({"h2"}));
  EXPECT_TRUE(sees(*session, {}));
  route("a", Datum::set({}));
  EXPECT_TRUE(sees(*session, {"a"}));
  update("a", {{"image", "two"}, {"routes", Datum::set({"h2"})}});
  EXPECT_TRUE(sees(*session, {}));
  EXPECT_THAT(seen, ElementsAre("comes a", "goes a", "comes a", "goes a"));
}

TEST_F(OvsdbCondition, AChangeOfAnotherRowIsNoNews) {
  add("a", Datum::set({"h2"}));
  add("b", Datum::set({"h1"}));
  const auto session = follower_of_h1();
  start(*session);
  seen.clear();
  update("a", {{"image", "one"}});
  update("b", {{"image", "one"}});
  EXPECT_TRUE(run_until([&] { return !seen.empty(); }));
  EXPECT_THAT(seen, ElementsAre("changes b"));
}

TEST_F(OvsdbCondition, WhatCameAndWentMeanwhileIsSeenAfterAReconnection) {
  expect_news_of_meanwhile(server.file("db.sock"), [] {});
}

TEST_F(OvsdbCondition, AndAfterARestartOfTheServer) {
  expect_news_of_meanwhile(server.file("db.sock"), [this] { server.restart(); });
}

// It knows which transaction was the last that the session saw, as long as the transactions since
// then are fewer than what the database holds, and tells only of those.
TEST_F(OvsdbCondition, AndOfAClusterThatTellsTheDifference) {
  test::MemberServer member;
  test::OvsdbServer::command(
      {"ovsdb-tool", "create-cluster", member.database(), linkfab_schema_file, member.address()});
  member.start();
  writer = make_session({.remotes = {member.remote()}});
  start(*writer);
  for (int i = 0; i < 100; ++i) add("more" + std::to_string(i), Datum::set({"h2"}));
  expect_news_of_meanwhile(member.file("db.sock"), [] {});
}

TEST_F(OvsdbCondition, AServerThatKnowsNoConditionsSendsAllRows) {
  add("here", Datum::set({"h1"}));
  add("there", Datum::set({"h2"}));
  for (const bool oldest : {false, true}) {
    SCOPED_TRACE(oldest ? "monitor" : "monitor_cond");
    std::filesystem::remove(server.file("proxy.sock"));
    Proxy proxy(context, server.file("proxy.sock"), server.file("db.sock"));
    proxy.forget("monitor_cond_since");
    if (oldest) proxy.forget("monitor_cond");
    const auto session = follower_of_h1("unix:" + server.file("proxy.sock"));
    start(*session);
    if (oldest)
      EXPECT_THAT(names(*session), ElementsAre("here", "there"));
    else
      EXPECT_THAT(names(*session), ElementsAre("here"));
  }
}

TEST_F(OvsdbCondition, AClauseOfAColumnThatIsNotThereFailsTheConnection) {
  Session session(context.get_executor(), {.remotes = {server.remote()}});
  Monitor monitor{.database = "Linkfab", .tables = {{"Node", {"name"}}}, .where = {}};
  monitor.where["Node"] = {{.column = "wished_by", .function = "==", .value = "x"}};
  session.monitor(std::move(monitor));
  session.start();
  const auto connected = run(session.wait_connected(milliseconds{300}));
  ASSERT_FALSE(connected);
  EXPECT_THAT(format(connected.error()), HasSubstr("wished_by"));
}

}  // namespace
}  // namespace linkfab::ovsdb
