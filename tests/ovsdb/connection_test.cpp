// What happens to a session when connections come and go.
#include <optional>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include "ovsdb/tls.hpp"
#include "tests/ovsdb/proxy.hpp"
#include "tests/ovsdb/session_fixture.hpp"

namespace linkfab::ovsdb {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OvsdbConnection : public WithOvsdbServer {
 protected:
  // Starts a transaction, and leaves it in flight.
  void begin(Session& session, Transaction transaction, std::optional<Result<Reply>>& reply) {
    boost::asio::co_spawn(
        context, session.transact(std::move(transaction)),
        [&](const std::exception_ptr&, Result<Reply> result) { reply = std::move(result); });
    context.restart();
    context.poll();
  }

  std::unique_ptr<Proxy> make_proxy() {
    return std::make_unique<Proxy>(context, server.file("proxy.sock"), server.file("db.sock"));
  }
  std::string proxy_remote() const { return "unix:" + server.file("proxy.sock"); }
};

TEST_F(OvsdbConnection, AfterARestartTheReplicaJumpsToWhatIsThereNow) {
  const auto session = make_session();
  std::vector<std::string> seen;
  session->on_connection([&](bool connected, const std::string& reason) {
    EXPECT_EQ(connected, reason.empty()) << reason;
    seen.emplace_back(connected ? "connected" : "lost");
  });
  session->on_change([&](const std::string&, const Changes& changes, bool resync) {
    for (const Change& change : changes)
      seen.push_back(get(change.after.empty() ? change.before : change.after, "name").string() +
                     (change.before.empty() ? " appears" : " goes") + (resync ? ", resync" : ""));
  });
  start(*session);
  ASSERT_TRUE(run(session->transact(add_node("kept"))));
  ASSERT_TRUE(run(session->transact(add_node("old"))));
  server.kill();
  ASSERT_TRUE(run_until([&] { return !session->connected(); }));
  EXPECT_EQ(session->replica("Linkfab").rows("Node").size(), 2U) << "the last state seen stays";
  test::OvsdbServer::command(
      {"ovsdb-tool", "transact", server.file("db1"),
       R"(["Linkfab",{"op":"delete","table":"Node","where":[["name","==","old"]]},)"
       R"({"op":"insert","table":"Node","row":{"name":"new","kind":"netns","wanted":"running"}}])"});
  server.start();
  ASSERT_TRUE(run_until([&] { return session->connected(); }));
  EXPECT_THAT(seen, ElementsAre("connected", "kept appears", "old appears", "lost",
                                "old goes, resync", "new appears, resync", "connected"));
}

TEST_F(OvsdbConnection, ATransactionWithoutAConnectionFailsAtOnce) {
  const auto session = make_session({.remotes = {"unix:" + server.file("nothing-here")}});
  session->start();
  const auto connected = run(session->wait_connected(milliseconds{50}));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Errc::unreachable);
  EXPECT_THAT(format(connected.error()), HasSubstr("nothing-here: No such file or directory"));
  const auto reply = run(session->transact(add_node("r1")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::unreachable);
}

TEST_F(OvsdbConnection, ATransactionInFlightWhenTheServerDiesIsUnreachable) {
  const auto session = connected_session();
  server.freeze();
  std::optional<Result<Reply>> reply;
  begin(*session, add_node("r1"), reply);
  EXPECT_FALSE(reply);
  server.kill();
  ASSERT_TRUE(run_until([&] { return reply.has_value(); }));
  ASSERT_FALSE(*reply);
  EXPECT_EQ(reply->error().code, Errc::unreachable);
}

TEST_F(OvsdbConnection, AReplyThatIsLateIsATimeoutAndDoesNoHarmWhenItComes) {
  const auto session =
      make_session({.remotes = {server.remote()}, .request_timeout = milliseconds{100}});
  start(*session);
  server.freeze();
  const auto late = run(session->transact(add_node("r1")));
  server.resume();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::timeout);
  EXPECT_TRUE(run_until([&] { return session->replica("Linkfab").rows("Node").size() == 1; }));
  EXPECT_TRUE(run(session->transact(add_node("r2"))));
}

TEST_F(OvsdbConnection, AServerThatIsSilentIsGivenUpAndCalledAgain) {
  const auto session =
      make_session({.remotes = {server.remote()}, .probe_interval = milliseconds{300}});
  std::string lost;
  session->on_connection([&](bool connected, const std::string& reason) {
    if (!connected) lost = reason;
  });
  start(*session);
  EXPECT_FALSE(test::run_until(
      context, [&] { return !session->connected(); }, milliseconds{1000}))
      << "a server that answers probes was given up";
  server.freeze();
  EXPECT_TRUE(run_until([&] { return !session->connected(); }));
  EXPECT_THAT(lost, HasSubstr("does not answer"));
  server.resume();
  EXPECT_TRUE(run_until([&] { return session->connected(); }));
}

