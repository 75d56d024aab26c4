#include "fabric/vswitch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include "tests/fabric/switch_fixture.hpp"

namespace linkfab::fabric {
namespace {

using openflow::PortNo;
using testing::HasSubstr;
using namespace std::chrono_literals;

class VswitchTest : public WithSwitch {
 protected:
  void SetUp() override {
    WithSwitch::SetUp();
    if (!switch_) return;
    fabric_.emplace(context_.get_executor(), options("linkfab"));
    fabric_->on_ports_changed([this](const std::set<std::string>& devices) {
      changed_.insert(devices.begin(), devices.end());
    });
    connect(*fabric_);
  }
  [[nodiscard]] VswitchOptions options(const std::string& instance) const {
    return {.remote = "unix:" + switch_->database(),
            .instance = instance,
            .bridge = "fabric",
            .datapath_type = "dummy"};
  }
  void connect(Vswitch& it) {
    it.start();
    const auto connected = run(it.wait_connected(10s));
    ASSERT_TRUE(connected) << format(connected.error());
  }
  void prepare() {
    const auto prepared = run(fabric_->prepare());
    ASSERT_TRUE(prepared) << format(prepared.error());
  }
  Result<void> change(std::vector<Vswitch::Attach> attach, std::vector<std::string> detach = {}) {
    return run(fabric_->change(std::move(attach), std::move(detach)));
  }
  static Vswitch::Attach port(int number) {
    return {.device = "lf" + std::to_string(number),
            .endpoint = {"r" + std::to_string(number), "eth0"},
            .number = PortNo{static_cast<std::uint32_t>(number)}};
  }

  std::optional<Vswitch> fabric_;
  std::set<std::string> changed_;
};

TEST_F(VswitchTest, PreparingTwiceChangesNothingTheSecondTime) {
  prepare();
  EXPECT_THAT(switch_->vsctl({"get", "Bridge", "fabric", "fail_mode"}), HasSubstr("secure"));
  EXPECT_THAT(switch_->vsctl({"get", "Bridge", "fabric", "other_config"}),
              HasSubstr("disable-in-band=\"true\""));
  const auto before = configuration();
  prepare();
  EXPECT_EQ(configuration(), before);
  Vswitch next(context_.get_executor(), options("linkfab"));
  connect(next);
  EXPECT_TRUE(run(next.prepare()));
  EXPECT_EQ(configuration(), before);
}

// Each write would have ovs-vswitchd go through all of its ports, and in user space keep frames
// waiting meanwhile.
TEST_F(VswitchTest, AnAgentThatFindsAllInPlaceWritesNothing) {
  auto own = options("linkfab");
  own.own_switch = true;
  const auto written = [&] { return switch_->vsctl({"get", "Open_vSwitch", ".", "next_cfg"}); };
  for (const bool first : {true, false}) {
    Vswitch agent(context_.get_executor(), own);
    connect(agent);
    const auto before = written();
    ASSERT_TRUE(run(agent.prepare()));
    ASSERT_TRUE(run(agent.release_restored_flows("1 2")));
    EXPECT_EQ(written() != before, first);
  }
  const auto settings = switch_->vsctl({"get", "Open_vSwitch", ".", "other_config"});
  EXPECT_THAT(settings, HasSubstr("flow-restore-wait=\"true\""));
  EXPECT_THAT(settings, HasSubstr("max-idle"));
  // What says whether controllers are connected is updated at that interval, too.
  EXPECT_THAT(settings, ::testing::Not(HasSubstr("stats-update-interval")));
}

TEST_F(VswitchTest, ASwitchThatWasStartedAnewIsReleasedAgain) {
  auto own = options("linkfab");
  own.own_switch = true;
  Vswitch agent(context_.get_executor(), own);
  connect(agent);
  ASSERT_TRUE(run(agent.prepare()));
  const auto written = [&] { return switch_->vsctl({"get", "Open_vSwitch", ".", "next_cfg"}); };
  for (const char* process : {"1 2", "1 3", ""}) {
    const auto before = written();
    ASSERT_TRUE(run(agent.release_restored_flows(process)));
    EXPECT_NE(written(), before) << process;
  }
  const auto before = written();
  ASSERT_TRUE(run(agent.release_restored_flows("")));  // it is not known which one it is
  EXPECT_NE(written(), before);
}

TEST_F(VswitchTest, AForeignBridgeOfThatNameIsLeftAlone) {
  switch_->add_bridge("fabric", {"p1"});
  const auto before = configuration();
  const auto prepared = run(fabric_->prepare());
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::conflict);
  EXPECT_EQ(format(prepared.error()),
            "take bridge fabric: it is not linkfab's; choose another name with --bridge");
  EXPECT_TRUE(run(fabric_->remove_all()));
  EXPECT_EQ(configuration(), before);
}

TEST_F(VswitchTest, AnotherInstancesBridgeIsForeignToo) {
  prepare();
  Vswitch other(context_.get_executor(), options("other"));
  connect(other);
  const auto prepared = run(other.prepare());
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::conflict);
}

