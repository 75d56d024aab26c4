#include <variant>

#include "fabric/ports.hpp"
#include "tests/fabric/desired_fixture.hpp"

// One host's part of a database that several share.
namespace linkfab::fabric {
namespace {

using ovsdb::by_column;
using ovsdb::by_uuid;
using ovsdb::Datum;
using ovsdb::Transaction;

const Endpoint near_end{"near", "eth0"};
const Endpoint far_end{"far", "eth0"};

// What h1 sees. Node "near" is on it, "far" on h2; link "cable" joins them.
class DesiredHostsTest : public WithLinkfabDatabase {
 protected:
  DesiredHostsTest() : WithLinkfabDatabase({.host = "h1", .shared = true}) {
    Transaction change{database};
    for (const char* name : {"h1", "h2", "h3"})
      change.insert("Host",
                    {{"name", name}, {"address", "192.0.2." + std::string(name).substr(1)}});
    const auto near_rows = add_node_on(change, "h1", "near");
    const auto far_rows = add_node_on(change, "h2", "far");
    cable_ = add_link(change, "cable", near_rows[0], far_rows[0], {{"host", "h1"}});
    commit(std::move(change));
    cable_ = *desired_.link_row("cable");
  }
  void TearDown() override { expect_same_as_a_new_reader(); }

  static std::vector<ovsdb::Uuid> add_node_on(Transaction& change, const std::string& host,
                                              const std::string& name) {
    auto rows = add_node(change, name, {"eth0"});
    change.update("Node", by_column("name", name), {{"host", host}});
    return rows;
  }

  Scope number(const TunnelKey& key, std::int64_t vni, const char* column = "link") {
    Transaction change{database};
    change.insert("Tunnel",
                  {{"vni", vni}, {column, key.joint}, {"away", key.away}, {"host", "h1"}});
    return commit(std::move(change));
  }
  Scope move(const std::string& node, const std::string& host) {
    Transaction change{database};
    change.update("Node", by_column("name", node), {{"host", host}});
    return commit(std::move(change));
  }
  Scope report(const ovsdb::Columns& columns) {
    Transaction change{database};
    change.update("Interface", by_uuid(far_row()), columns);
    return commit(std::move(change));
  }
  [[nodiscard]] ovsdb::Uuid far_row() const { return *ovsdb::get(row("Link", cable_), "b").uuid(); }
  [[nodiscard]] const VxlanGateway* gateway(const Endpoint& endpoint) const {
    const auto node = nodes().find(endpoint.node);
    if (node == nodes().end() || node->second.kind != NodeKind::host) return nullptr;
    const auto interface = node->second.interfaces.find(endpoint.interface);
    if (interface == node->second.interfaces.end() || !interface->second.gateway) return nullptr;
    return std::get_if<VxlanGateway>(&*interface->second.gateway);
  }

