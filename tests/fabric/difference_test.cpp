#include "fabric/difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Topology two_nodes() {
  Topology topology{.name = "lab", .nodes = {}, .links = {}, .segments = {}};
  topology.nodes["r1"].interfaces["eth0"].addresses = {"10.0.0.1/24"};
  topology.nodes["r2"].interfaces["eth0"];
  topology.links["cable"] = {.a = {"r1", "eth0"}, .b = {"r2", "eth0"}};
  return topology;
}

TEST(Difference, EqualTopologiesHaveNone) {
  const auto same = difference(two_nodes(), two_nodes());
  EXPECT_TRUE(same.empty());
  EXPECT_EQ(same.unchanged, 3u);
  EXPECT_EQ(summary(same), "nothing to add, nothing to change, nothing to remove, 3 unchanged");
}

TEST(Difference, AChangedImpairmentIsOneFieldOfOneLink) {
  auto want = two_nodes();
  want.links["cable"].b_to_a.delay = std::chrono::milliseconds{20};
  const auto changed = difference(two_nodes(), want);
  EXPECT_THAT(changed.items,
              ElementsAre(Difference::Item{Difference::Action::change,
                                           "link",
                                           "cable",
                                           {{"r2:eth0 -> r1:eth0", "", "delay=20ms"}}}));
  EXPECT_EQ(changed.unchanged, 2u);
}

TEST(Difference, WhatIsGoneIsNamedWithoutItsFields) {
  auto want = two_nodes();
  want.links.clear();
  EXPECT_THAT(difference(two_nodes(), want).items,
              ElementsAre(Difference::Item{Difference::Action::remove, "link", "cable", {}}));
}

TEST(Difference, WhatIsNewSaysEverythingAboutItself) {
  const auto added = difference({}, two_nodes());
  ASSERT_EQ(added.count(Difference::Action::add), 3u);
  EXPECT_THAT(added.items.front().fields,
              ElementsAre(Difference::Field{"interface eth0", "", "10.0.0.1/24"},
                          Difference::Field{"kind", "", "netns"},
                          Difference::Field{"state", "", "running"}));
  EXPECT_EQ(added.name_after, "lab");
}

TEST(Difference, AValueThatGoesIsShownWithWhatItWas) {
  auto have = two_nodes();
  have.nodes["r1"].sysctls["net.ipv4.ip_forward"] = "1";
  const auto changed = difference(have, two_nodes());
  ASSERT_EQ(changed.items.size(), 1u);
  ASSERT_EQ(changed.items[0].fields.size(), 1u);
  EXPECT_EQ(format(changed.items[0].fields[0]), "sysctl net.ipv4.ip_forward: 1 -> none");
}

TEST(Difference, AnotherNameOfTheLabIsADifference) {
  auto want = two_nodes();
  want.name = "other";
  const auto changed = difference(two_nodes(), want);
  EXPECT_THAT(changed.items, IsEmpty());
  EXPECT_FALSE(changed.empty());
}

}  // namespace
}  // namespace linkfab::fabric
