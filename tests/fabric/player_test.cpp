#include "fabric/player.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fabric/scenario_samples.hpp"

namespace linkfab::fabric {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const Endpoint a{"a", "eth0"}, b{"b", "eth0"};
const TimePoint start{seconds{1000}};

ovsdb::Uuid row(int number) {
  return ovsdb::Uuid{fmt::format("00000000-0000-0000-0000-{:012}", number)};
}

Scenario named(const std::string& name, const std::string& steps, const std::string& head = {}) {
  return scenario_of("{\"name\": \"" + name + "\", " + head + "\"steps\": [" + steps + "]}");
}

const std::string three_delays = R"({"at": 0, "link": "l", "to": "a", "set": {"delay": "1ms"}},
                                    {"at": 1, "link": "l", "to": "a", "set": {"delay": "2ms"}},
                                    {"at": 2, "link": "l", "to": "a", "set": {"delay": "3ms"}})";

class PlayerTest : public testing::Test {
 protected:
  void play(int number, const Scenario& scenario, TimePoint began = start, TimePoint now = start) {
    const auto done = player.play(row(number), scenario, began, now);
    EXPECT_TRUE(done) << (done ? "" : format(done.error()));
  }
  [[nodiscard]] std::string toward(const Endpoint& end) const {
    const auto* direction = player.overlay().direction("l", end);
    return direction == nullptr ? "-" : format(direction->settings);
  }
  // "TIME LINK TO VALUES"
  std::vector<std::string> advance(nanoseconds played) {
    std::vector<std::string> lines;
    const auto changes = player.advance(start + played);
    for (const auto& change : changes)
      lines.push_back(fmt::format("{} {}", (change.due - start) / milliseconds{1},
                                  format(change.values.settings)));
    player.applied(changes, start + played);
    return lines;
  }

  Player player;
};

TEST_F(PlayerTest, SaysEachThingInItsTime) {
  play(1, named("s", three_delays, R"("length": 4, )"));
  EXPECT_EQ(toward(a), "");
  EXPECT_EQ(player.next(), start);
  EXPECT_THAT(advance({}), ElementsAre("0 delay=1ms"));
  EXPECT_EQ(toward(a), "delay=1ms");
  EXPECT_EQ(toward(b), "-");
  EXPECT_EQ(player.next(), start + seconds{1});
  EXPECT_THAT(advance(milliseconds{999}), IsEmpty());
  EXPECT_THAT(advance(milliseconds{1001}), ElementsAre("1000 delay=2ms"));
  EXPECT_THAT(player.take_touched(), ElementsAre("l"));
  EXPECT_THAT(player.take_touched(), IsEmpty());
}

TEST_F(PlayerTest, AtItsEndWhatItSaidIsNotSaidAnyMore) {
  play(1, named("s", three_delays, R"("length": 4, )"));
  advance(seconds{3});
  (void)player.take_touched();
  EXPECT_EQ(player.next(), start + seconds{4});
  advance(seconds{4});
  EXPECT_EQ(toward(a), "-");
  EXPECT_EQ(player.next(), std::nullopt);
  EXPECT_THAT(player.take_ended(), ElementsAre(row(1)));
  EXPECT_THAT(player.take_touched(), ElementsAre("l"));
  EXPECT_EQ(player.status(row(1), start + seconds{9}).state, ScenarioStatus::State::ended);
  EXPECT_EQ(player.status(row(1), start + seconds{9}).position, seconds{4});
}

TEST_F(PlayerTest, OneThatKeepsItsEndSaysItUntilItIsStopped) {
  play(1, named("s", three_delays, R"("at_end": "keep", "length": 4, )"));
  advance(seconds{4});
  EXPECT_EQ(toward(a), "delay=3ms");
  player.stop(row(1));
  EXPECT_EQ(toward(a), "-");
  EXPECT_EQ(player.scenario(row(1)), nullptr);
}

TEST_F(PlayerTest, OneThatBeganLongAgoGoesOnInItsPlace) {
  play(1, named("s", three_delays, R"("length": 4, )"), start, start + milliseconds{1500});
  EXPECT_EQ(toward(a), "delay=2ms");
  EXPECT_EQ(player.next(), start + seconds{2});
  EXPECT_THAT(advance(seconds{2}), ElementsAre("2000 delay=3ms"));
  EXPECT_EQ(player.status(row(1), start + seconds{2}).steps, 1U);
}

TEST_F(PlayerTest, OneThatEndedWhileNobodyPlayedIsOver) {
  play(1, named("s", three_delays, R"("length": 4, )"), start, start + seconds{5});
  EXPECT_EQ(toward(a), "-");
  EXPECT_EQ(player.next(), std::nullopt);
  EXPECT_THAT(player.take_touched(), IsEmpty());
  EXPECT_EQ(player.status(row(1), start + seconds{5}).state, ScenarioStatus::State::ended);
  play(2, named("t", three_delays, R"("length": 4, )"), start + seconds{5}, start + seconds{5});
  player.stop(row(1));
  EXPECT_EQ(toward(a), "");
}

