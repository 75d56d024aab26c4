#include "fabric/ports.hpp"

#include <gtest/gtest.h>

#include "fabric/names.hpp"
#include "tests/fabric/desired_of.hpp"

namespace linkfab::fabric {
namespace {

using netem::Netem;
using std::chrono::milliseconds;

WantedPort wanted() {
  return {
      .device = "lf0", .node = Presence{.netns = "/n", .inode = 7}, .config = 1, .carrier = true};
}
// As wanted() asks for.
ObservedPort complete() {
  return {.index = netem::IfIndex{3}, .netns = 7, .config = 1, .up = true, .attached = true};
}
std::string plan(const std::optional<WantedPort>& want, const ObservedPort& have) {
  return format(plan_port(want, have));
}
Netem delayed(int time) {
  return {.delay_ns = std::chrono::nanoseconds(milliseconds{time}).count(), .limit = 5000};
}

TEST(PlanPort, NothingIsDoneToWhatIsAsWanted) {
  EXPECT_TRUE(plan_port(wanted(), complete()).empty());
  EXPECT_TRUE(plan_port(std::nullopt, {}).empty());
}

TEST(PlanPort, WhatIsNotWantedGoesAsFarAsItIsThere) {
  ObservedPort device = complete();
  device.attached = false;
  EXPECT_EQ(plan(std::nullopt, device), "remove device");
  EXPECT_EQ(plan(std::nullopt, {.attached = true}), "detach");
  EXPECT_EQ(plan(std::nullopt, complete()), "remove device, detach");
}

TEST(PlanPort, APortOfAnAbsentNodeKeepsItsRowAndNothingElse) {
  WantedPort absent = wanted();
  absent.node.reset();
  absent.carrier = false;
  EXPECT_EQ(plan(absent, complete()), "remove device");
  EXPECT_TRUE(plan_port(absent, {.attached = true}).empty());
  EXPECT_TRUE(plan_port(absent, {}).empty());
}

TEST(PlanPort, ANewPortIsMadeWhole) {
  const auto work = plan_port(wanted(), {});
  EXPECT_EQ(format(work), "create, attach, up");
  EXPECT_TRUE(work.configure);
  EXPECT_FALSE(work.remove);
}

TEST(PlanPort, ANodeThatReturnsFindsItsRow) {
  EXPECT_EQ(plan(wanted(), {.attached = true}), "create, up");
}

TEST(PlanPort, ADeviceIntoAFormerNamespaceIsMadeAnew) {
  ObservedPort former = complete();
  former.netns = 6;
  const auto work = plan_port(wanted(), former);
  EXPECT_EQ(format(work), "remove device, create, up");
  EXPECT_TRUE(work.configure);
}

TEST(PlanPort, AHalfMadeDeviceIsMadeAnew) {
  ObservedPort half = complete();
  half.netns = 0;
  EXPECT_EQ(plan(wanted(), half), "remove device, create, up");
}

TEST(PlanPort, OtherSettingsAreConfiguredInPlace) {
  ObservedPort other = complete();
  other.config = 2;
  EXPECT_EQ(plan(wanted(), other), "configure node end");
}

TEST(PlanPort, OneThatTheSwitchDoesNotCarryIsNoPortOfIt) {
  auto direct = wanted();
  direct.on_switch = false;
  auto have = complete();
  have.attached = false;
  EXPECT_TRUE(plan_port(direct, have).empty());
  EXPECT_FALSE(plan_port(direct, {}).attach);
  EXPECT_EQ(plan(direct, complete()), "detach");
  direct.node.reset();
  EXPECT_EQ(plan(direct, {.attached = true}), "detach");
  EXPECT_EQ(plan(wanted(), have), "attach");
}

TEST(PlanPort, CarrierFollowsWhatIsWanted) {
  WantedPort dark = wanted();
  dark.carrier = false;
  ObservedPort down = complete();
  down.up = false;
  EXPECT_EQ(plan(dark, complete()), "down");
  EXPECT_EQ(plan(dark, down), "");
  EXPECT_EQ(plan(wanted(), down), "up");
  EXPECT_EQ(plan(dark, {}), "create, attach");
}

TEST(PlanPort, AnImpairmentIsInstalledWhereItIsNotInForce) {
  WantedPort slow = wanted();
  slow.netem = delayed(20);
  EXPECT_EQ(plan_port(slow, complete()).netem, delayed(20));
  ObservedPort have = complete();
  have.netem = delayed(30);
  EXPECT_EQ(plan_port(slow, have).netem, delayed(20));
  have.netem = delayed(20);
  EXPECT_TRUE(plan_port(slow, have).empty());
  have.netns = 6;  // another device: without a qdisc
  EXPECT_EQ(plan_port(slow, have).netem, delayed(20));
}

TEST(PlanPort, AnImpairmentThatEndsLeavesAnIdleOneWithItsQueue) {
  ObservedPort have = complete();
  have.netem = delayed(20);
  const auto idle = plan_port(wanted(), have).netem;
  ASSERT_TRUE(idle);
  EXPECT_EQ(*idle, (Netem{.limit = 5000}));
  have.netem = idle;
  EXPECT_TRUE(plan_port(wanted(), have).empty());
  have.netem = delayed(20);
  have.netns = 6;
  EXPECT_FALSE(plan_port(wanted(), have).netem);
}

TEST(PlanPort, AShortQueueEndsWithItsImpairment) {
  ObservedPort have = complete();
  have.netem = delayed(20);
  have.netem->limit = 4;
  const auto idle = plan_port(wanted(), have).netem;
  ASSERT_TRUE(idle);
  EXPECT_EQ(*idle, (Netem{.limit = 1000}));
}

TEST(PlanPort, AnotherDistributionIsSentThoughTheKernelDoesNotReportIt) {
  WantedPort jittery = wanted();
  jittery.netem = netem::Netem{.delay_ns = 20'000'000, .jitter_ns = 1'000'000};
  jittery.netem->distribution = {-8192, 0, 8192};
  ObservedPort have = complete();
  have.netem = jittery.netem;
  have.netem->distribution.clear();
  have.tables = tables_id(*jittery.netem);
  EXPECT_TRUE(plan_port(jittery, have).empty());
  jittery.netem->distribution = {-8192, 8192};
  EXPECT_EQ(plan_port(jittery, have).netem, jittery.netem);
  have.tables.reset();
  EXPECT_EQ(plan_port(jittery, have).netem, jittery.netem);
  // Without jitter there is nothing to be sent.
  jittery.netem->jitter_ns = have.netem->jitter_ns = 0;
  EXPECT_TRUE(plan_port(jittery, have).empty());
}

TEST(PlanPort, AnAutomaticLimitShrinksWhenItsQueueHas) {
  WantedPort short_link = wanted();
  short_link.netem = Netem{.delay_ns = 10'000'000, .limit = 1000};
  short_link.automatic_limit = true;
  ObservedPort have = complete();
  have.netem = Netem{.delay_ns = 400'000'000, .limit = 17'000};
  // Nothing that comes now is dropped for what has been there.
  const auto held = plan_port(short_link, have).netem;
  EXPECT_EQ(held, (Netem{.delay_ns = 10'000'000, .limit = 17'000}));
  have.netem = held;
  EXPECT_TRUE(plan_port(short_link, have).empty());
  EXPECT_TRUE(lingers(short_link, have));
  have.queued = 1000;
  EXPECT_TRUE(plan_port(short_link, have).empty());
  have.queued = 999;
  EXPECT_EQ(plan_port(short_link, have).netem, short_link.netem);
  have.netem = short_link.netem;
  EXPECT_FALSE(lingers(short_link, have));
  // One that was asked for is in force at once; one that grows too.
  short_link.automatic_limit = false;
  have.netem->limit = 17'000;
  have.queued.reset();
  EXPECT_EQ(plan_port(short_link, have).netem, short_link.netem);
  short_link.automatic_limit = true;
  have.netem->limit = 10;
  EXPECT_EQ(plan_port(short_link, have).netem, short_link.netem);
}

// Four nodes with eth0; n1 and n2 are joined by a link, n3 and n4 (and n1's eth1) by a segment.
class WantedPortTest : public testing::Test {
 protected:
  WantedPortTest() {
    for (const char* name : {"n1", "n2", "n3", "n4"}) {
      lab.nodes[name].interfaces["eth0"];
      there[name] = {.netns = name, .inode = 7};
    }
    lab.nodes["n1"].interfaces["eth1"];
    lab.nodes["n1"].interfaces["free"];
    lab.links["cable"] = {.a = {"n1", "eth0"}, .b = {"n2", "eth0"}};
    lab.segments["lan"].members = {
        {{"n1", "eth1"}, {}}, {{"n3", "eth0"}, {}}, {{"n4", "eth0"}, {}}};
  }

  [[nodiscard]] std::optional<WantedPort> port(const Endpoint& endpoint,
                                               bool userspace = false) const {
    const auto desired = Dump(lab).desired();
    const auto presence = [this](const std::string& node) {
      const auto found = there.find(node);
      return found == there.end() ? nullptr : &found->second;
    };
    const auto carrier = [this](const Endpoint& end) -> std::optional<bool> {
      const auto found = node_end_up.find(end);
      return found == node_end_up.end() ? std::nullopt : std::optional(found->second);
    };
    auto result = wanted_port(desired, overlay, underlay, {"linkfab", userspace}, endpoint,
                              presence, carrier);
    if (!result) ADD_FAILURE() << format(result.error());
    return result ? *result : std::nullopt;
  }
  [[nodiscard]] std::uint64_t config(const Endpoint& endpoint) const {
    return port(endpoint)->config;
  }

  Topology lab;
  Overlay overlay;
  Underlay underlay;
  std::map<std::string, Presence> there;
  std::map<Endpoint, bool> node_end_up;
  const Endpoint n1{"n1", "eth0"}, n2{"n2", "eth0"}, n3{"n3", "eth0"}, n4{"n4", "eth0"};
};

TEST_F(WantedPortTest, AnInterfaceThatIsNotThereIsNotWanted) {
  EXPECT_FALSE(port({"n1", "eth9"}));
  EXPECT_FALSE(port({"n9", "eth0"}));
}

TEST_F(WantedPortTest, WhatIsNotSaidIsDerived) {
  const auto it = port(n1);
  EXPECT_EQ(it->device, device_name("linkfab", n1));
  EXPECT_EQ(it->end.name, "eth0");
  EXPECT_EQ(it->end.mac, derived_mac("linkfab", n1));
  EXPECT_EQ(it->end.mtu, 1500U);
  EXPECT_FALSE(it->netem);
  lab.nodes["n1"].interfaces["eth0"] = {.mac = "02:00:00:00:00:01", .mtu = 9000};
  EXPECT_EQ(port(n1)->end.mac, "02:00:00:00:00:01");
  EXPECT_EQ(port(n1)->end.mtu, 9000U);
}

TEST_F(WantedPortTest, AJoinedInterfaceHasCarrierAndAFreeOneHasNot) {
  EXPECT_TRUE(port(n1)->carrier);
  EXPECT_TRUE(port(n3)->carrier);
  EXPECT_FALSE(port({"n1", "free"})->carrier);
}

TEST_F(WantedPortTest, ALinkHasCarrierWhileBothNodesRun) {
  there.erase("n2");
  EXPECT_FALSE(port(n1)->carrier);
  EXPECT_FALSE(port(n2)->node);
  EXPECT_FALSE(port(n2)->carrier);
}

TEST_F(WantedPortTest, ACarrierThatIsAlwaysThereGoesWithACutOnly) {
  lab.nodes["n1"].interfaces["free"].carrier_always = true;
  lab.nodes["n1"].interfaces["eth0"].carrier_always = true;
  EXPECT_TRUE(port({"n1", "free"})->carrier);
  there.erase("n2");
  EXPECT_TRUE(port(n1)->carrier);
  lab.links["cable"].up = false;
  EXPECT_FALSE(port(n1)->carrier);
  there.erase("n1");
  EXPECT_FALSE(port({"n1", "free"})->carrier);
}

TEST_F(WantedPortTest, ANodeThatCannotBeToldTakesNoCarrierFromItsPeer) {
  there["n2"] = {};
  EXPECT_TRUE(port(n1)->carrier);
}

TEST_F(WantedPortTest, ASegmentHasCarrierWhoeverElseRuns) {
  there.erase("n3");
  there.erase("n1");
  EXPECT_TRUE(port(n4)->carrier);
}

TEST_F(WantedPortTest, ACutTakesTheCarrierOfAllEnds) {
  lab.links["cable"].up = false;
  lab.segments["lan"].up = false;
  for (const auto& endpoint : {n1, n2, n3, n4}) EXPECT_FALSE(port(endpoint)->carrier);
}

TEST_F(WantedPortTest, AnImpairmentSitsWhereItsFramesArrive) {
  lab.links["cable"].a_to_b.delay = milliseconds{20};
  EXPECT_FALSE(port(n1)->netem);
  ASSERT_TRUE(port(n2)->netem);
  EXPECT_EQ(port(n2)->netem->delay_ns, 20'000'000);
  lab.segments["lan"].members[n3].delay = milliseconds{5};
  EXPECT_TRUE(port(n3)->netem);
  EXPECT_FALSE(port(n4)->netem);
}

TEST_F(WantedPortTest, WhoSendsThroughLossSendsSingleFrames) {
  lab.links["cable"].a_to_b.loss = netem::RandomLoss{.probability = {1}};
  EXPECT_TRUE(port(n1)->end.single_frames);
  EXPECT_FALSE(port(n2)->end.single_frames);
  lab.segments["lan"].members[n3].rate = {1'000'000};
  EXPECT_FALSE(port(n3)->end.single_frames);
  EXPECT_TRUE(port(n4)->end.single_frames);
  EXPECT_TRUE(port({"n1", "eth1"})->end.single_frames);
}

TEST_F(WantedPortTest, DelayAloneLeavesSuperFramesWhole) {
  lab.links["cable"].a_to_b.delay = milliseconds{20};
  EXPECT_FALSE(port(n1)->end.single_frames);
}

TEST_F(WantedPortTest, ADatapathInUserSpaceWantsFinishedFramesOfAll) {
  EXPECT_TRUE(port(n1, true)->end.single_frames);
  EXPECT_TRUE(port(n1, true)->end.checksums);
  EXPECT_FALSE(port(n1)->end.checksums);
}

TEST_F(WantedPortTest, TheConfigurationChangesWithAllThatTheNodesEndIsSetTo) {
  std::set<std::uint64_t> seen{config(n1)};
  auto& node = lab.nodes["n1"];
  node.routes = {{.destination = "10.0.0.0/8", .via = "10.1.0.1"}};
  EXPECT_TRUE(seen.insert(config(n1)).second) << "routes";
  node.routes[0].via = "10.1.0.2";
  EXPECT_TRUE(seen.insert(config(n1)).second) << "a route";
  node.interfaces["eth0"].mtu = 1400;
  EXPECT_TRUE(seen.insert(config(n1)).second) << "mtu";
  node.interfaces["eth0"].mac = "02:00:00:00:00:01";
  EXPECT_TRUE(seen.insert(config(n1)).second) << "mac";
  node.interfaces["eth0"].addresses = {"10.0.0.1/24"};
  EXPECT_TRUE(seen.insert(config(n1)).second) << "addresses";
  lab.links["cable"].a_to_b.loss = netem::RandomLoss{.probability = {1}};
  EXPECT_TRUE(seen.insert(config(n1)).second) << "single frames";
}

TEST_F(WantedPortTest, TheConfigurationDoesNotChangeWithWhatIsElsewhere) {
  const auto before = config(n1);
  lab.nodes["n1"].interfaces["eth1"].addresses = {"10.0.0.1/24"};
  lab.nodes["n2"].routes = {{.destination = "10.0.0.0/8", .via = "10.1.0.1"}};
  lab.links["cable"].a_to_b.delay = milliseconds{20};
  lab.links["cable"].up = false;
  there["n1"].inode = 8;
  EXPECT_EQ(config(n1), before);
}

TEST_F(WantedPortTest, AScenarioSaysItsKeysAndTheRowTheOthers) {
  lab.links["cable"].a_to_b.delay = milliseconds{20};
  lab.links["cable"].a_to_b.loss = netem::RandomLoss{.probability = {1}};
  overlay.set("cable", n2, {.settings = {{"delay", "50ms"}}});
  EXPECT_EQ(port(n2)->netem->delay_ns, 50'000'000);
  EXPECT_NE(port(n2)->netem->loss, 0U);
  EXPECT_FALSE(port(n1)->netem);
  overlay.set("lan", n3, {.settings = {{"rate", "1mbit"}}});
  EXPECT_EQ(port(n3)->netem->rate_bytes, 125'000U);
  EXPECT_FALSE(port(n4)->netem);
  overlay.erase("cable", n2);
  EXPECT_EQ(port(n2)->netem->delay_ns, 20'000'000);
}

TEST_F(WantedPortTest, AScenarioMakesTheSenderSendSingleFramesFromItsBeginning) {
  overlay.set("cable", n2, {.settings = {}, .single_frames = true});
  EXPECT_TRUE(port(n1)->end.single_frames);
  EXPECT_FALSE(port(n2)->end.single_frames);
  overlay.set("cable", n2, {.settings = {{"loss", "1%"}}, .single_frames = false});
  EXPECT_TRUE(port(n1)->end.single_frames);
  overlay.set("lan", n3, {.settings = {}, .single_frames = true});
  EXPECT_TRUE(port(n4)->end.single_frames);
}

TEST_F(WantedPortTest, ALinkIsDarkWhereTheOtherEndWasSetDown) {
  const auto carriers = [&] { return std::pair(port(n1)->carrier, port(n2)->carrier); };
  node_end_up = {{n1, true}, {n2, true}};
  EXPECT_EQ(carriers(), std::pair(true, true));
  node_end_up = {{n1, false}, {n2, true}};
  EXPECT_EQ(carriers(), std::pair(true, false));
  node_end_up = {{n1, false}};  // the end that was set down for that tells nothing
  EXPECT_EQ(carriers(), std::pair(true, false));
  node_end_up = {{n1, true}};
  EXPECT_EQ(carriers(), std::pair(true, true)) << "to see whether n2 is up by now";
  node_end_up = {{n1, false}, {n2, false}};
  EXPECT_EQ(carriers(), std::pair(true, true)) << "else neither would tell when it comes up";
}

TEST_F(WantedPortTest, TheOtherEndIsFollowedOnlyAsTheyAsk) {
  node_end_up = {{n1, false}, {n2, true}};
  lab.nodes["n2"].interfaces["eth0"].carrier_always = true;
  EXPECT_TRUE(port(n2)->carrier);
  lab.nodes["n2"].interfaces["eth0"].carrier_always = false;
  lab.nodes["n1"].interfaces["eth0"].carrier_always = true;
  EXPECT_TRUE(port(n2)->carrier);
  node_end_up = {{n3, false}, {n4, true}};
  EXPECT_TRUE(port(n4)->carrier) << "a segment's other members may be up";
}

TEST_F(WantedPortTest, AScenarioPullsCablesAndPutsThemBack) {
  overlay.set_up("cable", false);
  overlay.set_up("lan", false);
  for (const auto& endpoint : {n1, n2, n3, n4}) EXPECT_FALSE(port(endpoint)->carrier);
  lab.links["cable"].up = false;
  overlay.set_up("cable", true);
  EXPECT_TRUE(port(n1)->carrier);
  overlay.set_up("cable", std::nullopt);
  EXPECT_FALSE(port(n1)->carrier);
}

TEST_F(WantedPortTest, AScenarioThatContradictsTheRowIsAnErrorOfThatEnd) {
  overlay.set("cable", n2, {.settings = {{"reorder", "5%"}}});
  const auto desired = Dump(lab).desired();
  const auto presence = [this](const std::string& node) { return &there.at(node); };
  const auto carrier = [](const Endpoint&) { return std::optional(true); };
  EXPECT_FALSE(wanted_port(desired, overlay, underlay, {"linkfab"}, n2, presence, carrier));
  EXPECT_TRUE(wanted_port(desired, overlay, underlay, {"linkfab"}, n3, presence, carrier));
}

TEST_F(WantedPortTest, OnOneHostNothingIsSubtracted) {
  lab.links["cable"].a_to_b.delay = milliseconds{20};
  lab.links["cable"].subtract_underlay = true;
  underlay.adopt({{"", milliseconds{5}}});
  EXPECT_EQ(port(n2)->netem->delay_ns, 20'000'000);
}

TEST(DeviceMtu, OfAGatewaysOuterEndIsTheFabricsOwn) {
  EXPECT_EQ(device_mtu({.mtu = 1400}), 1400U);
  EXPECT_EQ(device_mtu({.mtu = 1400, .outer = true}), host_mtu);
}

}  // namespace
}  // namespace linkfab::fabric
