// What somebody breaks by hand is whole again soon.
#include <thread>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

constexpr std::chrono::seconds soon{10};       // less than two, where the machine is not slow
constexpr std::chrono::seconds at_once{4};     // not at a look
constexpr std::chrono::seconds at_a_look{40};  // of what nobody tells: the agent looks each ten

class Damage : public KeptLabTest {
 protected:
  void SetUp() override {
    KeptLabTest::SetUp();
    if (IsSkipped()) return;
    ok(up(pair));
    ok("set a--b delay=10ms");
    device_ = device("b", "eth0");
  }

  std::string device_;
};

TEST_F(Damage, ADeletedDeviceIsMadeAnew) {
  output_of("ip link del " + device_);
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, soon));
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
}

TEST_F(Damage, ADeviceDeletedFromInsideTheNodeIsMadeAnew) {
  output_of(inside("b", "ip link del eth0"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, soon));
}

TEST_F(Damage, ADeletedQdiscIsPutBack) {
  output_of("tc qdisc del dev " + device_ + " root");
  EXPECT_TRUE(eventually([this] { return contains(qdisc(device_), "delay 10ms"); }, soon));
}

TEST_F(Damage, AChangedQdiscIsChangedBack) {
  output_of("tc qdisc replace dev " + device_ + " root handle fab0: netem delay 99ms");
  EXPECT_TRUE(eventually([this] { return contains(qdisc(device_), "delay 10ms"); }, soon));
}

TEST_F(Damage, ADetachedPortIsAttachedWithItsNumber) {
  const auto number = vsctl("get interface " + device_ + " ofport");
  vsctl("del-port " + device_);
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, soon));
  EXPECT_EQ(node("b")["interfaces"][0]["ofport"].asInt(),
            std::stoi(vsctl("get interface " + device_ + " ofport")));
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
}

TEST_F(Damage, TwoPortsThatAskForOneNumberGetOneEach) {
  for (const char* node : {"a", "b"})
    vsctl("set interface " + device(node, "eth0") + " ofport_request=2500");
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }));
  EXPECT_NE(vsctl("get interface " + device("a", "eth0") + " ofport"),
            vsctl("get interface " + device("b", "eth0") + " ofport"));
}

TEST_F(Damage, ARenamedDeviceIsMadeAnew) {
  // Only while it is down, which the agent does not leave for long: again where it was the faster
  // one.
  EXPECT_TRUE(eventually([&] {
    return run("printf 'link set " + device_ + " down\\nlink set " + device_ +
               " name other0\\n' | ip -batch -")
               .status == 0;
  }));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, soon));
  EXPECT_NE(run("ip link show other0").status, 0);
}

TEST_F(Damage, AnUnmountedNamespaceIsMadeAnew) {
  output_of("umount -l " + netns("b"));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, at_a_look));
}

TEST_F(Damage, ADeletedBridgeComesBackWithPortsAndFlows) {
  vsctl("del-br linkfab");
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, soon));
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
  EXPECT_EQ(link("a--b")["state"].asString(), "up");
}

TEST_F(Damage, AnotherFailModeIsChangedBack) {
  vsctl("set-fail-mode linkfab standalone");
  EXPECT_TRUE(eventually([] { return contains(vsctl("get-fail-mode linkfab"), "secure"); }, soon));
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, soon));
}

TEST_F(Damage, DeletedAndChangedFlowsAreBackAtOnce) {
  ofctl("del-flows");
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, at_once));
  ofctl("mod-flows", "actions=drop");
  EXPECT_TRUE(eventually([] { return pings("a", "10.1.0.2"); }, at_once));
}

TEST_F(Damage, ALookLeavesADeviceThatIsDown) {
  ok(up(R"({"name": "loose", "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}}}})"));
  const auto before = output_of("ip -o link show " + device("a", "eth0"));
  std::this_thread::sleep_for(std::chrono::seconds{12});
  EXPECT_EQ(output_of("ip -o link show " + device("a", "eth0")), before);
}

TEST_F(Damage, ADeviceSetDownIsSetUp) {
  output_of("ip link set " + device_ + " down");
  EXPECT_TRUE(eventually([] { return carrier("b", "eth0"); }, soon));
}

TEST_F(Damage, ACutStaysCutWhateverSomebodySetsUp) {
  ok("cut a--b");
  output_of("ip link set " + device_ + " up");
  EXPECT_TRUE(eventually([] { return !carrier("b", "eth0"); }, soon));
}

}  // namespace
}  // namespace linkfab::test