// The dummy switch opens no devices of the system: each port fails, and each says so.
TEST_F(VswitchTest, WhyAPortCannotBeAttachedArrivesAtThePort) {
  prepare();
  EXPECT_TRUE(change({port(1), port(2)}));
  ASSERT_NE(fabric_->find("lf1"), nullptr);
  const auto& found = *fabric_->find("lf1");
  EXPECT_EQ(found.endpoint, (Endpoint{"r1", "eth0"}));
  EXPECT_EQ(found.requested, PortNo{1});
  EXPECT_EQ(found.ofport, -1);
  EXPECT_THAT(found.error, HasSubstr("could not open network device lf1"));
  EXPECT_THAT(changed_, testing::IsSupersetOf({"lf1", "lf2"}));
}

TEST_F(VswitchTest, ADetachedPortIsGoneAndItsNumberFree) {
  prepare();
  ASSERT_TRUE(change({port(1), port(2)}));
  EXPECT_EQ(fabric_->reserve_number(), PortNo{3});
  EXPECT_TRUE(change({}, {"lf1", "never there"}));
  EXPECT_EQ(fabric_->find("lf1"), nullptr);
  EXPECT_NE(fabric_->find("lf2"), nullptr);
  EXPECT_EQ(switch_->vsctl({"list-ports", "fabric"}), "lf2\n");
}

TEST_F(VswitchTest, AnAgentThatComesNextKnowsThePortsAndTheirNumbers) {
  prepare();
  ASSERT_TRUE(change({port(1), port(2), port(4)}));
  Vswitch next(context_.get_executor(), options("linkfab"));
  connect(next);
  EXPECT_EQ(next.ports().size(), 3U);
  EXPECT_EQ(next.find("lf4")->requested, PortNo{4});
  EXPECT_EQ(next.reserve_number(), PortNo{3});
  EXPECT_EQ(next.reserve_number(), PortNo{5});
  next.release_number(PortNo{3});
  Vswitch other(context_.get_executor(), options("other"));
  connect(other);
  EXPECT_TRUE(other.ports().empty());
}

TEST_F(VswitchTest, ANumberThatAStrangersPortHasIsNotGiven) {
  prepare();
  switch_->vsctl({"add-port", "fabric", "mirror", "--", "set", "Interface", "mirror", "type=dummy",
                  "ofport_request=2"});
  ASSERT_TRUE(run(fabric_->prepare()));  // which sees all that was written before
  std::set<std::uint32_t> given;
  for (int i = 0; i < 5; ++i) given.insert(fabric_->reserve_number()->value);
  EXPECT_EQ(given.size(), 5U);
  EXPECT_FALSE(given.contains(2));
}

TEST_F(VswitchTest, EveryNumberIsGivenOnceUntilThereIsNone) {
  prepare();
  std::set<std::uint32_t> given;
  while (const auto number = fabric_->reserve_number())
    ASSERT_TRUE(given.insert(number->value).second);
  EXPECT_EQ(given.size(), 0xfeffU);
  EXPECT_EQ(*given.begin(), 1U);
  fabric_->release_number(PortNo{77});
  EXPECT_EQ(fabric_->reserve_number(), PortNo{77});
}

TEST_F(VswitchTest, RemovingAllLeavesWhatIsOthersAsItWas) {
  switch_->add_bridge("decoy", {"p1", "p2"});
  switch_->vsctl({"set", "Port", "p1", "qos=@q", "--", "--id=@q", "create", "QoS",
                  "type=linux-noop", "external_ids:owner=someone"});
  const auto before = configuration();
  prepare();
  ASSERT_TRUE(change({port(1), port(2)}));
  EXPECT_NE(configuration(), before);
  const auto removed = run(fabric_->remove_all());
  EXPECT_TRUE(removed) << format(removed.error());
  EXPECT_EQ(configuration(), before);
  EXPECT_TRUE(fabric_->ports().empty());
  EXPECT_TRUE(run(fabric_->remove_all())) << "twice";
}

TEST_F(VswitchTest, APortThatIsThereAlreadyIsRefusedWithItsName) {
  prepare();
  ASSERT_TRUE(change({port(1)}));
  const auto again = change({port(1), port(2)});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::refused);
  EXPECT_THAT(again.error().cause, HasSubstr("lf1"));
  EXPECT_EQ(fabric_->find("lf2"), nullptr);
}

TEST_F(VswitchTest, PortsOfABridgeThatIsGoneAreNotAttached) {
  prepare();
  switch_->vsctl({"del-br", "fabric"});
  ASSERT_TRUE(run_until([&] {
    const auto changed = change({port(1)});
    return !changed && changed.error().code == Errc::not_found;
  }));
}

TEST_F(VswitchTest, WhoWaitsForASwitchThatDiedIsToldWhenItsDeathIsKnown) {
  prepare();
  switch_->kill();
  std::optional<Result<void>> result;
  boost::asio::co_spawn(context_, fabric_->change({port(1)}, {}),
                        [&](const std::exception_ptr&, Result<void> done) { result = done; });
  EXPECT_FALSE(test::run_until(context_, [&] { return result.has_value(); }, 300ms));
  fabric_->abort_waits();
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, Errc::unreachable);
}

}  // namespace
}  // namespace linkfab::fabric
