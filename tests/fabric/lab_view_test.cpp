#include "fabric/lab_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

NodeView node(const std::string& name, const std::string& wanted, const std::string& state) {
  NodeView view;
  view.name = name;
  view.wanted = wanted;
  view.state = state;
  return view;
}

LinkView link(const std::string& state) {
  LinkView view{
      .name = "cable", .kind = "link", .wanted = "up", .state = state, .error = "", .ends = {}};
  view.ends.resize(2);
  view.ends[0].endpoint = {"r1", "eth0"};
  view.ends[1].endpoint = {"r2", "eth0"};
  return view;
}

LabView lab(const std::string& r2, const std::string& cable) {
  LabView view;
  view.nodes = {node("r1", "running", "running"), node("r2", "running", r2)};
  view.links = {link(cable)};
  return view;
}

TEST(Progress, AllAsWantedIsSettledWithoutErrors) {
  const auto done = progress(lab("running", "up"));
  EXPECT_TRUE(done.settled());
  EXPECT_THAT(done.errors, IsEmpty());
  EXPECT_EQ(done.nodes_ready, 2u);
  EXPECT_EQ(done.links_ready, 1u);
}

TEST(Progress, ANodeThatIsPulledIsWaitedForWithHowFarItsImageIs) {
  auto view = lab("starting", "down");
  view.nodes[1].progress = "layer 3 of 7";
  EXPECT_THAT(progress(view).waiting, ElementsAre(Progress::Wait{"node r2", "layer 3 of 7"},
                                                  Progress::Wait{"link cable", "down"}));
}

TEST(Progress, WhatNobodyReportedYetIsPending) {
  EXPECT_THAT(progress(lab("running", "")).waiting,
              ElementsAre(Progress::Wait{"link cable", "pending"}));
}

TEST(Progress, ALinkOfANodeInErrorIsNotWaitedFor) {
  auto view = lab("error", "down");
  view.nodes[1].error = "start container: No such image: foo";
  const auto over = progress(view);
  EXPECT_TRUE(over.settled());
  EXPECT_THAT(over.errors, ElementsAre("node r2: start container: No such image: foo"));
}

TEST(Progress, ALinkOfAStoppedNodeIsAsItMustBe) {
  auto view = lab("stopped", "down");
  view.nodes[1].wanted = "stopped";
  EXPECT_TRUE(progress(view).settled());
  EXPECT_EQ(progress(view).links_ready, 1u);
}

TEST(Progress, ARestartIsWaitedForThoughTheNodeStillRuns) {
  auto view = lab("running", "up");
  view.nodes[1].restart_due = true;
  EXPECT_THAT(progress(view).waiting, ElementsAre(Progress::Wait{"node r2", "running"}));
}

TEST(Progress, NothingIsWaitedForOnAHostThatNothingIsHeardOf) {
  auto view = lab("unknown", "down");
  view.links[0].unheard = true;
  view.errors = {"host h2: nothing is heard of it"};
  const auto over = progress(view);
  EXPECT_TRUE(over.settled());
  EXPECT_THAT(over.errors, ElementsAre("host h2: nothing is heard of it"));
  EXPECT_EQ(over.nodes_ready, 1u);
  EXPECT_EQ(over.links_ready, 0u);
}

TEST(MarkUnheard, ALinkIsDownForTheReasonOfItsEnd) {
  auto view = lab("running", "up");
  auto& link = view.links[0];
  mark_unheard(link);
  EXPECT_EQ(link.state, "up");
  EXPECT_FALSE(link.unheard);
  link.ends.resize(2);
  link.ends[1].unheard = "host h2 is silent";
  mark_unheard(link);
  EXPECT_TRUE(link.unheard);
  EXPECT_EQ(link.state, "down");
  EXPECT_EQ(link.error, "host h2 is silent");
}

TEST(Progress, ADanglingLinkIsAnErrorEvenWithoutAText) {
  EXPECT_THAT(progress(lab("running", "dangling")).errors, ElementsAre("link cable: dangling"));
}

}  // namespace
}  // namespace linkfab::fabric
