// The agent's scenarios as they follow a real database.
#include "fabric/scenarios.hpp"

#include <filesystem>

#include "core/fd.hpp"
#include "tests/fabric/desired_fixture.hpp"
#include "tests/fabric/scenario_samples.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Columns;
using ovsdb::Transaction;
using std::chrono::seconds;

const Endpoint end_a{"a", "eth0"};

Scenario slow_down(const std::string& name) {
  return scenario_of("{\"name\": \"" + name + R"(", "length": 10, "steps": [
    {"at": 0, "link": "l", "to": "a", "set": {"delay": "1ms"}},
    {"at": 5, "link": "l", "to": "a", "set": {"delay": "2ms"}}]})");
}

// An agent's worth of them.
class FollowingAgent {
 public:
  FollowingAgent(test::OvsdbServer& server, boost::asio::io_context& context, std::string directory,
                 Now now)
      : now_(now),
        scenarios_(std::move(directory)),
        session_(context.get_executor(), {.remotes = {server.remote()}}) {
    session_.monitor({.database = database, .tables = {{"Scenario", followed_scenario_columns()}}});
    session_.on_change([this](const std::string&, const ovsdb::Changes& changes, bool) {
      (void)scenarios_.apply(changes, now_);
    });
    session_.start();
  }
  Now now_;
  Scenarios scenarios_;
  ovsdb::Session session_;
};

class ScenariosTest : public testing::Test {
 protected:
  ScenariosTest() : server_({.schemas = {LINKFAB_SCHEMA_FILE}}) { start(now_); }

  // Another agent in place of the one before, at that time.
  void start(Now now) {
    agent_.reset();
    agent_ = std::make_unique<FollowingAgent>(server_, context_, records_ / "records", now);
    ASSERT_TRUE(test::run(context_, agent_->session_.wait_connected(seconds{10})));
  }
  [[nodiscard]] static Now later(const Now& now, nanoseconds time) {
    return {.steady = now.steady + time, .wall = now.wall + time};
  }
  ovsdb::Uuid insert(const Columns& columns) {
    Transaction change{database};
    change.insert("Scenario", columns);
    const auto reply = commit(std::move(change));
    return reply ? *reply->operations.front().uuid : ovsdb::Uuid{};
  }
  Result<ovsdb::Reply> commit(Transaction change) {
    auto reply = test::run(context_, agent_->session_.transact(std::move(change)));
    // The server tells of a change before it acknowledges it.
    if (!reply) ADD_FAILURE() << format(reply.error());
    return reply;
  }
  void expect_refused(const Columns& columns) {
    Transaction change{database};
    change.insert("Scenario", columns);
    EXPECT_FALSE(test::run(context_, agent_->session_.transact(std::move(change))));
  }
  Scenarios& scenarios() { return agent_->scenarios_; }
  std::string toward_a() {
    const auto* direction = scenarios().overlay().direction("l", end_a);
    return direction == nullptr ? "-" : format(direction->settings);
  }
  ScenarioStatus status(const ovsdb::Uuid& row) {
    Topology topology;
    topology.links["l"] = {.a = end_a, .b = {"b", "eth0"}};
    return scenarios().status(&topology, agent_->now_.steady).at(row);
  }
  void advance(const Now& now) {
    const auto changes = scenarios().advance(now.steady);
    EXPECT_TRUE(scenarios().applied(changes, now));
  }

  test::OvsdbServer server_;
  boost::asio::io_context context_;
  test::TempDir records_;
  Now now_ = Now::read();
  std::unique_ptr<FollowingAgent> agent_;
};

TEST_F(ScenariosTest, ARowIsPlayedAndItsEndEndsThat) {
  const auto row = insert(scenario_columns(slow_down("s")));
  EXPECT_TRUE(scenarios().take_news());
  EXPECT_EQ(scenarios().take_touched(), std::set<std::string>{"l"});
  EXPECT_EQ(status(row).started, now_.wall);
  advance(now_);
  EXPECT_EQ(toward_a(), "delay=1ms");
  Transaction change{database};
  change.erase("Scenario", ovsdb::by_uuid(row));
  commit(std::move(change));
  EXPECT_EQ(toward_a(), "-");
  EXPECT_EQ(scenarios().take_touched(), std::set<std::string>{"l"});
}

