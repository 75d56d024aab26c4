// The system's Open vSwitch, which others use too: one of the test's own in its place, with a
// bridge that is none of ours.
#include <csignal>
#include <filesystem>
#include <memory>

#include "tests/kernel/lab_test.hpp"

namespace linkfab::test {
namespace {

class SystemSwitch : public LabTest {
 protected:
  void SetUp() override {
    if (std::filesystem::exists("/run/openvswitch/db.sock"))
      GTEST_SKIP() << "the system's Open vSwitch runs, and is not ours to try things with";
    LabTest::SetUp();
    if (IsSkipped()) return;
    start();
    make_decoy();
    before_ = std::make_unique<HostSnapshot>(HostSnapshot::take());
  }

  void TearDown() override {
    if (before_) {
      ok("down");
      for (const auto& change : before_->changes(HostSnapshot::take()))
        ADD_FAILURE() << "of others: " << change;
      end();
    }
    LabTest::TearDown();
  }

 private:
  void start() {
    existed_ = std::filesystem::exists("/run/openvswitch");
    output_of("mkdir -p /run/openvswitch");
    output_of("ovsdb-tool create " + file("conf.db") + " /usr/share/openvswitch/vswitch.ovsschema");
    database_ = std::make_unique<Background>(
        "ovsdb-server --remote=punix:/run/openvswitch/db.sock --unixctl=" + file("db.ctl") + " " +
        file("conf.db"));
    ASSERT_TRUE(eventually([] { return run("ovs-vsctl --timeout=1 --no-wait init").status == 0; }));
    switch_ = std::make_unique<Background>("ovs-vswitchd unix:/run/openvswitch/db.sock --unixctl=" +
                                           file("vswitchd.ctl"));
    ASSERT_EQ(run("ovs-vsctl --timeout=20 add-br decoy").status, 0);
  }

  static void make_decoy() {
    output_of(
        "ip link add decoy0 type veth peer name decoy1 && "
        "ip link set decoy0 addrgenmode none up && ip link set decoy1 addrgenmode none up && "
        "tc qdisc add dev decoy1 root netem delay 3ms && "
        "ovs-vsctl add-port decoy decoy0 -- set port decoy0 qos=@q -- "
        "--id=@q create qos type=linux-noop external_ids:owner=me && "
        "ovs-vsctl set open . other_config:max-idle=12345 && "
        "ovs-ofctl -O OpenFlow14 add-flow decoy "
        "cookie=0xfab0000000000001,in_port=1,actions=drop");
  }

  void end() {
    output_of(
        "ovs-vsctl --timeout=10 clear port decoy0 qos && ovs-vsctl --all destroy qos && "
        "ovs-vsctl --timeout=10 del-br decoy");
    output_of("ip link del decoy0");
    switch_->signal(SIGTERM);
    switch_->wait();
    database_->signal(SIGTERM);
    database_->wait();
    output_of("rm -f /run/openvswitch/db.sock /run/openvswitch/decoy.*");
    if (!existed_) output_of("rm -rf /run/openvswitch");
  }

  bool existed_ = false;
  std::unique_ptr<Background> database_;
  std::unique_ptr<Background> switch_;
  std::unique_ptr<HostSnapshot> before_;
};

TEST_F(SystemSwitch, IsUsedAndNothingElseInItIsTouched) {
  ok(up(pair));
  EXPECT_FALSE(private_switch());
  EXPECT_TRUE(pings("a", "10.1.0.2"));
  const auto bridges = vsctl("list-br");
  EXPECT_TRUE(contains(bridges, "linkfab")) << bridges;
  ok("set a--b delay=10ms");
  EXPECT_GE(round_trip("a", "10.1.0.2", 3), 20.0);
  EXPECT_TRUE(
      contains(output_of("ovs-ofctl -O OpenFlow14 dump-flows decoy"), "0xfab0000000000001"));
  EXPECT_EQ(vsctl("get open . other_config:max-idle"), "\"12345\"");
}

TEST_F(SystemSwitch, ABridgeOfThatNameThatIsNotOursIsLeftAlone) {
  output_of("ovs-vsctl add-br linkfab");
  const auto outcome = up(pair);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, "not linkfab's")) << outcome.err;
  EXPECT_TRUE(contains(vsctl("list-br"), "linkfab"));
  output_of("ovs-vsctl del-br linkfab");
  EXPECT_TRUE(contains(log(), "not linkfab's"));  // until `linkfab down`
}

}  // namespace
}  // namespace linkfab::test
