// A session with a real ovs-vswitchd.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include <gmock/gmock.h>

#include "tests/openflow/switch_test.hpp"

namespace linkfab::openflow::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class SessionTest : public SwitchTest {};

TEST_F(SessionTest, JoinsTwoPorts) {
  commit({AddFlow{patch(1, 2)}, AddFlow{patch(2, 1)}});
  EXPECT_EQ(trace("in_port=1"), "2");
  EXPECT_EQ(trace("in_port=2"), "1");
  EXPECT_EQ(trace("in_port=3"), "drop");
  EXPECT_THAT(flows(), UnorderedElementsAre(patch(1, 2), patch(2, 1)));
}

TEST_F(SessionTest, RepeatsToAllOthersOfAGroup) {
  const Group hub = repeat(7, {PortNo{1}, PortNo{2}, PortNo{3}});
  std::vector<Modification> changes{AddGroup{hub}};
  for (const PortNo port : hub.outputs) {
    Flow flow = patch(port.value, 0);
    flow.actions = {ToGroup{hub.id}};
    changes.emplace_back(AddFlow{flow});
  }
  commit(changes);
  EXPECT_EQ(trace("in_port=1"), "2,3");
  EXPECT_EQ(trace("in_port=3"), "1,2");
  EXPECT_THAT(groups(), ElementsAre(hub));

  commit({ModifyGroup{repeat(7, {PortNo{2}, PortNo{4}})}});
  EXPECT_EQ(trace("in_port=1"), "2,4");
  commit({DeleteGroup{hub.id}});
  EXPECT_THAT(flows(), IsEmpty()) << "a group takes the flows that name it along";
}

TEST_F(SessionTest, WritesFlowsAsOvsOfctlReadsThem) {
  const Flow flow{.table = 3,
                  .priority = 9,
                  .cookie = ours + 1,
                  .match = {.in_port = PortNo{1},
                            .metadata = Masked{0x17, 0xff},
                            .eth_src = Masked{0x010000000000, 0x010000000000},
                            .eth_dst = Masked{0x001122334455},
                            .eth_type = std::uint16_t{0x88cc},
                            .reg0 = Masked{0}},
                  .actions = {LearnSource{.table = 21, .priority = 10, .cookie = 5, .limit = 64},
                              OutputReg0{}, Resubmit{20}},
                  .write_metadata = Masked{0x17, 0xff},
                  .goto_table = TableId{10}};
  switch_->ofctl({"add-flow", "unix:" + switch_->mgmt("br0"), format(flow)});
  EXPECT_THAT(flows(), ElementsAre(flow)) << "what we print is what ovs-ofctl installs";
}

TEST_F(SessionTest, ChangesAllOrNothing) {
  commit({AddFlow{patch(1, 2)}});
  Flow to_nowhere = patch(3, 0);
  to_nowhere.actions = {ToGroup{GroupId{99}}};
  const std::vector<Modification> changes{DeleteFlowsByCookie{ours, ours_mask, std::nullopt},
                                          AddFlow{patch(2, 1)}, AddFlow{to_nowhere}};
  const auto done = run(session_.commit(changes));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(),
            (Error{Errc::refused, format(changes[2]), "the switch answered OFPBAC_BAD_OUT_GROUP"}));
  EXPECT_THAT(flows(), ElementsAre(patch(1, 2)));
}

TEST_F(SessionTest, ChangesNothingWhenAMessageDoesNotGetIntoTheBundle) {
  // Refused as it is added, not at the commit, which would then make the other changes.
  const std::vector<Modification> changes{AddFlow{patch(1, 2)}, AddFlow{patch(2, 0xffffff01)}};
  const auto done = run(session_.commit(changes));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().attempt, format(changes[1]));
  EXPECT_THAT(flows(), IsEmpty());
  commit({AddFlow{patch(1, 2)}});
}

TEST_F(SessionTest, AppliesASingleChange) {
  const std::vector<Modification> one{AddFlow{patch(1, 2)}};
  EXPECT_TRUE(run(session_.apply(one)));
  EXPECT_THAT(flows(), ElementsAre(patch(1, 2)));
  Flow backwards = patch(1, 2);
  backwards.table = 5;
  backwards.goto_table = TableId{4};
  const std::vector<Modification> wrong{AddFlow{backwards}};
  const auto done = run(session_.apply(wrong));
  ASSERT_FALSE(done);
  EXPECT_EQ(format(done.error()), format(wrong[0]) + ": the switch answered OFPBIC_BAD_TABLE_ID");
}