TEST_F(ScenariosTest, TheAgentThatComesNextGoesOnInItsPlace) {
  const auto row = insert(scenario_columns(slow_down("s")));
  advance(now_);
  (void)scenarios().take_news();
  Transaction change{database};
  change.update("Scenario", ovsdb::by_uuid(row), status_columns(status(row)));
  commit(std::move(change));
  EXPECT_FALSE(scenarios().take_news());  // what it wrote itself is no other wish
  EXPECT_EQ(toward_a(), "delay=1ms");
  // A clock of that agent's own, as after a boot.
  start({.steady = TimePoint{seconds{3}}, .wall = now_.wall + seconds{6}});
  EXPECT_EQ(toward_a(), "delay=2ms");
  EXPECT_EQ(status(row).position, seconds{6});
  start(later(now_, seconds{11}));
  EXPECT_EQ(toward_a(), "-");
  EXPECT_EQ(status(row).state, ScenarioStatus::State::ended);
}

TEST_F(ScenariosTest, AnotherWishBeginsInPlaceOfTheOne) {
  const auto row = insert(scenario_columns(slow_down("s")));
  advance(now_);
  auto faster = slow_down("s");
  std::get<SetValues>(faster.steps[0].action).settings = {{"delay", "9ms"}};
  Transaction change{database};
  change.update("Scenario", ovsdb::by_uuid(row), scenario_columns(faster));
  commit(std::move(change));
  EXPECT_TRUE(scenarios().take_news());
  advance(now_);
  EXPECT_EQ(toward_a(), "delay=9ms");
}

TEST_F(ScenariosTest, WhatCannotBePlayedIsAnErrorOfItsRow) {
  const auto first = insert(scenario_columns(slow_down("s")));
  const auto second = insert(scenario_columns(slow_down("t")));
  EXPECT_EQ(status(first).state, ScenarioStatus::State::playing);
  EXPECT_EQ(status(second).state, ScenarioStatus::State::error);
  EXPECT_EQ(status(second).error, "play t: scenario s sets delay of l toward a:eth0 too");
  const auto nonsense =
      insert({{"name", "u"}, {"steps", "[]"}, {"speed", 1.0}, {"at_end", "keep"}});
  EXPECT_EQ(status(nonsense).state, ScenarioStatus::State::error);
}

TEST_F(ScenariosTest, LinksAndEndsThatAreNotThereAreNamed) {
  const auto row = insert(scenario_columns(slow_down("s")));
  EXPECT_EQ(status(row).error, "");
  const auto& all = scenarios();
  const Topology nothing;
  EXPECT_EQ(all.status(&nothing, now_.steady).at(row).error, "there is no link l now");
  EXPECT_EQ(all.status(nullptr, now_.steady).at(row).error, "");
  Topology other;
  other.links["l"] = {.a = {"x", "eth0"}, .b = {"b", "eth0"}};
  EXPECT_EQ(all.status(&other, now_.steady).at(row).error, "a:eth0 is no end of l now");
}

TEST_F(ScenariosTest, EachStepIsALineOfTheRecord) {
  const auto row = insert(scenario_columns(slow_down("s")));
  advance(later(now_, std::chrono::microseconds{250}));
  advance(later(now_, seconds{5}));
  const auto text = read_file(status(row).record);
  ASSERT_TRUE(text) << format(text.error());
  const auto& record = *text;
  EXPECT_TRUE(record.starts_with(record_header)) << record;
  EXPECT_NE(record.find(",0,0.000250,l,a:eth0,delay=1ms,250.0\n"), std::string::npos) << record;
  EXPECT_NE(record.find(",0,5.000000,l,a:eth0,delay=2ms,0.0\n"), std::string::npos) << record;
}

TEST_F(ScenariosTest, TheDatabaseRefusesNonsense) {
  const auto good = scenario_columns(slow_down("s"));
  expect_refused(with(good, {{"speed", 0.0}}));
  expect_refused(with(good, {{"at_end", "explode"}}));
  expect_refused(with(good, {{"seed", -1}}));
  expect_refused(with(good, {{"state", "asleep"}}));
  insert(good);
  expect_refused(good);
}

TEST(PlayRecordOf, IsBoundedAndKeepsTheLatest) {
  const test::TempDir directory;
  PlayRecord record{directory / "r", "s", true};
  Player::Change change{.row = {},
                        .link = std::string(100, 'l'),
                        .to = "a:eth0",
                        .due = {},
                        .moment = {},
                        .values = {}};
  const std::vector<Player::Change> changes(20'000, change);
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(record.add(changes, Now::read()));
  std::uintmax_t size = 0;
  for (const auto& entry : std::filesystem::directory_iterator{directory / "r"})
    size += entry.file_size();
  const auto block = 200 * changes.size();
  EXPECT_GT(size, PlayRecord::most_bytes);
  EXPECT_LT(size, 2 * PlayRecord::most_bytes + 2 * block);
  EXPECT_TRUE(read_file(record.file())->starts_with(record_header));
  const PlayRecord anew{directory / "r", "s", true};
  EXPECT_TRUE(std::filesystem::is_empty(directory / "r"));
}

}  // namespace
}  // namespace linkfab::fabric
