#include "fabric/flow_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fabric/names.hpp"
#include "tests/fabric/switch_fixture.hpp"

namespace linkfab::fabric {
namespace {

using openflow::PortNo;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

// A bridge "fabric" with ports numbered from 1 to 6.
class FlowTableTest : public WithSwitch {
 protected:
  void SetUp() override {
    WithSwitch::SetUp();
    if (!switch_) return;
    switch_->add_bridge("fabric", {"p1", "p2", "p3", "p4", "p5", "p6"});
    table_.emplace(context_.get_executor(), switch_->mgmt("fabric"));
    table_->on_closed([this](const Error&) { ++closed_; });
    connect();
  }
  void connect() {
    const auto connected = run(table_->connect(5s));
    ASSERT_TRUE(connected) << format(connected.error());
  }
  void replace_all(const WantedTables& wanted) {
    const auto done = run(table_->replace_all(wanted));
    ASSERT_TRUE(done) << format(done.error());
  }
  void change(const WantedTables& wanted) {
    for (const auto& [owner, error] : run(table_->change(wanted)))
      ADD_FAILURE() << owner << ": " << format(error);
  }
  static Tables link(const std::string& name, std::uint32_t a, std::uint32_t b) {
    return link_tables(name, PortNo{a}, PortNo{b});
  }
  // The switch's own words for what it holds, as ovs-ofctl would take them.
  std::vector<std::string> flows() {
    auto lines = sorted_lines(
        switch_->ofctl({"--no-stats", "--no-names", "dump-flows", switch_->mgmt("fabric")}));
    for (auto& line : lines) line.erase(0, line.find_first_not_of(' '));
    return lines;
  }
  std::vector<std::string> groups() {
    auto lines =
        sorted_lines(switch_->ofctl({"--no-names", "dump-groups", switch_->mgmt("fabric")}));
    std::erase_if(lines, [](const std::string& line) { return !line.contains("group_id"); });
    return lines;
  }
  static std::string flow(const std::string& name, int in, int out) {
    return fmt::format("cookie={:#x}, priority=100,in_port={} actions=output:{}", cookie(name), in,
                       out);
  }

