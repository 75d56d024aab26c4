// What an agent or a client may write by TLS, as a real ovsdb-server decides.
#include "fabric/database_access.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include "fabric/database_file.hpp"
#include "fabric/edit.hpp"
#include "fabric/sharing.hpp"
#include "ovsdb/linkfab_schema.hpp"
#include "tests/fabric/desired_fixture.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/member_server.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Columns;
using ovsdb::Session;
using ovsdb::Transaction;
using std::chrono::seconds;

class DatabaseAccess : public testing::Test {
 protected:
  DatabaseAccess() {
    test::make_certificates(server_.directory(), {"server", "host1", "host2"});
    const Sharing sharing{.listen = std::vector{target()}, .tls = files("server")};
    EXPECT_TRUE(create_database(server_.database(), std::string(ovsdb::linkfab_schema())));
    server_.start(server_options(sharing, false));
    grant({target()});
    operator_ = session({.remotes = {server_.remote()}});
    host1_ = session(session_options(server_.host_port("ssl:"), files("host1")));
    EXPECT_TRUE(connect(*operator_));
    EXPECT_TRUE(connect(*host1_));
    make_lab();
  }

  // A node with an interface on each host, a link and a segment of each.
  void make_lab() {
    Transaction lab{database};
    for (const std::string host : {"host1", "host2"}) {
      lab.insert("Host", {{"name", host}});
      const auto interfaces = add_node(lab, "node-" + host, {"eth0"});
      add_link(lab, "link-" + host, interfaces[0], interfaces[0], {{"host", host}});
      add_segment(lab, "segment-" + host, {}, {{"host", host}});
      lab.update("Node", ovsdb::by_column("name", "node-" + host), {{"host", host}});
      lab.update("Interface", {}, {{"host", host}});  // host2's at the end: see below
    }
    const auto made = run(operator_->transact(std::move(lab)));
    ASSERT_TRUE(made) << format(made.error());
  }

  [[nodiscard]] std::string target() const {
    const auto port = server_.address();
    return "pssl:" + port.substr(port.rfind(':') + 1) + ":127.0.0.1";
  }
  [[nodiscard]] ovsdb::TlsFiles files(const std::string& name) const {
    return {.private_key = server_.file(name + "-key.pem"),
            .certificate = server_.file(name + "-cert.pem"),
            .ca_certificate = server_.file("ca-cert.pem")};
  }
  void grant(std::vector<std::string> listen) {
    const auto granted =
        run(grant_access(context_.get_executor(), server_.remote(), std::move(listen)));
    EXPECT_TRUE(granted) << format(granted.error());
  }
  std::unique_ptr<Session> session(ovsdb::SessionOptions options) {
    auto made = std::make_unique<Session>(context_.get_executor(), std::move(options));
    ovsdb::Monitor monitor{.database = database, .tables = {}};
    for (auto& table : access_tables()) monitor.tables[table] = {};
    made->monitor(std::move(monitor));
    made->start();
    return made;
  }
  Result<void> connect(Session& session) { return run(session.wait_connected(seconds{10})); }

  std::string answer(Session& session, Transaction change) {
    const auto reply = run(session.transact(std::move(change)));
    if (!reply) return reply.error().code == Errc::denied ? "denied" : format(reply.error());
    std::uint64_t count = 0;
    for (const auto& operation : reply->operations) count += operation.uuid ? 1 : operation.count;
    return "changed " + std::to_string(count);
  }
  std::string update(const std::string& table, const ovsdb::Where& where, const Columns& columns) {
    Transaction change{database};
    change.update(table, where, columns);
    return answer(*host1_, std::move(change));
  }
  std::string update(const std::string& table, const std::string& name, const Columns& columns) {
    return update(table, ovsdb::by_column("name", name), columns);
  }
  std::string insert(const std::string& table, const Columns& columns) {
    Transaction change{database};
    change.insert(table, columns);
    return answer(*host1_, std::move(change));
  }
  std::string erase(const std::string& table, const std::string& column, const ovsdb::Datum& is) {
    Transaction change{database};
    change.erase(table, ovsdb::by_column(column, is));
    return answer(*host1_, std::move(change));
  }
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return test::run(context_, std::move(task));
  }

  boost::asio::io_context context_;
  test::MemberServer server_;
  std::unique_ptr<Session> operator_;
  std::unique_ptr<Session> host1_;
};