TEST_F(SessionTest, DeletesOnlyWhatIsUnderTheCookie) {
  commit({AddFlow{patch(1, 2)}, AddFlow{patch(2, 1)}, AddFlow{patch(3, 4, 0xabc)}});
  commit({DeleteFlowsByCookie{ours, ours_mask, std::nullopt}});
  EXPECT_THAT(flows(), ElementsAre(patch(3, 4, 0xabc)));
}

TEST_F(SessionTest, ConvergesByTheDifference) {
  const std::vector<Group> want_groups{repeat(1, {PortNo{1}, PortNo{2}}), repeat(2, {PortNo{3}})};
  std::vector<Flow> want{patch(1, 2), patch(2, 1, ours + 2)};
  want.push_back(Flow{.table = 4, .cookie = ours, .actions = {ToGroup{GroupId{1}}}});
  const auto missing = [&] {
    return difference(want, want_groups, flows(), groups(), ours, ours_mask, {});
  };
  // A switch that holds something else: a flow of ours with other actions, one that is not wanted,
  // one that cannot be read, a group of another type, a group too many; and a flow of somebody
  // else's.
  const std::string mgmt = "unix:" + switch_->mgmt("br0");
  commit({AddFlow{patch(1, 3)}, AddFlow{patch(4, 1)}, AddFlow{patch(3, 4, 0xabc)}});
  switch_->ofctl(
      {"add-flow", mgmt, "cookie=0xfab0000000000002,in_port=2,dl_vlan=5,actions=pop_vlan"});
  switch_->ofctl({"add-group", mgmt, "group_id=1,type=select,bucket=actions=output:1"});
  switch_->ofctl({"add-group", mgmt, "group_id=3,type=all,bucket=actions=output:1"});
  EXPECT_THAT(missing(), SizeIs(8));
  commit(missing());
  EXPECT_THAT(missing(), IsEmpty());
  want.push_back(patch(3, 4, 0xabc));
  EXPECT_THAT(flows(), testing::UnorderedElementsAreArray(want));
}

TEST_F(SessionTest, ListsPortsAndHearsOfChanges) {
  const auto ports = run(session_.ports());
  ASSERT_TRUE(ports);
  EXPECT_THAT(*ports, testing::Contains(Port{.number = PortNo{2}, .name = "p2"}));
  EXPECT_THAT(*ports, SizeIs(5)) << "with LOCAL";

  std::vector<std::pair<PortReason, Port>> heard;
  session_.on_port_status(
      [&](PortReason reason, const Port& port) { heard.emplace_back(reason, port); });
  const auto hears = [&](PortReason reason, auto condition) {
    return run_until([&] {
      return std::ranges::any_of(heard, [&](const auto& one) {
        const Port& port = one.second;
        return one.first == reason && port.number == PortNo{9} && port.name == "p9" &&
               condition(port);
      });
    });
  };
  const auto any = [](const Port&) { return true; };
  switch_->vsctl(
      {"add-port", "br0", "p9", "--", "set", "Interface", "p9", "type=dummy", "ofport_request=9"});
  EXPECT_TRUE(hears(PortReason::added, any));
  switch_->ofctl({"mod-port", "unix:" + switch_->mgmt("br0"), "p9", "down"});
  EXPECT_TRUE(hears(PortReason::modified, [](const Port& port) { return port.admin_down; }));
  switch_->vsctl({"del-port", "p9"});
  EXPECT_TRUE(hears(PortReason::deleted, any));
}

TEST_F(SessionTest, TellsOfForeignChangesAndNotOfItsOwn) {
  int told = 0;
  session_.on_foreign_change([&] { ++told; });
  ASSERT_TRUE(run(session_.watch({TableId{0}, TableId{4}})));
  const auto foreign = [&](const std::vector<std::string>& arguments) {
    const int before = told;
    switch_->ofctl(arguments);
    return run_until([&] { return told > before; });
  };

  commit({AddGroup{repeat(1, {PortNo{1}, PortNo{2}})}, AddFlow{patch(1, 2)},
          AddFlow{Flow{.table = 4, .cookie = ours, .actions = {ToGroup{GroupId{1}}}}}});
  commit({AddFlow{patch(1, 3)}, DeleteFlowsByCookie{ours, ours_mask, std::nullopt},
          DeleteGroup{GroupId{1}}});
  EXPECT_THAT(flows(), IsEmpty());
  EXPECT_EQ(told, 0);

  commit({AddGroup{repeat(1, {PortNo{1}})}, AddFlow{patch(1, 2)}});
  const std::string mgmt = "unix:" + switch_->mgmt("br0");
  EXPECT_TRUE(foreign({"add-flow", mgmt, "table=4,in_port=3,actions=drop"}));
  EXPECT_TRUE(foreign({"mod-flows", mgmt, "in_port=1,actions=output:3"}));
  EXPECT_TRUE(foreign({"mod-group", mgmt, "group_id=1,type=all,bucket=actions=output:3"}));
  EXPECT_TRUE(foreign({"del-groups", mgmt}));
  EXPECT_TRUE(foreign({"del-flows", mgmt}));
  const int before = told;
  switch_->ofctl({"add-flow", mgmt, "table=5,in_port=3,actions=drop"});
  EXPECT_THAT(flows(), SizeIs(1));
  EXPECT_EQ(told, before) << "of a table that is not watched";
}