TEST_F(OvsdbConnection, TheNextRemoteIsUsedWhenOneFails) {
  test::OvsdbServer other({.schemas = {linkfab_schema_file}});
  const auto session = make_session(
      {.remotes = {"unix:" + server.file("nothing-here"), other.remote(), server.remote()}});
  start(*session);
  ASSERT_TRUE(run(session->transact(add_node("on-the-other"))));
  other.kill();
  ASSERT_TRUE(run_until([&] { return !session->connected(); }));
  ASSERT_TRUE(run_until([&] { return session->connected(); }));
  EXPECT_TRUE(session->replica("Linkfab").rows("Node").empty());
  EXPECT_TRUE(run(session->transact(add_node("here"))));
}

TEST_F(OvsdbConnection, ConnectsOverTcp) {
  const test::OvsdbServer other({.schemas = {linkfab_schema_file}, .tcp = true});
  const auto session = make_session({.remotes = {other.tcp_remote()}});
  start(*session);
  EXPECT_TRUE(run(session->transact(add_node("r1"))));
}

TEST_F(OvsdbConnection, ConnectsOverTlsWithCertificatesOfOneAuthority) {
  const test::OvsdbServer other({.schemas = {linkfab_schema_file}, .tls = true});
  const TlsFiles files{.private_key = other.file("client-key.pem"),
                       .certificate = other.file("client-cert.pem"),
                       .ca_certificate = other.file("ca-cert.pem")};
  const auto session = make_session({.remotes = {other.tls_remote()}, .tls = tls_streams(files)});
  start(*session);
  Transaction txn("Linkfab");
  for (int i = 0; i < 2000; ++i) txn.insert("Node", node("r" + std::to_string(i)));
  EXPECT_TRUE(run(session->transact(std::move(txn))));
  EXPECT_EQ(session->replica("Linkfab").rows("Node").size(), 2000U);

  const test::OvsdbServer stranger({.schemas = {linkfab_schema_file}, .tls = true});
  const auto deceived =
      make_session({.remotes = {stranger.tls_remote()}, .tls = tls_streams(files)});
  deceived->start();
  const auto connected = run(deceived->wait_connected(milliseconds{300}));
  ASSERT_FALSE(connected);
  EXPECT_THAT(format(connected.error()), HasSubstr("certificate verify failed"));
}

TEST_F(OvsdbConnection, AMissingKeyFileIsNamed) {
  const auto session = make_session(
      {.remotes = {"ssl:127.0.0.1:1"}, .tls = tls_streams({.ca_certificate = "/no/ca.pem"})});
  session->start();
  const auto connected = run(session->wait_connected(milliseconds{50}));
  ASSERT_FALSE(connected);
  EXPECT_THAT(format(connected.error()), HasSubstr("load CA certificate \"/no/ca.pem\""));
}

TEST_F(OvsdbConnection, WithoutTlsAnEncryptedRemoteIsRefused) {
  const auto session = make_session({.remotes = {"ssl:127.0.0.1:1"}});
  session->start();
  const auto connected = run(session->wait_connected(milliseconds{50}));
  ASSERT_FALSE(connected);
  EXPECT_THAT(format(connected.error()), HasSubstr("this program does not speak TLS"));
}

TEST_F(OvsdbConnection, FallsBackToTheMonitorThatTheServerKnows) {
  for (const bool oldest : {false, true}) {
    SCOPED_TRACE(oldest ? "monitor" : "monitor_cond");
    std::filesystem::remove(server.file("proxy.sock"));
    const auto proxy = make_proxy();
    proxy->forget("monitor_cond_since");
    if (oldest) proxy->forget("monitor_cond");
    const auto session = make_session({.remotes = {proxy_remote()}});
    start(*session);
    EXPECT_TRUE(proxy->heard_method(oldest ? "monitor" : "monitor_cond"));
    const std::string name = oldest ? "r2" : "r1";
    ASSERT_TRUE(run(session->transact(add_node(name))));
    Transaction txn("Linkfab");
    txn.mutate("Node", by_column("name", name), "routes", "insert", Datum::set({"a", "b"}));
    txn.mutate("Node", by_column("name", name), "routes", "insert", "c");
    txn.mutate("Node", by_column("name", name), "routes", "delete", "a");
    const auto reply = run(session->transact(std::move(txn)));
    ASSERT_TRUE(reply) << format(reply.error());
    const auto reference = connected_session();
    EXPECT_EQ(session->replica("Linkfab").rows("Node"), reference->replica("Linkfab").rows("Node"));
  }
}

