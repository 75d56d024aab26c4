// What other clients may write into the database, and what becomes of it.

#include "fabric/desired.hpp"
#include "tests/fabric/desired_fixture.hpp"

namespace linkfab::fabric {
namespace {

using ovsdb::by_uuid;
using ovsdb::Datum;
using ovsdb::Transaction;
using ovsdb::Uuid;

class DesiredProblems : public WithLinkfabDatabase {
 protected:
  ~DesiredProblems() override { expect_same_topology_size(); }

  // Four nodes, each with eth0 and eth1.
  DesiredProblems() {
    Transaction change{database};
    for (const char* name : {"n1", "n2", "n3", "n4"}) add_node(change, name, {"eth0", "eth1"});
    commit(std::move(change));
  }
  void expect_same_topology_size() const {
    EXPECT_EQ(desired_.everything().links.size(), session_.replica(database).rows("Link").size());
  }
  void join(const std::string& name, const Endpoint& a, const Endpoint& b) {
    Transaction change{database};
    const auto impairment = change.insert("Impairment", impairment_columns(delayed(1)));
    add_link(change, name, interface(a.node, a.interface), interface(b.node, b.interface),
             {{"a_to_b", impairment}});
    commit(std::move(change));
  }
  void remove(const std::string& table, const std::string& name) {
    Transaction change{database};
    change.erase(table, ovsdb::by_column("name", name));
    commit(std::move(change));
  }
  Scope update(const std::string& table, const Uuid& row, const ovsdb::Columns& columns) {
    Transaction change{database};
    change.update(table, by_uuid(row), columns);
    return commit(std::move(change));
  }
};

TEST_F(DesiredProblems, TheSecondOfTwoLinksOnOneInterfaceWaitsForTheFirst) {
  join("first", {"n1", "eth0"}, {"n2", "eth0"});
  join("second", {"n1", "eth0"}, {"n3", "eth0"});
  EXPECT_EQ(desired_.link_problem("first"), nullptr);
  ASSERT_NE(desired_.link_problem("second"), nullptr);
  EXPECT_EQ(*desired_.link_problem("second"),
            "attach n1:eth0: it is already in link first; disconnect it there first");
  EXPECT_EQ(desired_.attachment({"n3", "eth0"}), nullptr);

  remove("Link", "first");
  EXPECT_EQ(scope_.links, (std::set<std::string>{"first", "second"}));
  EXPECT_EQ(desired_.link_problem("second"), nullptr);
  EXPECT_EQ(desired_.attachment({"n1", "eth0"})->name, "second");
}

// Rows are told apart by random ids: one of several pairs has them in the other order.
TEST_F(DesiredProblems, ALinkInForceIsNotTakenOverByOneThatClaimsItsInterface) {
  for (int round = 0; round < 12; ++round) {
    join("holder", {"n1", "eth0"}, {"n2", "eth0"});
    join("claimant", {"n3", "eth0"}, {"n1", "eth0"});
    const auto holder = *desired_.link_row("holder");
    const auto impairment = *ovsdb::get(row("Link", holder), "a_to_b").uuid();
    update("Impairment", impairment, impairment_columns(delayed(20)));
    ASSERT_EQ(desired_.link_problem("holder"), nullptr) << round;
    ASSERT_EQ(desired_.attachment({"n1", "eth0"})->name, "holder") << round;
    remove("Link", "holder");
    remove("Link", "claimant");
  }
}

TEST_F(DesiredProblems, ASegmentInForceIsNotTakenOverByALinkThatClaimsItsMember) {
  Transaction change{database};
  add_segment(change, "lan", {interface("n1", "eth0"), interface("n2", "eth0")});
  commit(std::move(change));
  join("claimant", {"n1", "eth0"}, {"n3", "eth0"});
  ASSERT_NE(desired_.link_problem("claimant"), nullptr);
  update("Segment", *desired_.segment_row("lan"), {{"kind", "hub"}});
  EXPECT_EQ(desired_.segment_problem("lan"), nullptr);
  EXPECT_EQ(desired_.attachment({"n1", "eth0"})->name, "lan");
  remove("Segment", "lan");
  EXPECT_EQ(desired_.link_problem("claimant"), nullptr);
}

TEST_F(DesiredProblems, ALinkAndASegmentDoNotShareAName) {
  join("same", {"n1", "eth0"}, {"n2", "eth0"});
  Transaction change{database};
  add_segment(change, "same", {interface("n3", "eth0"), interface("n4", "eth0")});
  commit(std::move(change));
  EXPECT_EQ(desired_.link_problem("same"), nullptr);
  ASSERT_NE(desired_.segment_problem("same"), nullptr);
  remove("Link", "same");
  EXPECT_EQ(desired_.segment_problem("same"), nullptr);
  EXPECT_EQ(segments().at("same").members.size(), 2U);
}

TEST_F(DesiredProblems, AnInterfaceThatIsThereTwiceIsAProblemUntilEitherIsRenamed) {
  for (int round = 0; round < 6; ++round) {
    const auto eth1 = interface("n1", "eth1");
    const auto eth0 = interface("n1", "eth0");
    update("Interface", eth1, {{"name", "eth0"}});
    ASSERT_NE(desired_.node_problem("n1"), nullptr);
    EXPECT_EQ(*desired_.node_problem("n1"), "interface eth0 is there twice");
    // The one that was left out is the one whose change could be overlooked.
    const auto left_out = desired_.interface_row({"n1", "eth0"}) == eth0 ? eth1 : eth0;
    update("Interface", left_out, {{"name", "eth1"}});
    ASSERT_EQ(desired_.node_problem("n1"), nullptr) << round;
    ASSERT_EQ(nodes().at("n1").interfaces.size(), 2U);
  }
}

TEST_F(DesiredProblems, ARouteThatMakesNoSenseLeavesItsNodeRunning) {
  const Node sound{.kind = NodeKind::docker,
                   .image = "alpine",
                   .routes = {{.destination = "10.0.0.0/8", .via = "10.0.0.1"}}};
  Transaction change{database};
  add_node(change, "c1", {"eth0"}, sound);
  commit(std::move(change));
  const Datum routes = Datum::set({"10.0.0.0/8 via 10.0.0.1", "somewhere"});
  update("Node", *desired_.node_row("c1"), {{"routes", routes}});
  ASSERT_NE(desired_.node_problem("c1"), nullptr);
  EXPECT_TRUE(desired_.node_problem("c1")->starts_with("read route 'somewhere'"));
  EXPECT_EQ(nodes().at("c1").kind, NodeKind::docker);
  EXPECT_EQ(nodes().at("c1").state, NodeState::running);
  EXPECT_EQ(nodes().at("c1").routes, sound.routes);
  update("Node", *desired_.node_row("c1"), {{"routes", Datum()}});
  EXPECT_EQ(desired_.node_problem("c1"), nullptr);
}

// The agent makes paths of node names and is root.
TEST_F(DesiredProblems, ANodeWithANameThatIsNoneIsLeftOut) {
  for (const char* name : {"../../etc", "a b", "-x", "a:b"}) {
    Transaction change{database};
    add_node(change, name, {"eth0"});
    commit(std::move(change));
    EXPECT_FALSE(nodes().contains(name));
    ASSERT_NE(desired_.node_problem(name), nullptr) << name;
    EXPECT_TRUE(desired_.node_problem(name)->starts_with("name a node"));
    EXPECT_TRUE(desired_.node_row(name)) << "somebody must be told";
    EXPECT_FALSE(desired_.interface_row({name, "eth0"}));
    update("Node", *desired_.node_row(name), {{"name", "good"}});
    EXPECT_TRUE(nodes().contains("good"));
    EXPECT_TRUE(desired_.interface_row({"good", "eth0"}));
    remove("Node", "good");
  }
}

TEST_F(DesiredProblems, AnInterfaceWithANameThatIsNoneIsLeftOut) {
  for (const char* name : {"lo", "a/b", "a:b", "eth 0", ".."}) {
    const auto eth1 = interface("n1", "eth1");
    update("Interface", eth1, {{"name", name}});
    EXPECT_FALSE(nodes().at("n1").interfaces.contains(name));
    EXPECT_TRUE(nodes().at("n1").interfaces.contains("eth0"));
    ASSERT_NE(desired_.node_problem("n1"), nullptr) << name;
    update("Interface", eth1, {{"name", "eth1"}});
    EXPECT_EQ(desired_.node_problem("n1"), nullptr);
  }
}

TEST_F(DesiredProblems, AnImpairmentThatTheKernelWouldIgnoreIsAProblemOfItsLink) {
  join("cable", {"n1", "eth0"}, {"n2", "eth0"});
  const auto impairment = *ovsdb::get(row("Link", *desired_.link_row("cable")), "a_to_b").uuid();
  update("Impairment", impairment, {{"delay_ns", 0}, {"reorder", 5.0}});
  ASSERT_NE(desired_.link_problem("cable"), nullptr);
  EXPECT_TRUE(desired_.link_problem("cable")->starts_with("use reorder=5%"));
  update("Impairment", impairment, {{"reorder", 0.0}});
  EXPECT_EQ(desired_.link_problem("cable"), nullptr);
}

TEST_F(DesiredProblems, OneImpairmentRowOfTwoLinksChangesBoth) {
  Transaction change{database};
  const auto shared = change.insert("Impairment", impairment_columns(delayed(1)));
  add_link(change, "l1", interface("n1", "eth0"), interface("n2", "eth0"), {{"a_to_b", shared}});
  add_link(change, "l2", interface("n3", "eth0"), interface("n4", "eth0"), {{"b_to_a", shared}});
  commit(std::move(change));
  const auto impairment = *ovsdb::get(row("Link", *desired_.link_row("l1")), "a_to_b").uuid();
  const auto scope = update("Impairment", impairment, impairment_columns(delayed(9)));
  EXPECT_EQ(scope.links, (std::set<std::string>{"l1", "l2"}));
  EXPECT_EQ(links().at("l1").a_to_b, delayed(9));
  EXPECT_EQ(links().at("l2").b_to_a, delayed(9));
}

TEST_F(DesiredProblems, ALinkFromAnInterfaceToItselfIsAProblem) {
  join("loop", {"n1", "eth0"}, {"n1", "eth0"});
  ASSERT_NE(desired_.link_problem("loop"), nullptr);
  EXPECT_EQ(*desired_.link_problem("loop"), "join n1:eth0: both ends are the same interface");
}

}  // namespace
}  // namespace linkfab::fabric