  std::optional<FlowTable> table_;
  int closed_ = 0;
};

TEST_F(FlowTableTest, TheWholeTableBecomesWhatIsWanted) {
  replace_all({{"l1", link("l1", 1, 2)}, {"l2", link("l2", 3, 4)}});
  EXPECT_THAT(flows(), UnorderedElementsAre(flow("l1", 1, 2), flow("l1", 2, 1), flow("l2", 3, 4),
                                            flow("l2", 4, 3)));
  EXPECT_EQ(table_->flow_count(), 4U);
  FlowTable next(context_.get_executor(), switch_->mgmt("fabric"));
  ASSERT_TRUE(run(next.connect(5s)));
  ASSERT_TRUE(run(next.replace_all({{"l2", link("l2", 3, 4)}})));
  EXPECT_THAT(flows(), UnorderedElementsAre(flow("l2", 3, 4), flow("l2", 4, 3)));
}

TEST_F(FlowTableTest, TheWholeTableCanBeReplacedAgainOnTheSameConnection) {
  const auto hub = segment_tables("hub", 7, SegmentKind::hub, {PortNo{5}, PortNo{6}});
  replace_all({{"l1", link("l1", 1, 2)}, {"hub", hub}});
  replace_all({{"l2", link("l2", 3, 4)}, {"hub", hub}});
  EXPECT_EQ(flows().size(), 4U);
  EXPECT_EQ(groups().size(), 1U);
  replace_all({});
  EXPECT_THAT(flows(), IsEmpty());
  EXPECT_THAT(groups(), IsEmpty());
}

TEST_F(FlowTableTest, TwoLinksCanSwapTheirEndsInOneChange) {
  replace_all({{"l1", link("l1", 1, 2)}, {"l2", link("l2", 3, 4)}});
  change({{"l1", link("l1", 1, 4)}, {"l2", link("l2", 3, 2)}});
  EXPECT_THAT(flows(), UnorderedElementsAre(flow("l1", 1, 4), flow("l1", 4, 1), flow("l2", 3, 2),
                                            flow("l2", 2, 3)));
}

TEST_F(FlowTableTest, OneLinkChangesAndTheOthersStay) {
  replace_all({{"l1", link("l1", 1, 2)}, {"l2", link("l2", 3, 4)}});
  change({{"l1", link("l1", 1, 5)}});
  EXPECT_THAT(flows(), UnorderedElementsAre(flow("l1", 1, 5), flow("l1", 5, 1), flow("l2", 3, 4),
                                            flow("l2", 4, 3)));
  change({{"l1", {}}});
  EXPECT_THAT(flows(), UnorderedElementsAre(flow("l2", 3, 4), flow("l2", 4, 3)));
  EXPECT_EQ(table_->flow_count(), 2U);
}

TEST_F(FlowTableTest, APortGoesFromALinkToASegment) {
  replace_all({{"l1", link("l1", 1, 2)}});
  change({{"l1", {}},
          {"lan", segment_tables("lan", 7, SegmentKind::learning, {PortNo{1}, PortNo{3}})},
          {pipeline_name, pipeline_tables()}});
  EXPECT_EQ(flows().size(), 8U);
  EXPECT_THAT(groups(), ElementsAre(testing::HasSubstr("group_id=7,type=all,bucket=")));
  change({{"lan", segment_tables("lan", 7, SegmentKind::hub, {PortNo{1}, PortNo{3}})},
          {pipeline_name, {}}});
  EXPECT_EQ(flows().size(), 2U);
}

TEST_F(FlowTableTest, ForeignFlowsStay) {
  switch_->ofctl(
      {"add-flow", switch_->mgmt("fabric"), "cookie=0x7,priority=5,in_port=6,actions=drop"});
  connect();
  replace_all({{"l1", link("l1", 1, 2)}});
  replace_all({});
  EXPECT_THAT(flows(), ElementsAre("cookie=0x7, priority=5,in_port=6 actions=drop"));
}

TEST_F(FlowTableTest, UnlearningForgetsOneSegmentsAddressesOnly) {
  WantedTables wanted{{pipeline_name, pipeline_tables()}};
  wanted["s1"] = segment_tables("s1", 7, SegmentKind::learning, {PortNo{1}, PortNo{2}});
  wanted["s2"] = segment_tables("s2", 8, SegmentKind::learning, {PortNo{3}, PortNo{4}});
  replace_all(wanted);
  const auto configured = flows();
  const auto speak = [&] {
    for (const char* port : {"p1", "p3"})
      switch_->appctl(
          {"netdev-dummy/receive", port,
           "eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x0800),"
           "ipv4(src=10.0.0.1,dst=10.0.0.2,proto=17,tos=0,ttl=64,frag=no),udp(src=1,dst=2)"});
  };
  const auto learned = [&](const std::string& segment) {
    const auto lines = flows();
    return std::ranges::count_if(lines, [&](const std::string& line) {
      return line.contains(", table=21,") &&
             line.contains(fmt::format("cookie={:#x}", cookie(segment)));
    });
  };
  ASSERT_TRUE(run_until([&] {
    speak();
    return learned("s1") == 1 && learned("s2") == 1;
  }));
  const auto done = run(table_->unlearn("s1"));
  EXPECT_TRUE(done) << format(done.error());
  EXPECT_EQ(learned("s1"), 0);
  EXPECT_EQ(learned("s2"), 1);
  EXPECT_EQ(flows().size(), configured.size() + 1);
}

TEST_F(FlowTableTest, WhatASwitchHasLearnedSurvivesTheNextAgent) {
  WantedTables wanted{{pipeline_name, pipeline_tables()}};
  wanted["s1"] = segment_tables("s1", 7, SegmentKind::learning, {PortNo{1}, PortNo{2}});
  replace_all(wanted);
  const auto configured = flows().size();
  switch_->appctl({"netdev-dummy/receive", "p1",
                   "in_port(1),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x1234)"});
  ASSERT_TRUE(run_until([&] { return flows().size() == configured + 1; }));
  connect();
  replace_all(wanted);
  EXPECT_EQ(flows().size(), configured + 1);
}

TEST_F(FlowTableTest, ASwitchThatWasKilledGetsItsFlowsBack) {
  const WantedTables wanted{
      {"l1", link("l1", 1, 2)},
      {"hub", segment_tables("hub", 7, SegmentKind::hub, {PortNo{3}, PortNo{4}})}};
  replace_all(wanted);
  switch_->kill();
  ASSERT_TRUE(run_until([&] { return closed_ == 1; }));
  EXPECT_FALSE(table_->connected());
  const auto failed = run(table_->change({{"l1", link("l1", 1, 5)}}));
  EXPECT_EQ(failed.at("l1").code, Errc::unreachable);
  EXPECT_FALSE(run(table_->connect(1s)));

  switch_->start();
  connect();
  EXPECT_THAT(flows(), IsEmpty());
  replace_all(wanted);
  EXPECT_EQ(flows().size(), 4U);
  EXPECT_EQ(groups().size(), 1U);
}

TEST_F(FlowTableTest, WhatTheSwitchRefusesIsAnErrorOfItsOwnerAlone) {
  replace_all({{"l1", link("l1", 1, 2)}});
  Tables wrong = segment_tables("bad", 7, SegmentKind::hub, {PortNo{3}});
  wrong.groups.clear();  // flows to a group that is not there
  const auto failed = run(table_->change({{"bad", wrong}, {"l2", link("l2", 4, 5)}}));
  EXPECT_THAT(failed, ElementsAre(testing::Key("bad")));
  EXPECT_THAT(flows(), UnorderedElementsAre(flow("l1", 1, 2), flow("l1", 2, 1), flow("l2", 4, 5),
                                            flow("l2", 5, 4)));
}

TEST_F(FlowTableTest, WithoutAConnectionEveryChangeIsUnreachable) {
  FlowTable never(context_.get_executor(), switch_->mgmt("none"));
  EXPECT_FALSE(never.connected());
  EXPECT_EQ(run(never.connect(1s)).error().code, Errc::unreachable);
  EXPECT_EQ(run(never.replace_all({})).error().code, Errc::unreachable);
  EXPECT_EQ(run(never.unlearn("lan")).error().code, Errc::unreachable);
}

}  // namespace
}  // namespace linkfab::fabric