  ovsdb::Uuid cable_;
};

TEST_F(DesiredHostsTest, ALinkToAnotherHostWaitsForItsTunnelsNumber) {
  EXPECT_TRUE(links().empty());
  ASSERT_NE(desired_.link_problem("cable"), nullptr);
  EXPECT_NE(desired_.link_problem("cable")->find("no number yet"), std::string::npos);
  EXPECT_EQ(desired_.elsewhere().missing(), (std::set<TunnelKey>{{cable_, ""}}));
  EXPECT_FALSE(nodes().contains("far"));
}

TEST_F(DesiredHostsTest, AVxlanGatewayStandsForTheFarEnd) {
  const auto scope = number({cable_, ""}, 77);
  EXPECT_EQ(links().at("cable"), (Link{.a = near_end, .b = far_end}));
  ASSERT_NE(gateway(far_end), nullptr);
  EXPECT_EQ(*gateway(far_end),
            (VxlanGateway{.vni = 77, .remote = "192.0.2.2", .local = "192.0.2.1"}));
  EXPECT_TRUE(scope.interfaces.contains(far_end));
  EXPECT_TRUE(scope.interfaces.contains(near_end));
  EXPECT_TRUE(scope.nodes.contains("far"));
  EXPECT_TRUE(desired_.elsewhere().missing().empty());
  EXPECT_EQ(desired_.peers(near_end), std::vector{far_end});
  EXPECT_EQ(desired_.toward(far_end), nullptr);
  // What is there to report, its own agent does.
  EXPECT_FALSE(desired_.interface_row(far_end));
  EXPECT_FALSE(desired_.node_row("far"));
  EXPECT_TRUE(desired_.link_row("cable"));
}

TEST_F(DesiredHostsTest, AnotherAddressIsAnotherGateway) {
  number({cable_, ""}, 77);
  Transaction change{database};
  change.update("Host", by_column("name", "h2"), {{"address", "192.0.2.20"}});
  EXPECT_TRUE(commit(std::move(change)).interfaces.contains(far_end));
  ASSERT_NE(gateway(far_end), nullptr);
  EXPECT_EQ(gateway(far_end)->remote, "192.0.2.20");
}

TEST_F(DesiredHostsTest, AHostWithoutAddressIsTheLinksProblem) {
  number({cable_, ""}, 77);
  Transaction change{database};
  change.update("Host", by_column("name", "h2"), {{"address", ""}});
  commit(std::move(change));
  EXPECT_EQ(gateway(far_end), nullptr);
  ASSERT_NE(desired_.link_problem("cable"), nullptr);
  EXPECT_NE(desired_.link_problem("cable")->find("--address"), std::string::npos);
}

TEST_F(DesiredHostsTest, WhatTheOtherAgentSaysConcernsTheLink) {
  number({cable_, ""}, 77);
  EXPECT_FALSE(desired_.remote(far_end)->present);
  const auto scope = report({{"state", "up"}, {"carrier", true}});
  EXPECT_TRUE(desired_.remote(far_end)->up);
  EXPECT_EQ(desired_.remote(far_end)->carrier, true);
  EXPECT_TRUE(scope.interfaces.contains(near_end));
  report({{"state", "up"}, {"carrier", false}});
  EXPECT_EQ(desired_.remote(far_end)->carrier, false);
  report({{"state", "absent"}, {"carrier", Datum()}});
  EXPECT_FALSE(desired_.remote(far_end)->present);
}

TEST_F(DesiredHostsTest, WhatTheOwnAgentWritesIsNoNews) {
  number({cable_, ""}, 77);
  Transaction change{database};
  change.update("Interface", by_uuid(*desired_.interface_row(near_end)),
                {{"state", "up"}, {"carrier", true}});
  EXPECT_TRUE(commit(std::move(change)).empty());
}

TEST_F(DesiredHostsTest, ANodeThatComesHereIsStoodForNoMore) {
  number({cable_, ""}, 77);
  const auto scope = move("far", "h1");
  EXPECT_EQ(nodes().at("far").kind, NodeKind::netns);
  EXPECT_EQ(gateway(far_end), nullptr);
  EXPECT_TRUE(links().contains("cable"));
  EXPECT_TRUE(scope.interfaces.contains(far_end));
  EXPECT_EQ(desired_.elsewhere().surplus().size(), 1U);
  move("far", "h3");
  ASSERT_NE(gateway(far_end), nullptr);
  EXPECT_EQ(gateway(far_end)->remote, "192.0.2.3");
  EXPECT_TRUE(desired_.elsewhere().surplus().empty());
}

TEST_F(DesiredHostsTest, ALinkBetweenOthersIsNotOurs) {
  number({cable_, ""}, 77);
  const auto scope = move("near", "h3");
  EXPECT_TRUE(links().empty());
  EXPECT_TRUE(nodes().empty());
  EXPECT_TRUE(scope.interfaces.contains(far_end));
  EXPECT_EQ(desired_.link_problem("cable"), nullptr);
}

TEST_F(DesiredHostsTest, WithTheRowsEverythingGoes) {
  number({cable_, ""}, 77);
  Transaction change{database};
  change.erase("Node", {});
  change.erase("Link", {});
  const auto scope = commit(std::move(change));
  EXPECT_TRUE(nodes().empty());
  EXPECT_TRUE(scope.interfaces.contains(far_end));
  EXPECT_TRUE(scope.nodes.contains("far"));
  // The tunnel's row has no link any more, and is to be removed.
  EXPECT_EQ(desired_.elsewhere().surplus().size(), 1U);
}

TEST_F(DesiredHostsTest, ANodeOnNoHostIsTheLinksProblem) {
  number({cable_, ""}, 77);
  move("far", "");
  ASSERT_NE(desired_.link_problem("cable"), nullptr);
  EXPECT_NE(desired_.link_problem("cable")->find("on no host"), std::string::npos);
}

// The same link, with a delay toward the end that is here.
class UnderlayOfLinksTest : public DesiredHostsTest {
 protected:
  UnderlayOfLinksTest() {
    number({cable_, ""}, 77);
    Transaction change{database};
    const auto delay = change.insert("Impairment", impairment_columns(delayed(20)));
    change.update("Link", by_uuid(cable_), {{"b_to_a", delay}, {"a_to_b", delay}});
    commit(std::move(change));
  }
  Scope subtract(bool subtract = true) {
    Transaction change{database};
    change.update("Link", by_uuid(cable_), {{"underlay", underlay_column(subtract)}});
    return commit(std::move(change));
  }
  [[nodiscard]] std::chrono::nanoseconds delay() const {
    const Presence here{.netns = "/n", .inode = 7};
    const auto port = wanted_port(
        desired_, overlay_, underlay_, {"linkfab"}, near_end,
        [&](const std::string&) { return &here; },
        [](const Endpoint&) { return std::optional(true); });
    EXPECT_TRUE(port && *port && (*port)->netem);
    return std::chrono::nanoseconds{(*port)->netem->delay_ns};
  }
  [[nodiscard]] std::string warning() const {
    return underlay_warning(desired_, overlay_, underlay_, near_end);
  }

