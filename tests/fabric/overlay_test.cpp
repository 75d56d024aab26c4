#include "fabric/overlay.hpp"

#include <gtest/gtest.h>

#include "fabric/quantity.hpp"
#include "fabric/scenario_key.hpp"

namespace linkfab::fabric {
namespace {

std::string overlaid_text(const Settings& row, const Settings& settings) {
  netem::Impairment impairment;
  for (const auto& [key, value] : row) EXPECT_TRUE(netem::set_option(impairment, key, value));
  const auto done = overlaid(impairment, settings);
  return done ? netem::format(*done) : format(done.error());
}

TEST(Overlaid, KeysThatAreNotNamedAreTheRows) {
  EXPECT_EQ(overlaid_text({{"delay", "20ms"}, {"loss", "1%"}}, {{"loss", "2%"}}),
            "delay=20ms loss=2%");
  EXPECT_EQ(overlaid_text({{"delay", "20ms"}, {"loss", "1%"}}, {{"loss", "none"}}), "delay=20ms");
}

TEST(Overlaid, TheOrderOfTheKeysDoesNotMatter) {
  EXPECT_EQ(overlaid_text({}, {{"loss-correlation", "25%"}, {"loss", "2%"}}),
            "loss=2% loss-correlation=25%");
}

TEST(Overlaid, AnExtraDelayIsAddedToTheDelayWhoeverSaysThat) {
  EXPECT_EQ(overlaid_text({{"delay", "20ms"}}, {{"extra-delay", "5ms"}}), "delay=25ms");
  EXPECT_EQ(overlaid_text({{"delay", "20ms"}}, {{"extra-delay", "5ms"}, {"delay", "1ms"}}),
            "delay=6ms");
  EXPECT_EQ(overlaid_text({{"delay", "20ms"}}, {{"extra-delay", "none"}}), "delay=20ms");
}

TEST(Overlaid, WhatMakesNoSenseTogetherIsAnError) {
  EXPECT_NE(overlaid_text({}, {{"reorder", "5%"}}).find("delay"), std::string::npos);
  EXPECT_EQ(overlaid_text({{"delay", "1ms"}}, {{"reorder", "5%"}}), "delay=1ms reorder=5%");
  EXPECT_NE(overlaid_text({}, {{"extra-delay", "-5ms"}}).find("extra-delay"), std::string::npos);
  EXPECT_NE(
      overlaid_text({{"delay", "9223372036s"}}, {{"extra-delay", "9223372036s"}}).find("longer"),
      std::string::npos);
}

TEST(OverlayOf, HoldsDirectionsAndCablesUntilTheyAreTakenAway) {
  Overlay overlay;
  const Endpoint end{"r1", "eth0"};
  EXPECT_EQ(overlay.direction("l", end), nullptr);
  overlay.set("l", end, {.settings = {{"delay", "1ms"}}, .single_frames = true});
  ASSERT_NE(overlay.direction("l", end), nullptr);
  EXPECT_TRUE(overlay.direction("l", end)->single_frames);
  EXPECT_EQ(overlay.direction("l", {"r2", "eth0"}), nullptr);
  overlay.erase("l", end);
  EXPECT_EQ(overlay.direction("l", end), nullptr);
  EXPECT_FALSE(overlay.up("l"));
  overlay.set_up("l", false);
  EXPECT_EQ(overlay.up("l"), std::optional(false));
  overlay.set_up("l", std::nullopt);
  EXPECT_FALSE(overlay.up("l"));
}

TEST(Quantity, IsReadAndWrittenInTheUnitOfItsKey) {
  const Settings settings{{"delay", "20ms"}, {"extra-delay", "1.5s"},
                          {"loss", "2.5%"},  {"rate", "10mbit"},
                          {"gap", "5"},      {"limit", "auto"}};
  for (const auto& [key, text] : settings) {
    const auto number = parse_quantity(key, text);
    ASSERT_TRUE(number) << key;
    EXPECT_EQ(format_quantity(key, *number), text);
  }
  EXPECT_EQ(*parse_quantity("delay", "20ms"), 2e7);
  EXPECT_FALSE(parse_quantity("distribution", "normal"));
  EXPECT_FALSE(parse_quantity("delay", "20"));
  EXPECT_FALSE(parse_quantity("nonsense", "20"));
}

TEST(Quantity, GoesByDifferencesOrByFactors) {
  const Range range{.key = "rate", .first = 100, .last = 10000};
  EXPECT_EQ(between(range, 0, true), 100);
  EXPECT_EQ(between(range, 1, true), 10000);
  EXPECT_NEAR(between(range, 0.5, true), 1000, 1e-9);
  EXPECT_NEAR(between(range, 0.5, false), 5050, 1e-9);
}

}  // namespace
}  // namespace linkfab::fabric
