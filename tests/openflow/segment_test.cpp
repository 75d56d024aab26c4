// A learning segment, built from what openflow/flow.hpp can say: the metadata holds the segment,
// table 21 what was learned. Frames pass whatever their type, and two segments can hold the same
// addresses.
#include <gmock/gmock.h>

#include "tests/openflow/switch_test.hpp"

namespace linkfab::openflow::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr TableId learn_table = 10;
constexpr TableId forward_table = 20;
constexpr TableId learned_table = 21;
constexpr TableId output_table = 30;
constexpr Masked multicast{0x010000000000, 0x010000000000};

struct State {
  std::vector<Flow> flows;
  std::vector<Group> groups;
};

// What all segments share.
State pipeline() {
  const LearnSource learn{
      .table = learned_table, .idle_timeout = 300, .priority = 10, .cookie = ours, .limit = 4096};
  const std::vector<Action> look_up{Resubmit{learned_table}, Resubmit{output_table}};
  State state;
  state.flows = {
      {.table = learn_table,
       .priority = 1,
       .cookie = ours,
       .match = {.eth_src = multicast},
       .actions = {Resubmit{forward_table}}},
      {.table = learn_table, .cookie = ours, .actions = {learn, Resubmit{forward_table}}},
      {.table = forward_table, .cookie = ours, .actions = look_up},
      {.table = output_table, .priority = 1, .cookie = ours, .actions = {OutputReg0{}}},
  };
  return state;
}

void add_segment(State& state, std::uint32_t number, const std::vector<PortNo>& ports) {
  const Masked segment{number};
  const ToGroup flood{GroupId{number}};
  state.groups.push_back({.id = flood.group, .outputs = ports});
  for (const PortNo port : ports) {
    state.flows.push_back({.priority = 100,
                           .cookie = ours,
                           .match = {.in_port = port},
                           .write_metadata = segment,
                           .goto_table = learn_table});
  }
  state.flows.push_back({.table = forward_table,
                         .priority = 10,
                         .cookie = ours,
                         .match = {.metadata = segment, .eth_dst = multicast},
                         .actions = {flood}});
  state.flows.push_back({.table = output_table,
                         .priority = 2,
                         .cookie = ours,
                         .match = {.metadata = segment, .reg0 = Masked{0}},
                         .actions = {flood}});
}

class SegmentTest : public SwitchTest {
 protected:
  // Segment 1 joins ports 1, 2 and 3; segment 2 only port 4.
  void SetUp() override {
    SwitchTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    want_ = pipeline();
    add_segment(want_, 1, {PortNo{1}, PortNo{2}, PortNo{3}});
    add_segment(want_, 2, {PortNo{4}});
    commit(missing());
  }

  std::vector<Modification> missing() {
    return difference(want_.flows, want_.groups, flows(), groups(), ours, ours_mask,
                      {learned_table});
  }
  // A real frame, not a trace: the learn action takes effect.
  void receive(const std::string& port, const std::string& source, const std::string& destination) {
    switch_->appctl({"netdev-dummy/receive", port,
                     "eth(src=" + source + ",dst=" + destination + "),eth_type(0x88cc)"});
  }
  std::vector<Flow> learned() {
    auto all = flows();
    std::erase_if(all, [](const Flow& flow) { return flow.table != learned_table; });
    return all;
  }

  State want_;
};

TEST_F(SegmentTest, IsDumpedAsItWasInstalled) {
  EXPECT_THAT(missing(), IsEmpty());
  EXPECT_THAT(flows(), testing::UnorderedElementsAreArray(want_.flows));
  EXPECT_THAT(groups(), testing::UnorderedElementsAreArray(want_.groups));
}

TEST_F(SegmentTest, FloodsWithinTheSegmentUntilItHasLearned) {
  EXPECT_EQ(trace("in_port=1,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02"), "2,3");
  EXPECT_EQ(trace("in_port=1,dl_src=00:00:00:00:00:01,dl_dst=01:80:c2:00:00:00"), "2,3");
  EXPECT_EQ(trace("in_port=4,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02"), "drop");
}

TEST_F(SegmentTest, SendsToTheOnePortWhereItSawTheAddress) {
  receive("p2", "00:00:00:00:00:02", "00:00:00:00:00:01");
  ASSERT_TRUE(run_until([&] { return learned().size() == 1; }));
  EXPECT_EQ(trace("in_port=1,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02"), "2");
  EXPECT_EQ(trace("in_port=4,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02"), "drop")
      << "the other segment has not seen it";
}

TEST_F(SegmentTest, ReadsWhatWasLearnedAndLeavesItAlone) {
  receive("p2", "00:00:00:00:00:02", "00:00:00:00:00:01");
  receive("p3", "01:00:00:00:00:03", "00:00:00:00:00:01");  // a multicast source: not learned
  ASSERT_TRUE(run_until([&] { return learned().size() == 1; }));
  const Flow flow = learned().front();
  EXPECT_TRUE(flow.opaque) << "it loads a register";
  EXPECT_EQ(flow.cookie, ours);
  EXPECT_EQ(flow.match, (Match{.metadata = Masked{1}, .eth_dst = Masked{2}}));
  EXPECT_THAT(missing(), IsEmpty());
}

}  // namespace
}  // namespace linkfab::openflow::test
