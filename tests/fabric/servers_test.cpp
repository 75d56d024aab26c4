#include "fabric/servers.hpp"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "core/fd.hpp"
#include "fabric/database_file.hpp"
#include "ovsdb/linkfab_schema.hpp"
#include "tests/fabric/desired_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Transaction;
using namespace std::chrono_literals;

class ServersTest : public testing::Test {
 protected:
  template <class Condition>
  bool run_until(Condition condition) {
    return test::run_until(context_, condition);
  }
  [[nodiscard]] Paths paths() const {
    return {.instance = "test", .run_dir = directory_.path(), .state_dir = directory_ / "state"};
  }
  [[nodiscard]] std::optional<containers::ProcessId> process() const {
    const auto text = read_file(directory_ / "db.process");
    return text ? containers::parse_process_id(*text) : std::nullopt;
  }
  Result<ovsdb::Reply> transact(Transaction change) {
    return fabric::transact(context_, paths().db_remote(), std::move(change));
  }
  std::size_t count_nodes() {
    Transaction select{database};
    select.select("Node", {}, {"name"});
    const auto reply = transact(std::move(select));
    return reply ? reply->operations.front().rows.size() : 0;
  }

  boost::asio::io_context context_;
  test::TempDir directory_;
};

TEST_F(ServersTest, OvsdbToolAcceptsADatabaseThatIsCreated) {
  const std::string file = directory_ / "new.db";
  ASSERT_TRUE(create_database(file, std::string(ovsdb::linkfab_schema())));
  EXPECT_NO_THROW(test::OvsdbServer::command({"ovsdb-tool", "db-is-standalone", file}));
  EXPECT_NO_THROW(test::OvsdbServer::command({"ovsdb-tool", "compact", file}));
  EXPECT_NO_THROW(
      test::OvsdbServer::command({"ovsdb-tool", "needs-conversion", file, LINKFAB_SCHEMA_FILE}));
}

TEST_F(ServersTest, ADatabaseThatIsThereIsKept) {
  const std::string file = directory_ / "new.db";
  ASSERT_TRUE(write_file(file, "precious"));
  ASSERT_TRUE(create_database(file, std::string(ovsdb::linkfab_schema())));
  EXPECT_EQ(*read_file(file), "precious");
}

TEST_F(ServersTest, TheDatabaseIsServedAndKeptOverARestart) {
  DatabaseServer server(context_.get_executor(), paths());
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(run_until([&] { return accepts(paths().db_socket()); }));
  Transaction change{database};
  add_node(change, "r1", {"eth0"});
  const auto reply = transact(std::move(change));
  ASSERT_TRUE(reply) << format(reply.error());

  const auto first = process();
  ASSERT_TRUE(server.stop());
  EXPECT_FALSE(containers::alive(*first));
  EXPECT_FALSE(accepts(paths().db_socket()));
  DatabaseServer next(context_.get_executor(), paths());
  ASSERT_TRUE(next.start());
  ASSERT_TRUE(run_until([&] { return accepts(paths().db_socket()); }));
  EXPECT_EQ(count_nodes(), 1U);
  EXPECT_TRUE(next.stop());
}

// The watcher pauses before it starts one again that died young; who does not wait for that has
// started the only one.
TEST_F(ServersTest, OneThatIsStartedWhileItsWatcherPausesIsTheOnlyOne) {
  DatabaseServer server(context_.get_executor(), paths());
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(run_until([&] { return accepts(paths().db_socket()); }));
  const auto first = process();
  ::kill(first->pid, SIGKILL);
  ASSERT_TRUE(run_until([&] { return !containers::alive(*first); }));
  ASSERT_TRUE(server.start());
  const auto second = process();
  ASSERT_TRUE(second && containers::alive(*second));
  context_.run_for(1500ms);
  EXPECT_TRUE(containers::alive(*second));
  EXPECT_EQ(process()->pid, second->pid);
  EXPECT_TRUE(server.stop());
  EXPECT_FALSE(containers::alive(*second));
}

TEST_F(ServersTest, TheNextAgentTakesTheServerThatRuns) {
  DatabaseServer server(context_.get_executor(), paths());
  ASSERT_TRUE(server.start());
  const auto first = process();
  DatabaseServer next(context_.get_executor(), paths());
  ASSERT_TRUE(next.start());
  EXPECT_EQ(process()->pid, first->pid);
  EXPECT_TRUE(next.stop());
  EXPECT_TRUE(server.stop());
}

TEST_F(ServersTest, AServerThatWasKilledIsStartedAgain) {
  DatabaseServer server(context_.get_executor(), paths());
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(run_until([&] { return accepts(paths().db_socket()); }));
  const auto first = process();
  ASSERT_EQ(::kill(first->pid, SIGKILL), 0);
  EXPECT_TRUE(run_until(
      [&] { return process() && process()->pid != first->pid && accepts(paths().db_socket()); }));
  EXPECT_TRUE(server.stop());
}

TEST_F(ServersTest, OneThatIsToldSomethingElseIsStartedAgainWithTheSameDatabase) {
  DatabaseServer server(context_.get_executor(), paths());
  ASSERT_TRUE(server.start());
  ASSERT_TRUE(run_until([&] { return accepts(paths().db_socket()); }));
  const auto first = process();
  Transaction change{database};
  add_node(change, "r1", {"eth0"});
  ASSERT_TRUE(transact(std::move(change)));

  const auto target = "ptcp:" + std::to_string(test::free_port()) + ":127.0.0.1";
  DatabaseServer listening(context_.get_executor(), paths(), {.listen = std::vector{target}});
  ASSERT_TRUE(listening.start());
  EXPECT_FALSE(containers::alive(*first));
  EXPECT_FALSE(listening.member());
  const auto granted = test::run(context_, listening.grant_access());
  ASSERT_TRUE(granted) << format(granted.error());
  EXPECT_EQ(count_nodes(), 1U);
  const auto second = process();
  DatabaseServer same(context_.get_executor(), paths(), {.listen = std::vector{target}});
  ASSERT_TRUE(same.start());
  EXPECT_EQ(process()->pid, second->pid);
  for (auto* one : {&same, &listening, &server}) EXPECT_TRUE(one->stop());
}

TEST_F(ServersTest, AMemberIsMadeAndStartedAgainWithNothingSaid) {
  const auto address = "tcp:127.0.0.1:" + std::to_string(test::free_port());
  DatabaseServer server(context_.get_executor(), paths(),
                        {.cluster = Sharing::Cluster::create, .member_address = address});
  ASSERT_TRUE(server.start());
  EXPECT_TRUE(server.member());
  const auto granted = test::run(context_, server.grant_access());
  ASSERT_TRUE(granted) << format(granted.error());
  Transaction change{database};
  add_node(change, "r1", {"eth0"});
  ASSERT_TRUE(transact(std::move(change)));
  DatabaseServer next(context_.get_executor(), paths());
  const auto first = process();
  ASSERT_TRUE(next.start());
  EXPECT_TRUE(next.member());
  EXPECT_EQ(process()->pid, first->pid);
  EXPECT_EQ(count_nodes(), 1U);
  for (auto* one : {&next, &server}) EXPECT_TRUE(one->stop());
}

TEST_F(ServersTest, NobodyAcceptsWhereThereIsNoSocket) {
  EXPECT_FALSE(accepts(directory_ / "none"));
  EXPECT_FALSE(accepts(std::string(200, 'x')));
}

}  // namespace
}  // namespace linkfab::fabric
