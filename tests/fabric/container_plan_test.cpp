#include "fabric/container_plan.hpp"

#include <gmock/gmock.h>

namespace linkfab::fabric {
namespace {

using containers::Container;
using containers::ContainerState;
using testing::ElementsAre;
using testing::HasSubstr;
using enum ContainerStep;

const Paths paths{
    .instance = "linkfab", .run_dir = "/run/linkfab", .state_dir = "/var/lib/linkfab"};

Node wanted(NodeState state) {
  return {.kind = NodeKind::docker, .image = "alpine", .state = state};
}

// The step for a container in that state, made from what is wanted.
ContainerStep step(NodeState state, ContainerState observed, bool start_allowed = false,
                   bool restart_asked = false) {
  const Node node = wanted(state);
  return next_step(
      {.wanted = &node,
       .wanted_spec = "1",
       .observed =
           Container{.state = observed, .labels = {{instance_label, "linkfab"}, {spec_label, "1"}}},
       .start_allowed = start_allowed,
       .restart_asked = restart_asked});
}

TEST(NextStep, WhatIsWantedRunningIsBroughtToRun) {
  using enum ContainerState;
  constexpr auto running_wanted = NodeState::running;
  EXPECT_EQ(step(running_wanted, created), start);
  EXPECT_EQ(step(running_wanted, running), none);
  EXPECT_EQ(step(running_wanted, paused), unpause);
  EXPECT_EQ(step(running_wanted, restarting), none);
  EXPECT_EQ(step(running_wanted, dead), ContainerStep::remove);
}

TEST(NextStep, OneThatEndedByItselfStaysEndedUntilItIsAskedFor) {
  using enum ContainerState;
  EXPECT_EQ(step(NodeState::running, exited), none);
  EXPECT_EQ(step(NodeState::running, exited, true), start);
  EXPECT_EQ(step(NodeState::running, exited, false, true), start);
  EXPECT_EQ(step(NodeState::paused, exited), none);
  EXPECT_EQ(step(NodeState::stopped, exited, true), none);
}

TEST(NextStep, WhatIsWantedStoppedIsStopped) {
  using enum ContainerState;
  EXPECT_EQ(step(NodeState::stopped, running), stop);
  EXPECT_EQ(step(NodeState::stopped, paused), stop);
  EXPECT_EQ(step(NodeState::stopped, restarting), stop);
  EXPECT_EQ(step(NodeState::stopped, created), none);
  EXPECT_EQ(step(NodeState::stopped, running, false, true), stop);
}

TEST(NextStep, WhatIsWantedPausedRunsFirst) {
  using enum ContainerState;
  EXPECT_EQ(step(NodeState::paused, created), start);
  EXPECT_EQ(step(NodeState::paused, running), pause);
  EXPECT_EQ(step(NodeState::paused, paused), none);
}

TEST(NextStep, ARestartIsOfWhatRuns) {
  using enum ContainerState;
  EXPECT_EQ(step(NodeState::running, running, false, true), restart);
  EXPECT_EQ(step(NodeState::running, paused, false, true), restart);
  EXPECT_EQ(step(NodeState::running, created, false, true), start);
}

TEST(NextStep, AMissingContainerIsMadeUnlessItsNodeIsStopped) {
  const Node running = wanted(NodeState::running);
  const Node stopped = wanted(NodeState::stopped);
  EXPECT_EQ(next_step({.wanted = &running}), create);
  EXPECT_EQ(next_step({.wanted = &stopped}), none);
  EXPECT_EQ(next_step({}), none);
}

TEST(NextStep, OneThatIsNotWantedOrMadeFromSomethingElseIsRemoved) {
  const Node node = wanted(NodeState::running);
  EXPECT_EQ(next_step({.observed = Container{.labels = {{instance_label, "linkfab"}}}}), remove);
  EXPECT_EQ(next_step({.wanted = &node,
                       .wanted_spec = "1",
                       .observed = Container{.labels = {{instance_label, "linkfab"}}}}),
            remove);
  EXPECT_EQ(next_step({.wanted = &node,
                       .wanted_spec = "1",
                       .observed =
                           Container{.state = ContainerState::running,
                                     .labels = {{instance_label, "linkfab"}, {spec_label, "2"}}}}),
            remove);
}

std::string label_of(const Node& node) {
  const auto spec = container_spec(paths, "c1", node);
  EXPECT_TRUE(spec);
  return spec ? spec->labels.at(spec_label) : "";
}

TEST(NextStep, OneWithoutOurLabelIsSomebodyElses) {
  EXPECT_EQ(next_step({.observed = Container{.state = ContainerState::running}}),
            ContainerStep::none);
}

TEST(ContainerSpec, TheLabelStaysWhenNothingChangesThatAContainerIsMadeFrom) {
  const Node node = wanted(NodeState::running);
  Node other = node;
  other.state = NodeState::paused;
  other.interfaces["eth0"] = {.mtu = 9000};
  other.routes = {{.destination = "0.0.0.0/0", .dev = "eth0"}};
  EXPECT_EQ(label_of(node), label_of(other));
}

TEST(ContainerSpec, TheLabelChangesWithAllThatAContainerIsMadeFrom) {
  const Node node = wanted(NodeState::running);
  std::set<std::string> labels{label_of(node)};
  const auto changed = [&](auto change) {
    Node other = node;
    change(other);
    return labels.insert(label_of(other)).second;
  };
  EXPECT_TRUE(changed([](Node& it) { it.image = "busybox"; }));
  EXPECT_TRUE(changed([](Node& it) { it.command = {"a", "b"}; }));
  EXPECT_TRUE(changed([](Node& it) { it.command = {"a b"}; }));
  EXPECT_TRUE(changed([](Node& it) { it.environment = {{"A", "b"}}; }));
  EXPECT_TRUE(changed([](Node& it) { it.binds = {"/a:/b"}; }));
  EXPECT_TRUE(changed([](Node& it) { it.sysctls = {{"net.ipv4.ip_forward", "1"}}; }));
  EXPECT_TRUE(changed([](Node& it) { it.options = {{"memory", "1g"}}; }));
}

TEST(ContainerSpec, OptionsBecomeItsSettings) {
  Node node = wanted(NodeState::running);
  node.options = {{"privileged", "yes"},
                  {"memory", "256m"},
                  {"cpus", "0.5"},
                  {"user", "1000"},
                  {"hostname", "other"},
                  {"workdir", "/srv"},
                  {"capabilities", "SYS_ADMIN,SYS_TIME"}};
  const auto spec = container_spec(paths, "c1", node);
  ASSERT_TRUE(spec) << format(spec.error());
  EXPECT_EQ(spec->name, "linkfab-c1");
  EXPECT_TRUE(spec->privileged);
  EXPECT_EQ(spec->memory, 256U << 20U);
  EXPECT_EQ(spec->cpus, 0.5);
  EXPECT_EQ(spec->user, "1000");
  EXPECT_EQ(spec->hostname, "other");
  EXPECT_EQ(spec->working_directory, "/srv");
  EXPECT_THAT(spec->capabilities, ElementsAre("NET_ADMIN", "NET_RAW", "SYS_ADMIN", "SYS_TIME"));
  EXPECT_THAT(spec->binds, ElementsAre("/run/linkfab/nodes/c1:/.linkfab:ro"));
  EXPECT_EQ(spec->labels.at(instance_label), "linkfab");
  EXPECT_EQ(spec->labels.at(node_label), "c1");
}

TEST(ContainerSpec, MemoryTakesTheUsualUnits) {
  const auto memory = [](const char* text) {
    Node node = wanted(NodeState::running);
    node.options = {{"memory", text}};
    const auto spec = container_spec(paths, "c1", node);
    return spec ? spec->memory : 0;
  };
  EXPECT_EQ(memory("1000000"), 1000000U);
  EXPECT_EQ(memory("7b"), 7U);
  EXPECT_EQ(memory("7k"), 7U << 10U);
  EXPECT_EQ(memory("7g"), std::uint64_t{7} << 30U);
}

TEST(ContainerSpec, AnOptionThatMakesNoSenseIsNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"privileged", "maybe"}, {"memory", "lots"}, {"memory", "1t"},
      {"memory", "1mb"},       {"memory", "-1"},   {"memory", "17179869185g"},
      {"cpus", "0"},           {"cpus", "-1"},     {"cpus", "1,5"},
      {"cpus", "nan"},         {"cpus", "inf"},    {"prvileged", "yes"}};
  for (const auto& [key, value] : wrong) {
    Node node = wanted(NodeState::running);
    node.options = {{key, value}};
    const auto spec = container_spec(paths, "c1", node);
    ASSERT_FALSE(spec) << key << "=" << value;
    EXPECT_EQ(spec.error().code, Errc::invalid);
    EXPECT_THAT(spec.error().attempt, HasSubstr(key));
  }
}

TEST(ContainerSpec, TheImagesOwnCommandRunsWhereNoneIsGiven) {
  const containers::Image image{.entrypoint = {"/init"}, .command = {"-d"}};
  Node node = wanted(NodeState::running);
  EXPECT_THAT(complete_spec({}, node, image).command, ElementsAre("/init", "-d"));
  node.command = {"sleep", "1"};
  EXPECT_THAT(complete_spec({}, node, image).command, ElementsAre("sleep", "1"));
}

TEST(ContainerStatus, SaysWhyAContainerDoesNotRun) {
  const auto ended = container_status({.state = ContainerState::exited, .exit_code = 137});
  EXPECT_EQ(ended.state, NodeStatus::State::stopped);
  EXPECT_THAT(ended.error, HasSubstr("status 137"));
  const auto failed = container_status({.state = ContainerState::created, .error = "no such file"});
  EXPECT_EQ(failed.error, "no such file");
  EXPECT_EQ(container_status({.state = ContainerState::running, .pid = 5}).pid, 5);
}

}  // namespace
}  // namespace linkfab::fabric
