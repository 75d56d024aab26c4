// A session with servers of a cluster that loses its majority, and gets it back.
#include <array>
#include <optional>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include "tests/ovsdb/session_fixture.hpp"
#include "tests/support/member_server.hpp"

namespace linkfab::ovsdb {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::OvsdbServer;
using ::testing::HasSubstr;

class OvsdbCluster : public testing::Test {
 protected:
  OvsdbCluster() {
    OvsdbServer::command({"ovsdb-tool", "create-cluster", members[0].database(),
                          linkfab_schema_file, members[0].address()});
    for (const auto i : {1UZ, 2UZ})
      OvsdbServer::command({"ovsdb-tool", "join-cluster", members.at(i).database(), "Linkfab",
                            members.at(i).address(), members[0].address()});
  }

  std::unique_ptr<Session> session_with(std::vector<std::string> remotes,
                                        seconds patience = seconds{5}) {
    auto session = std::make_unique<Session>(
        context.get_executor(),
        SessionOptions{.remotes = std::move(remotes), .cluster_timeout = patience});
    session->monitor({.database = "Linkfab", .tables = {{"Node", {}}}});
    session->on_connection([this](bool connected, const std::string& why) {
      if (!connected) lost = why;
    });
    session->start();
    return session;
  }
  void start_all() {
    for (auto& member : members) member.start();
  }
  Result<void> connect(Session& session) {
    return test::run(context, session.wait_connected(seconds{10}));
  }
  template <class Condition>
  bool run_until(Condition condition, seconds limit = seconds{10}) {
    return test::run_until(context, condition, limit);
  }

