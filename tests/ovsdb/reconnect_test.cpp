#include "ovsdb/reconnect.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace linkfab::ovsdb {
namespace {

using Action = Reconnect::Action;
using ::testing::ElementsAre;

const TimePoint start{std::chrono::hours{1}};

TimePoint at(long long after) {
  return start + milliseconds{after};
}

// Lets every try fail at once; returns when each began, in milliseconds, and which remote it
// called.
std::vector<std::pair<long long, std::string>> failing_tries(Reconnect& reconnect, TimePoint now,
                                                             std::size_t count) {
  std::vector<std::pair<long long, std::string>> tries;
  while (tries.size() < count) {
    now = std::max(now, reconnect.next().value());
    EXPECT_EQ(reconnect.due(now), Action::connect);
    tries.emplace_back(std::chrono::duration_cast<milliseconds>(now - start).count(),
                       reconnect.remote());
    reconnect.lost(now);
  }
  return tries;
}

TEST(Reconnect, WaitsTwiceAsLongAfterEachFailureUpToEightSeconds) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  reconnect.start(start);
  std::vector<long long> times;
  for (const auto& [time, remote] : failing_tries(reconnect, start, 10)) times.push_back(time);
  EXPECT_THAT(times, ElementsAre(0, 100, 300, 700, 1500, 3100, 6300, 12700, 20700, 28700));
}

TEST(Reconnect, TriesEveryRemoteOnceBeforeItWaits) {
  Reconnect reconnect({"a", "b", "c"}, milliseconds{5000});
  reconnect.start(start);
  using Try = std::pair<long long, std::string>;
  EXPECT_THAT(failing_tries(reconnect, start, 7),
              ElementsAre(Try{0, "a"}, Try{0, "b"}, Try{0, "c"}, Try{100, "a"}, Try{100, "b"},
                          Try{100, "c"}, Try{300, "a"}));
}

TEST(Reconnect, AConnectionThatHeldIsReplacedAtOnceAndTheWaitsBeginAnew) {
  Reconnect reconnect({"a", "b"}, milliseconds{5000});
  reconnect.start(start);
  failing_tries(reconnect, start, 8);
  const TimePoint up = reconnect.next().value();
  ASSERT_EQ(reconnect.due(up), Action::connect);
  EXPECT_EQ(reconnect.remote(), "a");
  reconnect.opened(up);
  reconnect.established(up);
  const TimePoint down = up + milliseconds{1000};
  reconnect.lost(down);
  EXPECT_EQ(reconnect.next(), down);
  EXPECT_EQ(reconnect.due(down), Action::connect);
  EXPECT_EQ(reconnect.remote(), "b");
  reconnect.lost(down);
  EXPECT_EQ(reconnect.due(down), Action::connect);
  reconnect.lost(down);
  EXPECT_EQ(reconnect.next(), down + milliseconds{100});
}

TEST(Reconnect, AServerThatAcceptsAndHangsUpIsNotCalledWithoutAPause) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  reconnect.established(start);
  reconnect.lost(at(999));
  EXPECT_EQ(reconnect.next(), at(1099));
  EXPECT_EQ(reconnect.due(at(1098)), Action::none);
}

TEST(Reconnect, ProbesASilentConnectionOnceAndThenGivesItUp) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  EXPECT_EQ(reconnect.due(start), Action::none) << "each action is told once";
  reconnect.opened(start);
  EXPECT_EQ(reconnect.due(at(4999)), Action::none);
  EXPECT_EQ(reconnect.next(), at(5000));
  EXPECT_EQ(reconnect.due(at(5000)), Action::probe);
  EXPECT_EQ(reconnect.due(at(5000)), Action::none);
  EXPECT_EQ(reconnect.next(), at(10000));
  EXPECT_EQ(reconnect.due(at(10000)), Action::give_up);
}

TEST(Reconnect, AProbeThatIsSentLateHasItsWholeIntervalForTheAnswer) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  ASSERT_EQ(reconnect.due(at(20000)), Action::probe) << "the caller was busy all the time";
  EXPECT_EQ(reconnect.due(at(20001)), Action::none);
  EXPECT_EQ(reconnect.next(), at(25000));
  EXPECT_EQ(reconnect.due(at(25000)), Action::give_up);
}

