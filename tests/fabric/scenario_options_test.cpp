#include "fabric/scenario_options.hpp"

#include <gmock/gmock.h>

namespace linkfab::fabric {
namespace {

using testing::HasSubstr;

TEST(ScenarioOptions, HaveTheSayOverTheFile) {
  const Scenario file{.name = "file", .loop = true, .speed = 3, .seed = 4};
  auto scenario = file;
  apply({}, scenario);
  EXPECT_EQ(scenario, file);
  ScenarioOptions options;
  for (const auto& [option, text] :
       {std::pair{"name", "night"}, std::pair{"loop", "false"}, std::pair{"speed", "0.5"},
        std::pair{"seed", "9"}, std::pair{"at_end", "keep"}})
    EXPECT_TRUE(set_option(options, option, text)) << option;
  apply(options, scenario);
  EXPECT_EQ(
      scenario,
      (Scenario{.name = "night", .loop = false, .speed = 0.5, .seed = 9, .at_end = AtEnd::keep}));
}

TEST(ScenarioOptions, SayWhatWouldBeRight) {
  const auto cause = [](const char* option, const char* text) {
    ScenarioOptions options;
    const auto good = set_option(options, option, text);
    return good ? "good" : good.error().cause;
  };
  EXPECT_THAT(cause("name", "a b"), HasSubstr("1 to 63 of"));
  EXPECT_THAT(cause("speed", "0"), HasSubstr("between 0.001 and 100"));
  EXPECT_THAT(cause("speed", "2x"), HasSubstr("between 0.001 and 100"));
  EXPECT_NE(cause("seed", "-1"), "good");
  EXPECT_NE(cause("loop", "perhaps"), "good");
  EXPECT_EQ(cause("at_end", "stay"), "restore or keep");
  EXPECT_EQ(parse_bin("20ms").value(), std::chrono::milliseconds{20});
  for (const char* text : {"1us", "0ms", "2h", "x"}) EXPECT_FALSE(parse_bin(text)) << text;
}

}  // namespace
}  // namespace linkfab::fabric