  boost::asio::io_context context;
  std::array<test::MemberServer, 3> members;
  std::string lost;
};

TEST_F(OvsdbCluster, AServerThatHasNotJoinedYetIsWaitedFor) {
  members[1].start();
  const auto session = session_with({members[1].remote()});
  const auto early = test::run(context, session->wait_connected(milliseconds{300}));
  ASSERT_FALSE(early);
  EXPECT_THAT(format(early.error()), HasSubstr("has not joined the cluster"));
  const auto refused = test::run(context, session->transact(add_node("r1")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unreachable);
  members[0].start();
  EXPECT_TRUE(connect(*session));
  EXPECT_TRUE(test::run(context, session->transact(add_node("r1"))));
}

TEST_F(OvsdbCluster, WithoutAMajorityNothingHangsAndWithOneItGoesOnAtOnce) {
  start_all();
  // A leader takes two to six times its election timer of a second to see that it is alone: what is
  // left of one term of its timer, another one, and a vain election, of up to two seconds each.
  constexpr seconds longer_than_that{30};
  const auto session = session_with({members[0].remote()}, longer_than_that);
  ASSERT_TRUE(connect(*session));
  ASSERT_TRUE(test::run(context, session->transact(add_node("r1"))));
  ASSERT_TRUE(connect(*session_with({members[1].remote()})));
  ASSERT_TRUE(connect(*session_with({members[2].remote()})));
  members[1].kill();
  members[2].kill();
  std::optional<Result<Reply>> in_flight;
  boost::asio::co_spawn(
      context, session->transact(add_node("r2")),
      [&](const std::exception_ptr&, Result<Reply> reply) { in_flight = std::move(reply); });
  ASSERT_TRUE(run_until([&] { return in_flight.has_value(); }, longer_than_that));
  ASSERT_FALSE(*in_flight);
  EXPECT_EQ(in_flight->error().code, Errc::unreachable);
  EXPECT_THAT(lost, HasSubstr("the cluster of the database has no majority"));
  EXPECT_FALSE(session->connected());
  EXPECT_EQ(session->replica("Linkfab").rows("Node").size(), 1U) << "the last state seen stays";

  // Also when the connection is long there again, and for as long as it takes.
  context.restart();
  context.run_for(seconds{3});
  EXPECT_FALSE(session->connected());
  const auto begin = steady_clock::now();
  const auto refused = test::run(context, session->transact(add_node("r3")));
  ASSERT_FALSE(refused);
  EXPECT_THAT(format(refused.error()), HasSubstr("has no majority"));
  const auto locked = test::run(context, session->lock("a_lock"));
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, Errc::unreachable);
  EXPECT_LT(steady_clock::now() - begin, milliseconds{100});

  members[1].start();
  const auto other = session_with({members[1].remote()});
  ASSERT_TRUE(connect(*other));
  EXPECT_TRUE(test::run_until(
      context, [&] { return session->connected(); }, milliseconds{500}))
      << "half a second after the other member serves";
  EXPECT_TRUE(test::run(context, session->transact(add_node("r4"))));
}

TEST_F(OvsdbCluster, AServerThatCannotServeIsLeftForOneThatDoes) {
  members[0].start();
  // It asks to be taken at an address where nobody is.
  test::MemberServer alone;
  OvsdbServer::command({"ovsdb-tool", "join-cluster", alone.database(), "Linkfab", alone.address(),
                        members[2].address()});
  alone.start();
  const auto session = session_with({alone.remote(), members[0].remote()});
  ASSERT_TRUE(test::run(context, session->wait_connected(seconds{2})));
  EXPECT_TRUE(test::run(context, session->transact(add_node("r1"))));
  members[0].kill();
  ASSERT_TRUE(run_until([&] { return !session->connected(); }));
  members[0].start();
  EXPECT_TRUE(test::run_until(context, [&] { return session->connected(); }, seconds{3}));
}

TEST_F(OvsdbCluster, ACopyWithoutAMajorityIsReadByWhomAnyWillDo) {
  start_all();
  for (auto& member : members) ASSERT_TRUE(connect(*session_with({member.remote()})));
  const auto session = session_with({members[1].remote()});
  ASSERT_TRUE(connect(*session));
  ASSERT_TRUE(test::run(context, session->transact(add_node("r1"))));
  const auto any_copy = [&] {
    auto made = std::make_unique<Session>(
        context.get_executor(), SessionOptions{.remotes = {members[1].remote()}, .any_copy = true});
    made->monitor({.database = "Linkfab", .tables = {{"Node", {}}}});
    made->start();
    return made;
  };
  const auto before = any_copy();
  ASSERT_TRUE(connect(*before));
  EXPECT_FALSE(before->without_majority());
  members[0].kill();
  members[2].kill();
  ASSERT_TRUE(run_until([&] { return before->without_majority(); }));
  const auto after = any_copy();
  ASSERT_TRUE(connect(*after));
  EXPECT_TRUE(after->without_majority());
  EXPECT_EQ(after->replica("Linkfab").rows("Node").size(), 1U);

  // Also a server that was started since, which knows what is in its file.
  members[1].kill();
  members[1].start();
  const auto late = any_copy();
  ASSERT_TRUE(connect(*late));
  EXPECT_TRUE(late->without_majority());
  EXPECT_EQ(late->replica("Linkfab").rows("Node").size(), 1U);
  members[2].start();
  EXPECT_TRUE(run_until([&] { return !late->without_majority(); }));
}

TEST_F(OvsdbCluster, AChangeOnItsWayToALeaderThatFallsSilentIsNotWaitedForLong) {
  start_all();
  const auto session = session_with({members[1].remote()});
  ASSERT_TRUE(connect(*session));
  ASSERT_TRUE(connect(*session_with({members[2].remote()})));
  members[0].freeze();  // It leads: it was the first.
  const auto begin = steady_clock::now();
  const auto reply = test::run(context, session->transact(add_node("r1")));
  EXPECT_LT(steady_clock::now() - begin, seconds{6});
  if (!reply) {
    EXPECT_TRUE(reply.error().code == Errc::timeout || reply.error().code == Errc::unreachable);
  }
  ASSERT_TRUE(run_until([&] { return session->connected(); }));
  EXPECT_TRUE(test::run(context, session->transact(add_node("r2"))));
}

TEST_F(OvsdbCluster, OnlyALeaderWillDoWhereItIsAskedFor) {
  start_all();
  std::vector<std::string> remotes;
  for (auto& member : members) remotes.push_back(member.remote());
  for (const auto& remote : remotes) ASSERT_TRUE(connect(*session_with({remote})));
  Session leading(context.get_executor(), {.remotes = remotes, .leader_only = true});
  leading.monitor({.database = "Linkfab", .tables = {{"Node", {}}}});
  leading.start();
  ASSERT_TRUE(connect(leading));
  EXPECT_TRUE(test::run(context, leading.transact(add_node("r1"))));
}

}  // namespace
}  // namespace linkfab::ovsdb
