#include "fabric/desired.hpp"

#include <algorithm>

#include "tests/fabric/desired_fixture.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::by_uuid;
using ovsdb::Datum;
using ovsdb::Transaction;

const Endpoint r1_eth0{"r1", "eth0"};
const Endpoint r1_eth1{"r1", "eth1"};
const Endpoint r2_eth0{"r2", "eth0"};
const Endpoint r2_eth1{"r2", "eth1"};
using Names = std::set<std::string>;
using Endpoints = std::set<Endpoint>;

// r1 and r2 with eth0 and eth1 each, joined by their eth0 as link "cable".
class DesiredTest : public WithLinkfabDatabase {
 protected:
  DesiredTest() {
    Transaction change{database};
    const auto r1 = add_node(change, "r1", {"eth0", "eth1"});
    const auto r2 = add_node(change, "r2", {"eth0", "eth1"});
    add_link(change, "cable", r1[0], r2[0]);
    first_ = commit(std::move(change));
  }
  ~DesiredTest() override { expect_same_as_a_new_reader(); }

  Scope rename(const std::string& table, const ovsdb::Uuid& row, const std::string& name) {
    Transaction change{database};
    change.update(table, by_uuid(row), {{"name", name}});
    return commit(std::move(change));
  }

  Scope first_;
};

TEST_F(DesiredTest, WhatIsAddedIsWantedAndInTheScope) {
  EXPECT_EQ(first_.nodes, (Names{"r1", "r2"}));
  EXPECT_EQ(first_.links, Names{"cable"});
  EXPECT_EQ(first_.interfaces, (Endpoints{r1_eth0, r1_eth1, r2_eth0, r2_eth1}));
  EXPECT_EQ(links().at("cable"), (Link{.a = r1_eth0, .b = r2_eth0}));
  EXPECT_EQ(desired_.peers(r1_eth0), std::vector{r2_eth0});
  EXPECT_EQ(desired_.attachment(r1_eth1), nullptr);
}

TEST_F(DesiredTest, ARenamedNodeTakesItsInterfacesAndLinksAlong) {
  const auto scope = rename("Node", *desired_.node_row("r1"), "core");
  EXPECT_EQ(scope.nodes, (Names{"core", "r1"}));
  EXPECT_EQ(scope.links, Names{"cable"});
  EXPECT_TRUE(scope.interfaces.contains(r1_eth1));
  EXPECT_TRUE(scope.interfaces.contains({"core", "eth1"}));
  EXPECT_TRUE(scope.interfaces.contains(r2_eth0));
  EXPECT_FALSE(scope.interfaces.contains(r2_eth1));
  EXPECT_FALSE(nodes().contains("r1"));
  EXPECT_EQ(links().at("cable").a, (Endpoint{"core", "eth0"}));
  EXPECT_EQ(desired_.attachment(r1_eth0), nullptr);
  EXPECT_EQ(desired_.peers(r2_eth0), (std::vector<Endpoint>{{"core", "eth0"}}));
}

TEST_F(DesiredTest, TwoNodesCanSwapTheirNames) {
  for (int round = 0; round < 2; ++round) {
    const auto r1 = *desired_.node_row("r1");
    const auto r2 = *desired_.node_row("r2");
    Transaction change{database};
    change.update("Node", by_uuid(r1), {{"name", "r2"}});
    change.update("Node", by_uuid(r2), {{"name", "r1"}});
    commit(std::move(change));
    EXPECT_EQ(desired_.node_row("r1"), r2);
    EXPECT_EQ(desired_.everything().interfaces, (Endpoints{r1_eth0, r1_eth1, r2_eth0, r2_eth1}));
    expect_same_as_a_new_reader();
  }
}

