#include "fabric/timeline.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/units.hpp"
#include "tests/fabric/scenario_samples.hpp"

namespace linkfab::fabric {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

Timeline timeline(const std::string& steps, const std::string& head = {}) {
  return Timeline{scenario_of("{" + head + "\"steps\": [" + steps + "]}")};
}

std::string text(const Values& values) {
  std::string text;
  if (values.up) text = *values.up ? "up" : "down";
  for (const auto& [key, value] : values.settings)
    text += (text.empty() ? "" : " ") + key + '=' + value;
  return text;
}

// "TIME: VALUES" at every time at which something is said anew, of the first track.
std::vector<std::string> course(const Timeline& timeline, std::int64_t pass = 0) {
  std::vector<std::string> lines;
  const auto& track = timeline.tracks().front();
  Moment moment{.pass = pass, .time = nanoseconds{-1}};
  while (const auto next = timeline.next(track, moment)) {
    moment.time = *next;
    lines.push_back(linkfab::format(*next) + ": " + text(timeline.at(track, moment)));
    if (lines.size() > 1000) break;
  }
  return lines;
}

TEST(TimelineOf, AKeyHoldsUntilItIsNamedAgain) {
  EXPECT_THAT(course(timeline(R"({"at": 0, "link": "l", "to": "a", "set": {"delay": "1ms"}},
                                 {"at": 1, "link": "l", "to": "a", "set": {"loss": "2%"}},
                                 {"at": 2, "link": "l", "to": "a", "set": {"delay": "3ms"}})",
                              R"("length": 3, )")),
              ElementsAre("0: delay=1ms", "1s: delay=1ms loss=2%", "2s: delay=3ms loss=2%"));
}

TEST(TimelineOf, NothingIsSaidBeforeTheFirstStep) {
  const auto it =
      timeline(R"({"at": 1, "link": "l", "to": "a", "set": {"delay": "1ms"}})", R"("length": 3, )");
  EXPECT_EQ(it.at(it.tracks()[0], {0, milliseconds{999}}), Values{});
  EXPECT_EQ(text(it.at(it.tracks()[0], {0, seconds{3}})), "delay=1ms");
}

TEST(TimelineOf, ARampGoesInStepsAndEndsAtItsLastValue) {
  EXPECT_THAT(
      course(timeline(
          R"({"at": 1, "link": "l", "to": "a", "ramp": {"delay": ["10ms", "20ms"]}, "for": "1s", "every": "400ms"})",
          R"("length": 3, )")),
      ElementsAre("1s: delay=10ms", "1.4s: delay=14ms", "1.8s: delay=18ms", "2s: delay=20ms"));
}

TEST(TimelineOf, AGeometricRampGoesByEqualFactors) {
  EXPECT_THAT(
      course(timeline(
          R"({"at": 0, "link": "l", "to": "a", "ramp": {"rate": ["1mbit", "4mbit"]}, "for": "2s", "every": "1s", "geometric": true})",
          R"("length": 3, )")),
      ElementsAre("0: rate=1mbit", "1s: rate=2mbit", "2s: rate=4mbit"));
}

TEST(TimelineOf, TheStepThatBeganLastHasTheSay) {
  EXPECT_THAT(
      course(timeline(
          R"({"at": 0, "link": "l", "to": "a", "ramp": {"delay": ["0ms", "30ms"]}, "for": "3s", "every": "1s"},
                     {"at": 2, "link": "l", "to": "a", "set": {"delay": "5ms"}})",
          R"("length": 4, )")),
      ElementsAre("0: delay=0", "1s: delay=10ms", "2s: delay=5ms"));
}

constexpr const char* random_step =
    R"({"at": 0, "link": "l", "to": ["a", "b"], "random": {"delay": ["0ms", "100ms"]}, "for": "20s", "every": "1s"})";

TEST(TimelineOf, ADrawFollowsFromTheSeedThePassAndTheDirection) {
  const auto one = course(timeline(random_step, R"("seed": 1, "loop": true, )"));
  EXPECT_EQ(one.size(), 20U);
  EXPECT_EQ(std::set<std::string>(one.begin(), one.end()).size(), 20U);
  EXPECT_EQ(course(timeline(random_step, R"("seed": 1, "loop": true, )")), one);
  EXPECT_NE(course(timeline(random_step, R"("seed": 2, "loop": true, )")), one);
  EXPECT_NE(course(timeline(random_step, R"("seed": 1, "loop": true, )"), 1), one);
  const auto it = timeline(random_step);
  EXPECT_NE(it.at(it.tracks()[0], {0, seconds{3}}), it.at(it.tracks()[1], {0, seconds{3}}));
}