TEST_F(DatabaseAccess, AHostReportsWhatIsItsOwn) {
  EXPECT_EQ(update("Host", "host1", {{"version", "1"}, {"beat", 7}, {"address", "10.0.0.1"}}),
            "changed 1");
  EXPECT_EQ(update("Node", "node-host1", {{"state", "running"}, {"pid", 1}, {"restart_done", 1}}),
            "changed 1");
  EXPECT_EQ(update("Link", "link-host1", {{"state", "up"}}), "changed 1");
  EXPECT_EQ(update("Segment", "segment-host1", {{"state", "up"}}), "changed 1");
}

TEST_F(DatabaseAccess, AHostDoesNotReportForAnother) {
  EXPECT_EQ(update("Host", "host2", {{"version", "1"}}), "denied");
  EXPECT_EQ(update("Node", "node-host2", {{"state", "running"}}), "denied");
  EXPECT_EQ(update("Link", "link-host2", {{"state", "up"}}), "denied");
  EXPECT_EQ(update("Segment", "segment-host2", {{"error", "no"}}), "denied");
}

TEST_F(DatabaseAccess, InterfacesAreThoseOfTheirHost) {
  const auto interfaces = ovsdb::Where{{"name", "==", "eth0"}};
  EXPECT_EQ(update("Interface", interfaces, {{"state", "up"}}), "denied") << "both are host2's";
  Transaction move{database};
  move.update("Interface", interfaces, {{"host", "host1"}});
  ASSERT_EQ(answer(*operator_, std::move(move)), "changed 2");
  EXPECT_EQ(update("Interface", interfaces, {{"state", "up"}, {"ofport", 3}}), "changed 2");
  EXPECT_EQ(update("Interface", interfaces, {{"mtu", 9000}}), "denied");
  EXPECT_EQ(update("Interface", interfaces, {{"host", "host2"}}), "denied");
}

TEST_F(DatabaseAccess, WhatIsWantedIsNotForAgentsToSay) {
  EXPECT_EQ(update("Host", "host1", {{"wanted", "draining"}}), "denied");
  EXPECT_EQ(update("Host", "host1", {{"labels", ovsdb::Datum::map({{"a", "b"}})}}), "denied");
  EXPECT_EQ(update("Host", "host1", {{"name", "host2"}}), "denied");
  EXPECT_EQ(update("Node", "node-host1", {{"wanted", "stopped"}}), "denied");
  EXPECT_EQ(update("Node", "node-host1", {{"host", "host2"}}), "denied");
  EXPECT_EQ(update("Link", "link-host1", {{"wanted", "cut"}}), "denied");
  EXPECT_EQ(update("Fabric", "", {{"next_cfg", 1}}), "denied");
  EXPECT_EQ(insert("Link", {{"name", "mine"}, {"wanted", "up"}, {"host", "host1"}}), "denied");
  EXPECT_EQ(
      insert("Node", {{"name", "n"}, {"kind", "netns"}, {"wanted", "running"}, {"host", "host1"}}),
      "denied");
  EXPECT_EQ(erase("Link", "name", "link-host1"), "denied");
  EXPECT_EQ(insert("Change", {{"number", 1}}), "denied");
}

