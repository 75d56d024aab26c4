#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/ovsdb/session_fixture.hpp"

namespace linkfab::ovsdb {
namespace {

using ::testing::ElementsAre;

class OvsdbLock : public WithOvsdbServer {
 protected:
  OvsdbLock() : first(connected_session()), second(connected_session()) {
    watch(*first, "first");
    watch(*second, "second");
  }

  void watch(Session& session, const std::string& who) {
    session.on_lock([this, who](const std::string& name, bool held) {
      seen.push_back(who + (held ? " got " : " lost ") + name);
    });
  }
  bool held(boost::asio::awaitable<Result<bool>> request) {
    const auto result = run(std::move(request));
    EXPECT_TRUE(result) << format(result.error());
    return result && *result;
  }

  std::vector<std::string> seen;
  std::unique_ptr<Session> first;
  std::unique_ptr<Session> second;
};

TEST_F(OvsdbLock, PassesToTheNextWhenTheHolderUnlocks) {
  EXPECT_TRUE(held(first->lock("agent")));
  EXPECT_FALSE(held(second->lock("agent")));
  EXPECT_TRUE(run(first->unlock("agent")));
  EXPECT_TRUE(run_until([&] { return !seen.empty(); }));
  EXPECT_THAT(seen, ElementsAre("second got agent"));
  EXPECT_TRUE(held(second->lock("agent"))) << "asking again tells how things stand";
}

TEST_F(OvsdbLock, PassesToTheNextWhenTheHolderGoes) {
  EXPECT_TRUE(held(first->lock("agent")));
  EXPECT_FALSE(held(second->lock("agent")));
  first.reset();
  EXPECT_TRUE(run_until([&] { return !seen.empty(); }));
  EXPECT_THAT(seen, ElementsAre("second got agent"));
}

TEST_F(OvsdbLock, IsStolenEvenByOneThatWaitsForIt) {
  EXPECT_TRUE(held(first->lock("agent")));
  EXPECT_FALSE(held(second->lock("agent")));
  EXPECT_TRUE(held(second->steal("agent")));
  EXPECT_TRUE(run_until([&] { return !seen.empty(); }));
  EXPECT_THAT(seen, ElementsAre("first lost agent"));
}

TEST_F(OvsdbLock, GuardsATransaction) {
  const auto guarded = [](const std::string& name) {
    Transaction txn = add_node(name);
    txn.assert_lock("agent");
    return txn;
  };
  EXPECT_TRUE(held(first->lock("agent")));
  EXPECT_TRUE(run(first->transact(guarded("r1"))));
  const auto reply = run(second->transact(guarded("r2")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::conflict);
}

TEST_F(OvsdbLock, IsAskedForAgainAfterAReconnection) {
  EXPECT_TRUE(held(first->lock("agent")));
  server.restart();
  ASSERT_TRUE(run_until([&] { return seen.size() == 2; }));
  EXPECT_THAT(seen, ElementsAre("first lost agent", "first got agent"));
  ASSERT_TRUE(run_until([&] { return second->connected(); }));
  EXPECT_FALSE(held(second->lock("agent")));
}

TEST_F(OvsdbLock, NeedsANameThatTheServerTakes) {
  const auto refused = run(first->lock("agent-1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid);
}

}  // namespace
}  // namespace linkfab::ovsdb