TEST(Reconnect, AnyByteEndsAProbe) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  ASSERT_EQ(reconnect.due(at(5000)), Action::probe);
  reconnect.received(at(6000));
  EXPECT_EQ(reconnect.due(at(10000)), Action::none);
  EXPECT_EQ(reconnect.next(), at(11000));
  EXPECT_EQ(reconnect.due(at(11000)), Action::probe);
}

TEST(Reconnect, AProbeThatIsFollowedByALongerSilenceAfterBytesIsANewOne) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  ASSERT_EQ(reconnect.due(at(5000)), Action::probe);
  reconnect.received(at(5001));
  EXPECT_EQ(reconnect.due(at(10002)), Action::probe) << "nobody asked between the two";
}

TEST(Reconnect, ProbesAUnixSocketOnlyIfToldTo) {
  for (const auto& [remote, interval, probes] :
       {std::tuple{"unix:/run/db.sock", std::optional<milliseconds>{}, false},
        std::tuple{"unix:/run/db.sock", std::optional(milliseconds{300}), true},
        std::tuple{"tcp:127.0.0.1:6640", std::optional<milliseconds>{}, true}}) {
    Reconnect reconnect({remote}, interval);
    reconnect.start(start);
    ASSERT_EQ(reconnect.due(start), Action::connect);
    reconnect.opened(start);
    EXPECT_EQ(reconnect.due(at(60000)), probes ? Action::probe : Action::none) << remote;
    EXPECT_EQ(reconnect.next().has_value(), probes) << remote;
  }
}

TEST(Reconnect, ProbesNeverWhereTheIntervalIsZero) {
  Reconnect reconnect({"a"}, milliseconds{0});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  EXPECT_EQ(reconnect.next(), std::nullopt);
  EXPECT_EQ(reconnect.due(at(1000000)), Action::none);
}

TEST(Reconnect, GivesUpAnOpeningThatTakesTooLong) {
  Reconnect reconnect({"a"}, milliseconds{0});
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  EXPECT_EQ(reconnect.next(), at(5000));
  EXPECT_EQ(reconnect.due(at(4999)), Action::none);
  EXPECT_EQ(reconnect.due(at(5000)), Action::give_up);
}

TEST(Reconnect, DoesNothingWhileStopped) {
  Reconnect reconnect({"a"}, milliseconds{5000});
  EXPECT_EQ(reconnect.due(start), Action::none);
  EXPECT_EQ(reconnect.next(), std::nullopt);
  reconnect.start(start);
  ASSERT_EQ(reconnect.due(start), Action::connect);
  reconnect.stop();
  reconnect.lost(start);
  EXPECT_EQ(reconnect.next(), std::nullopt);
}

TEST(Reconnect, NeedsARemote) {
  EXPECT_THROW(Reconnect({}, milliseconds{0}), std::logic_error);
}

TEST(Reconnect, AServerThatCannotServeIsStayedWithWhereItIsTheOnlyOne) {
  Reconnect reconnect({"a"}, milliseconds{0});
  reconnect.start(start);
  EXPECT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  reconnect.unserved(start);
  EXPECT_EQ(reconnect.next(), std::nullopt);
  EXPECT_EQ(reconnect.due(at(60000)), Action::none);
}

TEST(Reconnect, AServerThatCannotServeIsLeftForTheNextWithoutAPause) {
  Reconnect reconnect({"a", "b"}, milliseconds{5000});
  reconnect.start(start);
  failing_tries(reconnect, start, 9);  // b is next, after a long pause
  const auto now = reconnect.next().value();
  EXPECT_EQ(reconnect.due(now), Action::connect);
  reconnect.opened(now);
  reconnect.unserved(now);
  EXPECT_EQ(reconnect.next(), now + Reconnect::patience);
  EXPECT_EQ(reconnect.due(now + Reconnect::patience), Action::move_on);
  reconnect.moved(now + Reconnect::patience);
  EXPECT_EQ(reconnect.remote(), "a");
  EXPECT_EQ(reconnect.next(), now + Reconnect::patience);
}

TEST(Reconnect, OneThatServesAgainInTimeIsStayedWith) {
  Reconnect reconnect({"a", "b"}, milliseconds{0});
  reconnect.start(start);
  EXPECT_EQ(reconnect.due(start), Action::connect);
  reconnect.opened(start);
  reconnect.unserved(start);
  reconnect.served();
  EXPECT_EQ(reconnect.next(), std::nullopt);
  EXPECT_EQ(reconnect.due(at(60000)), Action::none);
}

}  // namespace
}  // namespace linkfab::ovsdb