TEST_F(DatabaseAccess, NorAreItsOwnRights) {
  EXPECT_EQ(update("RBAC_Role", agent_role, {{"permissions", ovsdb::Datum::map({})}}), "denied");
  EXPECT_EQ(update("RBAC_Permission", ovsdb::Where{}, {{"insert_delete", true}}), "denied");
  EXPECT_EQ(update("Connection", ovsdb::Where{}, {{"role", ""}}), "denied");
  Json::Value convert(Json::arrayValue);
  convert.append(database);
  convert.append(Json::Value(Json::objectValue));
  EXPECT_FALSE(run(host1_->request("convert", convert)));
}

TEST_F(DatabaseAccess, AHostMakesItsOwnRowAndNoOther) {
  EXPECT_EQ(erase("Host", "name", "host1"), "changed 1");
  EXPECT_EQ(insert("Host", {{"name", "host1"}, {"version", "1"}}), "changed 1");
  EXPECT_EQ(insert("Host", {{"name", "host3"}}), "denied");
  EXPECT_EQ(insert("Host", {}), "denied");
  EXPECT_EQ(erase("Host", "name", "host2"), "denied");
}

TEST_F(DatabaseAccess, TunnelsAreMadeByTheirHost) {
  EXPECT_EQ(insert("Tunnel", {{"vni", 7}, {"host", "host1"}}), "changed 1");
  EXPECT_EQ(update("Tunnel", ovsdb::by_column("vni", 7), {{"vni", 8}}), "denied");
  EXPECT_EQ(insert("Tunnel", {{"vni", 9}, {"host", "host2"}}), "denied");
  EXPECT_EQ(update("Tunnel", ovsdb::by_column("vni", 7), {{"host", "host2"}}), "denied");
  EXPECT_EQ(erase("Tunnel", "vni", 7), "changed 1");
}

TEST_F(DatabaseAccess, ScenariosAreReportedByAnyHost) {
  Transaction scenario{database};
  scenario.insert("Scenario", {{"name", "s"}, {"steps", "{}"}, {"speed", 1.0}, {"at_end", "keep"}});
  ASSERT_EQ(answer(*operator_, std::move(scenario)), "changed 1");
  EXPECT_EQ(update("Scenario", "s", {{"state", "playing"}, {"pass", 1}}), "changed 1");
  EXPECT_EQ(update("Scenario", "s", {{"steps", "{}"}}), "denied");
}

TEST_F(DatabaseAccess, AnyHostMayAskForFreshCounters) {
  EXPECT_EQ(answer(*host1_, ask_statistics()), "changed 1");
}

TEST_F(DatabaseAccess, IsWrittenOnceAndComesBackWhereItWasChanged) {
  const auto& replica = operator_->replica(database);
  const std::vector<std::string> listen{target()};
  EXPECT_TRUE(access_rows(replica, listen).empty());
  EXPECT_TRUE(access_rows(replica, std::nullopt).empty());
  Transaction change{database};
  change.update("RBAC_Permission", ovsdb::by_column("table", "Node"),
                {{"update", ovsdb::Datum::set({"wanted", "state"})}});
  ASSERT_EQ(answer(*operator_, std::move(change)), "changed 1");
  EXPECT_EQ(update("Node", "node-host1", {{"wanted", "stopped"}}), "changed 1");
  grant(listen);
  EXPECT_TRUE(test::run_until(context_, [&] { return access_rows(replica, listen).empty(); }));
  EXPECT_EQ(replica.rows("RBAC_Permission").size(), agent_permissions().size());
  EXPECT_EQ(update("Node", "node-host1", {{"wanted", "running"}}), "denied");
}

TEST_F(DatabaseAccess, AListenerThatIsNotWantedAnyMoreEnds) {
  grant({});
  EXPECT_TRUE(test::run_until(context_, [&] { return !host1_->connected(); }));
  const auto& replica = operator_->replica(database);
  EXPECT_TRUE(test::run_until(context_, [&] { return replica.rows("Connection").empty(); }));
  EXPECT_EQ(replica.rows("Fabric").size(), 1U);
}

}  // namespace
}  // namespace linkfab::fabric