TEST_F(SessionTest, SaysOnceThatTheSwitchHasGone) {
  commit({AddFlow{patch(1, 2)}});
  int closed = 0;
  session_.on_closed([&](const Error&) { ++closed; });
  switch_->kill();
  ASSERT_TRUE(run_until([&] { return closed > 0; }));
  EXPECT_FALSE(session_.connected());
  switch_->start();
  EXPECT_FALSE(run(session_.groups()));

  Session next(context_.get_executor());
  ASSERT_TRUE(run(next.connect(switch_->mgmt("br0"), std::chrono::seconds{5})));
  const auto left = run(next.flows(0, 0));
  ASSERT_TRUE(left);
  EXPECT_THAT(*left, IsEmpty()) << "a restarted switch has lost its flows";
  EXPECT_EQ(closed, 1);
}

TEST_F(SessionTest, ServesManyRequestsAtOnce) {
  constexpr std::uint32_t count = 50;
  std::uint32_t done = 0;
  std::vector<std::vector<Modification>> changes;
  for (std::uint32_t port = 1; port <= count; ++port)
    changes.push_back({AddFlow{patch(port, port + 1)}});
  for (const auto& one : changes) {
    boost::asio::co_spawn(context_, session_.commit(one),
                          [&](std::exception_ptr, Result<void> result) {
                            EXPECT_TRUE(result);
                            ++done;
                          });
  }
  EXPECT_TRUE(run_until([&] { return done == count; }));
  EXPECT_THAT(flows(), SizeIs(count));
}

TEST_F(SessionTest, SurvivesMoreErrorsThanItsSocketHolds) {
  // A client that does not read while it writes hangs here, and its switch with it.
  Flow to_nowhere = patch(1, 0);
  to_nowhere.actions = {ToGroup{GroupId{99}}};
  const std::vector<Modification> wrong(60'000, AddFlow{to_nowhere});
  const auto done = run(session_.apply(wrong));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::refused);
  commit({AddFlow{patch(1, 2)}});
}

template <class Work>
double milliseconds_for(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

TEST_F(SessionTest, CommitsTenThousandFlowsInOneGo) {
  std::vector<Flow> want;
  std::vector<Modification> changes;
  for (std::uint32_t port = 1; port <= 10'000; ++port) {
    want.push_back(patch(port, port % 10'000 + 1));
    changes.emplace_back(AddFlow{want.back()});
  }
  const double added = milliseconds_for([&] { commit(changes); });
  std::vector<Flow> have;
  const double dumped = milliseconds_for([&] { have = flows(ours, ours_mask); });
  EXPECT_THAT(have, SizeIs(want.size()));
  std::vector<Modification> missing;
  const double compared =
      milliseconds_for([&] { missing = difference(want, {}, have, {}, ours, ours_mask, {}); });
  EXPECT_THAT(missing, IsEmpty());
  std::vector<double> single;
  for (std::uint32_t turn = 0; turn < 200; ++turn) {
    const std::vector<Modification> one{AddFlow{patch(1, 2 + turn % 2)}};
    single.push_back(milliseconds_for([&] { EXPECT_TRUE(run(session_.apply(one))); }));
  }
  std::ranges::sort(single);
  std::printf(
      "10000 flows: commit %.1f ms, dump %.1f ms, difference %.1f ms; one apply() %.3f ms\n", added,
      dumped, compared, single[single.size() / 2]);
  EXPECT_LT(added, 2000) << "about 50 ms without sanitizers on an idle machine";
}

}  // namespace
}  // namespace linkfab::openflow::test