TEST_F(PlayerTest, ALoopBeginsAgain) {
  play(1, named("s", three_delays, R"("loop": true, "length": 4, )"));
  advance(seconds{3});
  EXPECT_EQ(player.next(), start + seconds{4});
  EXPECT_THAT(advance(seconds{4}), ElementsAre("4000 delay=1ms"));
  EXPECT_THAT(advance(seconds{5}), ElementsAre("5000 delay=2ms"));
  EXPECT_EQ(player.status(row(1), start + milliseconds{9500}).pass, 2);
  EXPECT_EQ(player.status(row(1), start + milliseconds{9500}).position, milliseconds{1500});
}

TEST_F(PlayerTest, SpeedIsOfItsTime) {
  play(1, named("s", three_delays, R"("speed": 3, "length": 4, )"));
  advance({});
  const auto third = *player.next();
  EXPECT_NEAR(static_cast<double>((third - start).count()), 1e9 / 3, 2);
  EXPECT_THAT(player.advance(third), testing::SizeIs(1));
  EXPECT_GT(*player.next(), third);
  EXPECT_EQ(toward(a), "delay=2ms");
}

TEST_F(PlayerTest, StepsThatCouldNotBeTakenInTimeAreSkippedAndCounted) {
  play(
      1,
      named(
          "s",
          R"({"at": 0, "link": "l", "to": "a", "ramp": {"delay": ["0ms", "100ms"]}, "for": "1s", "every": "10ms"})",
          R"("length": 4, )"));
  advance({});
  EXPECT_THAT(advance(milliseconds{55}), ElementsAre("10 delay=5ms"));
  const auto status = player.status(row(1), start + milliseconds{55});
  EXPECT_EQ(status.steps, 2U);
  EXPECT_EQ(status.skipped, 4U);
  EXPECT_EQ(status.late_max, milliseconds{45});
  EXPECT_EQ(player.next(), start + milliseconds{60});
}

TEST_F(PlayerTest, TwoMaySayDifferentKeysOfADirectionAndNotTheSame) {
  play(1, named("s", three_delays, R"("length": 4, )"));
  play(2, named("t", R"({"at": 0, "link": "l", "set": {"loss": "5%"}})", R"("length": 3, )"));
  const auto third = player.play(
      row(3),
      named("u", R"({"at": 0, "link": "l", "to": "a", "set": {"delay": "9ms", "rate": "2mbit"}})",
            R"("length": 3, )"),
      start, start);
  ASSERT_FALSE(third);
  EXPECT_EQ(format(third.error()), "play u: scenario s sets delay of l toward a:eth0 too");
  advance({});
  EXPECT_EQ(toward(a), "delay=1ms loss=5%");
  EXPECT_EQ(toward(b), "loss=5%");
  EXPECT_TRUE(player.overlay().direction("l", b)->single_frames);
  player.stop(row(2));
  EXPECT_EQ(toward(a), "delay=1ms");
  EXPECT_FALSE(player.overlay().direction("l", a)->single_frames);
  EXPECT_EQ(toward(b), "-");
  player.stop(row(1));
  play(3, named("u", three_delays, R"("length": 3, )"));
}

TEST_F(PlayerTest, CablesArePulledAndPutBack) {
  play(1, named("s", R"({"at": 1, "link": "l", "flap": {"down": "1s", "up": "1s"}, "for": "2s"})",
                R"("length": 4, )"));
  EXPECT_EQ(player.overlay().up("l"), std::nullopt);
  advance(seconds{1});
  EXPECT_EQ(player.overlay().up("l"), std::optional(false));
  EXPECT_EQ(player.status(row(1), start + seconds{1}).now, (Targets{{"l", "cut"}}));
  advance(seconds{2});
  EXPECT_EQ(player.overlay().up("l"), std::optional(true));
  advance(seconds{4});
  EXPECT_EQ(player.overlay().up("l"), std::nullopt);
}

TEST(LatenessOf, KnowsTheMedianAndTheMaximum) {
  Lateness lateness;
  EXPECT_EQ(lateness.quantile(0.5), nanoseconds{});
  for (int i = 1; i <= 1000; ++i) lateness.add(std::chrono::microseconds{i});
  EXPECT_EQ(lateness.count(), 1000U);
  EXPECT_EQ(lateness.max(), milliseconds{1});
  const auto median = static_cast<double>(lateness.quantile(0.5).count());
  EXPECT_GE(median, 500'000);
  EXPECT_LE(median, 500'000 * 1.126);
  EXPECT_EQ(lateness.quantile(1), milliseconds{1});
  Lateness small;
  for (const int value : {0, 1, 2, 3, 7, 8, 9, 15, 16}) small.add(nanoseconds{value});
  small.add(nanoseconds{-5});
  EXPECT_EQ(small.quantile(0.5), nanoseconds{3});
  small.add(nanoseconds::max());
  EXPECT_EQ(small.quantile(1), nanoseconds::max());
}

}  // namespace
}  // namespace linkfab::fabric