  Overlay overlay_;
  Underlay underlay_;
};

using namespace std::chrono_literals;

TEST_F(UnderlayOfLinksTest, ComesOnTopUnlessTheLinkSaysOtherwise) {
  underlay_.adopt({{"h2", 5ms}, {"h3", 7ms}});
  EXPECT_EQ(delay(), 20ms);
  EXPECT_FALSE(desired_.subtracted(near_end));
  const auto scope = subtract();
  EXPECT_TRUE(scope.links.contains("cable"));
  EXPECT_TRUE(scope.interfaces.contains(near_end));
  EXPECT_EQ(desired_.subtracted(near_end), "h2");
  EXPECT_EQ(delay(), 15ms);
  subtract(false);
  EXPECT_EQ(delay(), 20ms);
}

TEST_F(UnderlayOfLinksTest, IsThatToTheHostOfTheOtherEnd) {
  subtract();
  underlay_.adopt({{"h2", 5ms}, {"h3", 7ms}});
  move("far", "h3");
  EXPECT_EQ(delay(), 13ms);
  move("far", "h1");
  EXPECT_EQ(delay(), 20ms);
  EXPECT_EQ(warning(), "");
}

TEST_F(UnderlayOfLinksTest, OfAScenarioTooIsSubtracted) {
  subtract();
  underlay_.adopt({{"h2", 5ms}});
  overlay_.set("cable", near_end, {.settings = {{"delay", "50ms"}}});
  EXPECT_EQ(delay(), 45ms);
  overlay_.set("cable", near_end, {.settings = {{"delay", "3ms"}}});
  EXPECT_EQ(delay(), 0ms);
  EXPECT_NE(warning().find("takes 5ms, more than the 3ms asked for"), std::string::npos);
}

TEST_F(UnderlayOfLinksTest, ThatIsTooLongOrUnknownIsSaid) {
  EXPECT_EQ(warning(), "");
  subtract();
  EXPECT_EQ(delay(), 20ms);
  EXPECT_NE(warning().find("not measured yet"), std::string::npos);
  underlay_.adopt({{"h2", 31ms}});
  EXPECT_EQ(delay(), 0ms);
  EXPECT_NE(warning().find("takes 31ms, more than the 20ms asked for"), std::string::npos);
}

TEST_F(UnderlayOfLinksTest, OnlyTheLinksThatItShortensFollowIt) {
  EXPECT_EQ(desired_.crossed_hosts(), std::set<std::string>{"h2"});
  EXPECT_TRUE(desired_.shortened({"h2"}).empty());
  subtract();
  const auto scope = desired_.shortened({"h2"});
  EXPECT_EQ(scope.links, std::set<std::string>{"cable"});
  EXPECT_EQ(scope.interfaces, std::set<Endpoint>{near_end});
  EXPECT_TRUE(desired_.shortened({"h3"}).empty());
}

TEST_F(UnderlayOfLinksTest, WhatAHostTellsOfItIsReadAndTouchesNoLink) {
  Transaction change{database};
  change.update("Host", by_column("name", "h1"), {{"underlay", Datum::map({{"h2", 5'000'000}})}});
  EXPECT_TRUE(commit(std::move(change)).empty());
  EXPECT_EQ(desired_.elsewhere().hosts().at("h1").underlay, (Ways{{"h2", 5ms}}));
}

// Members on h1, h2 (two) and h3.
class SegmentOverHostsTest : public DesiredHostsTest {
 protected:
  void make(const std::string& home) {
    Transaction change{database};
    std::vector<ovsdb::Uuid> members;
    for (const auto& [name, host] :
         std::map<std::string, std::string>{{"s1", "h1"}, {"s2", "h2"}, {"s3", "h2"}, {"s4", "h3"}})
      members.push_back(add_node_on(change, host, name)[0]);
    add_segment(change, "lan", members, {{"host", home}});
    commit(std::move(change));
    lan_ = session_.replica(database).rows("Segment").begin()->first;
  }
  ovsdb::Uuid lan_;
};

TEST_F(SegmentOverHostsTest, ItsHomeHasATunnelToEachHostOfMembers) {
  make("h1");
  EXPECT_EQ(segments().at("lan").members.size(), 1U);
  const std::set<TunnelKey> missing{{cable_, ""}, {lan_, "h2"}, {lan_, "h3"}};
  EXPECT_EQ(desired_.elsewhere().missing(), missing);
  number({lan_, "h2"}, 2, "segment");
  EXPECT_TRUE(number({lan_, "h3"}, 3, "segment").segments.contains("lan"));
  EXPECT_EQ(desired_.segment_problem("lan"), nullptr);
  EXPECT_EQ(segments().at("lan").members.size(), 3U);
  ASSERT_NE(gateway(segment_stand_in("h3", "lan")), nullptr);
  EXPECT_EQ(gateway(segment_stand_in("h3", "lan"))->vni, 3U);
  EXPECT_TRUE(desired_.segment_row("lan"));
}

TEST_F(SegmentOverHostsTest, OtherHostsHaveOneToItsHome) {
  make("h3");
  EXPECT_FALSE(desired_.elsewhere().missing().contains({lan_, "h1"}));
  number({lan_, "h1"}, 5, "segment");
  EXPECT_EQ(segments().at("lan").members.size(), 2U);
  ASSERT_NE(gateway(segment_stand_in("h3", "lan")), nullptr);
  EXPECT_EQ(gateway(segment_stand_in("h3", "lan"))->remote, "192.0.2.3");
  EXPECT_FALSE(desired_.segment_row("lan"));
  EXPECT_EQ(desired_.crossed_hosts(), std::set<std::string>{"h3"});
  move("s1", "h2");
  EXPECT_FALSE(segments().contains("lan"));
  EXPECT_EQ(gateway(segment_stand_in("h3", "lan")), nullptr);
}

TEST_F(DesiredHostsTest, NoTunnelHasTheNumberOfAUsersGateway) {
  const std::set<TunnelKey> key{{cable_, ""}};
  const auto numbered = [&] {
    commit(number_tunnels(session_.replica(database), "h1", key));
    const auto& [uuid, tunnel] = *session_.replica(database).rows("Tunnel").begin();
    const auto vni = ovsdb::get(tunnel, "vni").integer();
    Transaction change{database};
    change.erase("Tunnel", {});
    commit(std::move(change));
    return vni;
  };
  const auto first = numbered();
  EXPECT_EQ(numbered(), first);
  Transaction change{database};
  const Interface gateway{.gateway = VxlanGateway{.vni = static_cast<std::uint32_t>(first)}};
  const auto interface = change.insert("Interface", interface_columns("vx0", gateway));
  change.insert("Node", with(node_columns("outside", {.kind = NodeKind::host}),
                             {{"interfaces", interface}, {"host", "h3"}}));
  commit(std::move(change));
  EXPECT_EQ(numbered(), first + 1);
}

}  // namespace
}  // namespace linkfab::fabric