// Either of the two rows may be the one that is read first: ids are random.
TEST_F(DesiredTest, ANodeMadeAnewUnderItsNameIsThereWithItsInterfaces) {
  for (int round = 0; round < 12; ++round) {
    Transaction change{database};
    change.erase("Node", by_uuid(*desired_.node_row("r1")));
    const auto r1 = add_node(change, "r1", {"eth0", "eth1"});
    change.update("Link", ovsdb::by_column("name", "cable"), {{"a", r1[0]}});
    commit(std::move(change));
    ASSERT_EQ(nodes().size(), 2U);
    ASSERT_EQ(links().size(), 1U);
    ASSERT_TRUE(desired_.interface_row(r1_eth1));
  }
}

TEST_F(DesiredTest, AnInterfaceCanMoveToAnotherNode) {
  for (const auto& [from, to] : {std::pair{"r1", "r2"}, std::pair{"r2", "r1"}}) {
    const auto moving = rename("Interface", interface(from, "eth0"), "eth9");
    const Datum eth9(interface(from, "eth9"));
    Transaction change{database};
    change.mutate("Node", by_uuid(*desired_.node_row(from)), "interfaces", "delete", eth9);
    change.mutate("Node", by_uuid(*desired_.node_row(to)), "interfaces", "insert", eth9);
    commit(std::move(change));
    EXPECT_TRUE(desired_.attachment({to, "eth9"}));
    EXPECT_FALSE(desired_.attachment({from, "eth9"}));
    expect_same_as_a_new_reader();
    rename("Interface", interface(to, "eth9"), "eth7");
  }
}

TEST_F(DesiredTest, ARenamedLinkIsAnotherOneOnTheSameEnds) {
  const auto scope = rename("Link", *desired_.link_row("cable"), "wire");
  EXPECT_EQ(scope.links, (Names{"cable", "wire"}));
  EXPECT_EQ(scope.interfaces, (Endpoints{r1_eth0, r2_eth0}));
  EXPECT_TRUE(scope.nodes.empty());
  EXPECT_EQ(desired_.attachment(r1_eth0)->name, "wire");
  EXPECT_FALSE(desired_.link_row("cable"));
  EXPECT_EQ(desired_.link_problem("cable"), nullptr);
}

TEST_F(DesiredTest, ALinkWhoseNodeIsRemovedDanglesUntilItIsConnectedAgain) {
  Transaction removal{database};
  removal.erase("Node", by_uuid(*desired_.node_row("r2")));
  const auto scope = commit(std::move(removal));
  EXPECT_EQ(scope.nodes, Names{"r2"});
  EXPECT_EQ(scope.links, Names{"cable"});
  EXPECT_EQ(scope.interfaces, (Endpoints{r1_eth0, r2_eth0, r2_eth1}));
  EXPECT_TRUE(links().empty());
  ASSERT_NE(desired_.link_problem("cable"), nullptr);
  EXPECT_EQ(*desired_.link_problem("cable"),
            "find end b: its interface is gone; connect the link again or disconnect it");
  EXPECT_TRUE(desired_.link_row("cable"));

  Transaction again{database};
  const auto r2 = add_node(again, "r2", {"eth0"});
  again.update("Link", ovsdb::by_column("name", "cable"), {{"b", r2[0]}});
  EXPECT_EQ(commit(std::move(again)).links, Names{"cable"});
  EXPECT_EQ(desired_.link_problem("cable"), nullptr);
  EXPECT_EQ(links().at("cable").b, r2_eth0);
}

TEST_F(DesiredTest, AnInterfaceGoesFromASegmentToALinkInOneTransaction) {
  Transaction preparation{database};
  add_segment(preparation, "lan", {interface("r1", "eth1"), interface("r2", "eth1")});
  commit(std::move(preparation));
  ASSERT_EQ(desired_.attachment(r1_eth1)->kind, Attachment::Kind::segment);

  Transaction move{database};
  move.mutate("Segment", by_uuid(*desired_.segment_row("lan")), "interfaces", "delete",
              Datum(interface("r1", "eth1")));
  const auto r3 = add_node(move, "r3", {"eth0"});
  add_link(move, "new", interface("r1", "eth1"), r3[0]);
  const auto scope = commit(std::move(move));
  EXPECT_EQ(desired_.attachment(r1_eth1)->name, "new");
  EXPECT_EQ(desired_.link_problem("new"), nullptr);
  EXPECT_EQ(desired_.segment_problem("lan"), nullptr);
  EXPECT_TRUE(scope.segments.contains("lan"));

  Transaction back{database};
  back.erase("Link", by_uuid(*desired_.link_row("new")));
  back.mutate("Segment", by_uuid(*desired_.segment_row("lan")), "interfaces", "insert",
              Datum(interface("r1", "eth1")));
  commit(std::move(back));
  EXPECT_EQ(desired_.attachment(r1_eth1)->name, "lan");
  EXPECT_EQ(desired_.segment_problem("lan"), nullptr);
}

