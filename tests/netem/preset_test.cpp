#include "netem/preset.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netem/qdisc.hpp"

namespace linkfab::netem {
namespace {

TEST(Preset, EachIsValidInBothDirectionsAndPrintsAsItIsWritten) {
  std::set<std::string_view> names;
  for (const auto& preset : presets()) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_FALSE(preset.summary.empty() || preset.source.empty()) << preset.name;
    const auto down = impairment(preset, PresetDirection::down);
    const auto up = impairment(preset, PresetDirection::up);
    EXPECT_EQ(format(down), preset.down);
    EXPECT_EQ(format(up), preset.up);
    for (const auto& direction : {down, up}) {
      EXPECT_FALSE(direction.idle()) << preset.name;
      EXPECT_TRUE(validate(direction)) << preset.name;
      EXPECT_TRUE(to_netem(direction, 1514)) << preset.name;
    }
  }
}

TEST(Preset, ATextMayNameItsDirection) {
  const auto dsl = *find_preset("dsl");
  EXPECT_EQ(*parse_preset("dsl", PresetDirection::up), impairment(*dsl, PresetDirection::up));
  EXPECT_EQ(*parse_preset("dsl/down", PresetDirection::up),
            impairment(*dsl, PresetDirection::down));
  EXPECT_EQ(parse_preset("dsl/sideways", PresetDirection::up).error().cause,
            "the directions are dsl/down and dsl/up");
  EXPECT_EQ(linkfab::format(parse_preset("dls", PresetDirection::up).error()),
            "use preset 'dls': there is none of that name; did you mean 'dsl'?");
  EXPECT_EQ(find_preset("moon").error().cause,
            "there is none of that name; `linkfab presets` lists them");
}

}  // namespace
}  // namespace linkfab::netem
