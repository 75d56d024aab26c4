#include "fabric/scenario_rows.hpp"

#include <gtest/gtest.h>

#include "tests/fabric/scenario_samples.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::Row;
using std::chrono::seconds;

Scenario sample() {
  return scenario_of(
      R"({"name": "s", "loop": true, "speed": 2, "seed": 7, "at_end": "keep", "length": 9,
    "steps": [{"at": 1, "link": "l", "to": "a", "set": {"delay": "1ms", "loss": "1%"}},
              {"at": 2, "link": "m", "cut": true}]})");
}

TEST(ScenarioRows, AScenarioReadsAsItIsWritten) {
  const auto columns = scenario_columns(sample());
  const auto read = decode_scenario(Row(columns));
  ASSERT_TRUE(read) << format(read.error());
  EXPECT_EQ(*read, sample());
}

TEST(ScenarioRows, StepsThatMakeNoSenseAreAnError) {
  for (const std::string steps :
       {"", "nonsense", R"({"steps": [{"at": 1, "link": "l", "set": {"delay": "1ms"}}]})",
        R"({"steps": [{"at": 1, "link": "l", "to": "a:eth0", "set": {"preset": "dsl"}}]})"}) {
    auto columns = scenario_columns(sample());
    columns[1].second = steps;
    EXPECT_FALSE(decode_scenario(Row(columns))) << steps;
  }
}

TEST(ScenarioRows, AStatusIsShownAsItIsReported) {
  const ScenarioStatus status{.state = ScenarioStatus::State::ended,
                              .error = "link m is gone",
                              .started = WallTime{seconds{1'700'000'000}},
                              .length = seconds{9},
                              .position = seconds{3},
                              .pass = 4,
                              .steps = 5,
                              .skipped = 6,
                              .late_median = nanoseconds{7},
                              .late_99 = nanoseconds{8},
                              .late_max = nanoseconds{9},
                              .now = {{"l a:eth0", "delay=1ms loss=1%"}},
                              .record = "/x/s.csv"};
  auto columns = scenario_columns(sample());
  for (auto& column : status_columns(status)) columns.push_back(std::move(column));
  const auto view = view_scenario(Row(columns));
  EXPECT_EQ(view.name, "s");
  EXPECT_EQ(view.state, "ended");
  EXPECT_EQ(view.targets, (Targets{{"l a:eth0", "delay,loss"}, {"m", "up"}}));
  EXPECT_EQ(view.status, status);
  EXPECT_TRUE(overlays(view));
}

TEST(CommonTargets, NameWhatBothSay) {
  const Targets one{{"l", "up"}, {"l a:eth0", "delay,loss"}};
  EXPECT_EQ(common_targets(one, {{"l a:eth0", "rate"}, {"l b:eth0", "delay"}}), "");
  EXPECT_EQ(common_targets(one, {{"l a:eth0", "delay,loss,rate"}}),
            "delay, loss of l toward a:eth0");
  EXPECT_EQ(common_targets(one, {{"l", "up"}}), "the cable of l");
}

TEST(SettingsText, IsReadAsItIsWritten) {
  const Settings settings{{"delay", "20ms"}, {"loss", "gemodel:1%,10%"}};
  EXPECT_EQ(format(settings), "delay=20ms loss=gemodel:1%,10%");
  EXPECT_EQ(parse_settings_text(format(settings)), settings);
  EXPECT_EQ(parse_settings_text(""), Settings{});
}

}  // namespace
}  // namespace linkfab::fabric