TEST_F(DesiredTest, AChangeOfANodeThatTouchesNoInterfaceYieldsNone) {
  Transaction change{database};
  change.update("Node", by_uuid(*desired_.node_row("r1")), {{"image", "alpine"}});
  const auto scope = commit(std::move(change));
  EXPECT_EQ(scope.nodes, Names{"r1"});
  EXPECT_TRUE(scope.interfaces.empty());
  EXPECT_TRUE(scope.links.empty());
}

TEST_F(DesiredTest, StatusThatTheAgentWritesNeverComesBack) {
  updates_ = 0;
  Transaction status{database};
  status.update("Node", by_uuid(*desired_.node_row("r1")), {{"state", "running"}, {"pid", 7}});
  status.update("Link", by_uuid(*desired_.link_row("cable")), {{"state", "up"}});
  status.update("Interface", by_uuid(interface("r1", "eth0")), {{"state", "up"}, {"ofport", 1}});
  EXPECT_TRUE(commit(std::move(status)).empty());
  EXPECT_EQ(updates_, 0);
}

TEST_F(DesiredTest, ACutLinkIsWantedDown) {
  Transaction cut{database};
  cut.update("Link", by_uuid(*desired_.link_row("cable")), {{"wanted", "cut"}});
  EXPECT_EQ(commit(std::move(cut)).interfaces, (Endpoints{r1_eth0, r2_eth0}));
  EXPECT_FALSE(links().at("cable").up);
}

// A lab of `count` links between its own pairs of nodes; returns what the changes since touched.
std::size_t touched_by_loading(Desired& desired, const Scope& scope) {
  EXPECT_EQ(desired.everything().interfaces, scope.interfaces);
  return scope.nodes.size() + scope.links.size() + scope.interfaces.size();
}

class ManyLinks : public WithLinkfabDatabase {
 protected:
  Scope add(int first, int last) {
    Transaction change{database};
    for (int i = first; i < last; ++i) {
      const auto number = std::to_string(i);
      const auto a = add_node(change, "a" + number, {"eth0"});
      const auto b = add_node(change, "b" + number, {"eth0"});
      const auto impairment = change.insert("Impairment", impairment_columns(delayed(10)));
      add_link(change, "link" + number, a[0], b[0], {{"a_to_b", impairment}});
    }
    return commit(std::move(change));
  }
};

TEST_F(ManyLinks, LoadingTouchesEachObjectOnceAndOneChangeTouchesOneLink) {
  EXPECT_EQ(touched_by_loading(desired_, add(0, 1000)), 5000U);
  EXPECT_EQ(updates_, 2);  // the first dump, and all of it in one

  Transaction change{database};
  const auto link = row("Link", *desired_.link_row("link500"));
  change.update("Impairment", by_uuid(*ovsdb::get(link, "a_to_b").uuid()),
                impairment_columns(delayed(20)));
  const auto scope = commit(std::move(change));
  EXPECT_EQ(scope.links, Names{"link500"});
  EXPECT_EQ(scope.interfaces, (Endpoints{{"a500", "eth0"}, {"b500", "eth0"}}));
  EXPECT_TRUE(scope.nodes.empty());
  EXPECT_EQ(links().at("link500").a_to_b, delayed(20));

  const auto more = add(1000, 1010);
  EXPECT_EQ(more.nodes.size() + more.links.size() + more.interfaces.size(), 50U);
}

}  // namespace
}  // namespace linkfab::fabric
