#include "core/log.hpp"

#include <cstdlib>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::log {
namespace {

using testing::IsEmpty;
using testing::MatchesRegex;

std::string written(const std::function<void()>& body) {
  testing::internal::CaptureStderr();
  body();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, ALineHasItsTimeAndLevel) {
  EXPECT_THAT(written([] { info("fabric is up"); }),
              MatchesRegex("20[0-9-]+T[0-9:]+\\.[0-9]+ info fabric is up\n"));
}

TEST(Log, BracesInALineAreNotAFormat) {
  EXPECT_THAT(written([] { warning("{} {0} {x"); }),
              MatchesRegex(".* warning \\{\\} \\{0\\} \\{x\n"));
}

TEST(Log, BelowTheLevelThereIsSilence) {
  ASSERT_TRUE(set_level("warning"));
  EXPECT_THAT(written([] { info("not told"); }), IsEmpty());
  EXPECT_THAT(written([] { warning("told"); }), MatchesRegex(".*told\n"));
  ASSERT_TRUE(set_level("debug"));
  EXPECT_THAT(written([] { debug("told"); }), MatchesRegex(".* debug told\n"));
  ASSERT_TRUE(set_level("info"));
}

TEST(Log, ALevelThatIsNoneIsRefused) {
  for (const auto* name : {"", "warn", "INFO", "trace", "off"})
    EXPECT_FALSE(set_level(name)) << name;
}

TEST(Log, ARepeatedFailureIsToldWhenItStartsChangesAndEnds) {
  EXPECT_THAT(written([] { repeated("r1", "no image"); }),
              MatchesRegex(".* warning r1: no image\n"));
  EXPECT_THAT(written([] { repeated("r1", "no image"); }), IsEmpty());
  EXPECT_THAT(written([] { repeated("r2", "no image"); }),
              MatchesRegex(".* warning r2: no image\n"));
  EXPECT_THAT(written([] { repeated("r1", "no engine"); }),
              MatchesRegex(".* warning r1: no engine\n"));
  EXPECT_THAT(written([] { ended("r1"); }), MatchesRegex(".* info r1: recovered\n"));
  EXPECT_THAT(written([] { ended("r1"); }), IsEmpty());
  EXPECT_THAT(written([] { repeated("r1", "no engine"); }),
              MatchesRegex(".* warning r1: no engine\n"));
  EXPECT_THAT(written([] { ended("never failed"); }), IsEmpty());
}

TEST(LogDeathTest, UnderTheJournalALineHasAPriorityAndNoTime) {
  GTEST_FLAG_SET(death_test_style,
                 "threadsafe");  // a process of its own, in which nothing was logged before
  EXPECT_EXIT(
      {
        ::setenv("JOURNAL_STREAM", "8:1", 1);
        info("up");
        error("down");
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^<6>up\n<3>down\n$");
}

}  // namespace
}  // namespace linkfab::log