TEST(TimelineOf, ADrawIsEvenBetweenItsTwoValues) {
  const auto it = timeline(
      R"({"at": 0, "link": "l", "to": "a", "random": {"loss": ["0%", "10%"]}, "for": "1000s", "every": "1s"})");
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto value = std::stod(it.at(it.tracks()[0], {0, seconds{i}}).settings[0].second);
    EXPECT_GE(value, 0);
    EXPECT_LE(value, 10);
    sum += value;
  }
  EXPECT_NEAR(sum / 1000, 5, 0.5);
}

TEST(TimelineOf, AFlapPullsTheCableInTurnAndLeavesItIn) {
  EXPECT_THAT(
      course(timeline(R"({"at": 1, "link": "l", "flap": {"down": "1s", "up": "2s"}, "for": "4s"})",
                      R"("length": 6, )")),
      ElementsAre("1s: down", "2s: up", "4s: down", "5s: up"));
}

TEST(TimelineOf, JitterMovesTheChangesOfAFlapNeverOutOfOrder) {
  const auto it = timeline(
      R"({"at": 0, "link": "l", "flap": {"down": "100ms", "up": "100ms", "jitter": "45ms"}, "for": "20s"})",
      R"("seed": 3, )");
  const auto all = course(it);
  ASSERT_GE(all.size(), 200U);
  int moved = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(all[i].ends_with(i % 2 == 0 ? ": down" : ": up")) << all[i];
    if (!all[i].starts_with(linkfab::format(milliseconds{100 * i}) + ':')) ++moved;
  }
  EXPECT_GT(moved, 150);
}

TEST(TimelineOf, ACableIsCutAndRestored) {
  EXPECT_THAT(course(timeline(R"({"at": 1, "link": "l", "cut": true},
                                 {"at": 2, "link": "l", "restore": true})",
                              R"("length": 3, )")),
              ElementsAre("1s: down", "2s: up"));
}

TEST(TimelineOf, ALoopStartsAfreshAndWhatIsNotLoopedStaysAtItsEnd) {
  const auto looped = timeline(R"({"at": 1, "link": "l", "to": "a", "set": {"delay": "1ms"}})",
                               R"("length": 3, "loop": true, )");
  EXPECT_EQ(looped.moment(seconds{7}), (Moment{.pass = 2, .time = seconds{1}}));
  EXPECT_EQ(looped.at(looped.tracks()[0], {1, {}}), Values{});
  EXPECT_FALSE(looped.ended(seconds{1000}));
  const auto once =
      timeline(R"({"at": 1, "link": "l", "to": "a", "set": {"delay": "1ms"}})", R"("length": 3, )");
  EXPECT_EQ(once.moment(seconds{7}), (Moment{.pass = 0, .time = seconds{3}}));
  EXPECT_TRUE(once.ended(seconds{3}));
  EXPECT_FALSE(once.ended(seconds{3} - nanoseconds{1}));
}

// What a restart relies on: the values at a time do not depend on how one came there.
TEST(TimelineOf, NextNamesEveryTimeAtWhichTheValuesChange) {
  const auto it = timeline(
      R"({"at": 0, "link": "l", "to": "a", "ramp": {"delay": ["0ms", "50ms"]}, "for": "500ms", "every": "30ms"},
         {"at": 0.1, "link": "l", "to": "a", "random": {"loss": ["0%", "9%"]}, "for": "450ms", "every": "7ms"},
         {"at": 0.3, "link": "l", "to": "a", "set": {"loss": "1%"}})",
      R"("length": 1, )");
  const auto& track = it.tracks()[0];
  std::set<nanoseconds> said;
  Moment moment{.pass = 0, .time = nanoseconds{-1}};
  while (const auto next = it.next(track, moment)) said.insert(moment.time = *next);
  for (nanoseconds time{1}; time < seconds{1}; time += milliseconds{1}) {
    const bool changed = it.at(track, {0, time}) != it.at(track, {0, time - milliseconds{1}});
    const bool named =
        said.lower_bound(time - milliseconds{1} + nanoseconds{1}) != said.upper_bound(time);
    if (changed) {
      EXPECT_TRUE(named) << linkfab::format(time);
    }
  }
}

}  // namespace
}  // namespace linkfab::fabric