TEST_F(OvsdbConnection, AnswersTheEchoOfTheServer) {
  const auto proxy = make_proxy();
  const auto session = make_session({.remotes = {proxy_remote()}});
  start(*session);
  proxy->inject(R"({"id":"echo","method":"echo","params":["x",1]})");
  EXPECT_TRUE(
      run_until([&] { return proxy->heard(R"({"error":null,"id":"echo","result":["x",1]})"); }));
  EXPECT_TRUE(session->connected());
}

TEST_F(OvsdbConnection, AnUpdateThatMakesNoSenseIsRejectedAndAllIsReadAnew) {
  const auto proxy = make_proxy();
  const auto session = make_session({.remotes = {proxy_remote()}});
  start(*session);
  ASSERT_TRUE(run(session->transact(add_node("r1"))));
  std::string lost;
  session->on_connection([&](bool connected, const std::string& reason) {
    if (!connected) lost = reason;
  });
  proxy->inject(
      R"({"id":null,"method":"update2","params":["Linkfab",{"Node":{"11111111-2222-3333-4444-555555555555":{"delete":null}}}]})");
  ASSERT_TRUE(run_until([&] { return !session->connected(); }));
  EXPECT_THAT(lost, HasSubstr("there is no such row"));
  EXPECT_EQ(session->replica("Linkfab").rows("Node").size(), 1U);
  EXPECT_TRUE(run_until([&] { return session->connected(); }));
  EXPECT_EQ(proxy->connections(), 2);
}

TEST_F(OvsdbConnection, NonsenseInTheStreamEndsTheConnectionOnly) {
  const auto proxy = make_proxy();
  const auto session = make_session({.remotes = {proxy_remote()}});
  start(*session);
  proxy->inject("HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(run_until([&] { return !session->connected(); }));
  EXPECT_TRUE(run_until([&] { return session->connected(); }));
  proxy->inject(R"({"id":null,"method":"upd)");
  proxy->hang_up();
  EXPECT_TRUE(run_until([&] { return !session->connected(); }));
  EXPECT_TRUE(run_until([&] { return session->connected(); }));
}

TEST_F(OvsdbConnection, StaysOnAServerThatLeadsOrIsNotClustered) {
  const auto session = make_session({.remotes = {server.remote()}, .leader_only = true});
  start(*session);
  EXPECT_TRUE(run(session->transact(add_node("r1"))));
  EXPECT_TRUE(session->connected());
}

TEST_F(OvsdbConnection, RequestsInFlightEndWhenTheSessionIsDestroyed) {
  auto session = connected_session();
  server.freeze();
  std::optional<Result<Reply>> reply;
  begin(*session, add_node("r1"), reply);
  auto never_started = session->transact(add_node("r2"));
  session.reset();
  ASSERT_TRUE(run_until([&] { return reply.has_value(); }));
  ASSERT_FALSE(*reply);
  EXPECT_EQ(reply->error().code, Errc::unreachable);
  const auto second = run(std::move(never_started));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unreachable);
}

TEST_F(OvsdbConnection, CoroutinesThatAreSuspendedMayOutliveTheSessionAndItsLoop) {
  auto own = std::make_unique<boost::asio::io_context>();
  {
    Session session(own->get_executor(), {.remotes = {server.remote()}});
    session.start();
    EXPECT_TRUE(test::run(*own, session.wait_connected(milliseconds{5000})));
    server.freeze();
    boost::asio::co_spawn(*own, session.transact(add_node("r1")), [](auto&&...) {});
    own->restart();
    own->poll();
  }
  own.reset();  // Whatever was suspended is destroyed here, unresumed.
}

TEST_F(OvsdbConnection, CanBeStoppedAndStartedAgain) {
  const auto session = connected_session();
  session->stop();
  EXPECT_FALSE(session->connected());
  const auto reply = run(session->transact(add_node("r1")));
  ASSERT_FALSE(reply);
  EXPECT_THAT(format(reply.error()), HasSubstr("it was stopped"));
  start(*session);
  EXPECT_TRUE(run(session->transact(add_node("r1"))));
}

}  // namespace
}  // namespace linkfab::ovsdb
