#include "tests/kernel/lab_test.hpp"

#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace linkfab::test {
namespace {

// Empty: nothing.
std::string missing() {
  if (::geteuid() != 0) return "needs root";
  if (run("command -v ovs-vswitchd ovs-vsctl ovs-ofctl ping tcpdump").status != 0)
    return "openvswitch-switch, iputils-ping or tcpdump is not installed";
  (void)run("modprobe -q openvswitch");
  if (!std::filesystem::exists("/sys/module/openvswitch")) return "the kernel has no openvswitch";
  if (run("unshare -n tc qdisc add dev lo root netem delay 1ms").status != 0)
    return "the kernel has no netem";
  return {};
}

void make_image() {
  const auto made = run(R"(
    root=$(mktemp -d); mkdir -p $root/bin $root/proc $root/sys
    cp $(command -v busybox) $root/bin/busybox
    for name in sh ip ping sleep cat ls env head kill ps; do ln -s busybox $root/bin/$name; done
    tar -C $root -c . | docker import - linkfab-test && rm -r $root)");
  if (made.status != 0) throw std::runtime_error("docker import: " + made.err);
}

void end_lab(const HostSnapshot& before) {
  if (std::filesystem::exists("/run/linkfab")) {
    const auto down = Lab{}.linkfab("down");
    EXPECT_EQ(down.status, 0) << down.out << down.err;
    EXPECT_EQ(down.err, "");
  }
  for (const auto& change : before.changes(HostSnapshot::take()))
    ADD_FAILURE() << "left behind: " << change;
}

// Of the suite that runs; null: none goes on.
std::unique_ptr<HostSnapshot> before_kept;

}  // namespace

void LabTest::SetUp() {
  if (const auto reason = missing(); !reason.empty()) GTEST_SKIP() << reason;
  static const bool others = std::filesystem::exists("/run/linkfab");
  if (others) GTEST_SKIP() << "a lab is here that is somebody else's: /run/linkfab";
  ASSERT_FALSE(std::filesystem::exists("/run/linkfab")) << "left behind by an earlier test";
  before_ = std::make_unique<HostSnapshot>(HostSnapshot::take());
}

void LabTest::TearDown() {
  if (!before_) return;
  if (HasFailure()) std::cerr << "linkfabd said:\n" << log() << linkfab("ps").out;
  end_lab(*before_);
}

void LabTest::ok(const Outcome& outcome) {
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err, "");
}

void LabTest::fails_with(const Outcome& outcome, const std::string& part, int status) {
  EXPECT_EQ(outcome.status, status) << outcome.out << outcome.err;
  EXPECT_TRUE(contains(outcome.err, part)) << "without '" << part << "': " << outcome.err;
}

void KeptLabTest::SetUp() {
  if (before_kept) return;
  LabTest::SetUp();
  before_kept = std::move(before_);
}

void KeptLabTest::TearDown() {
  if (!HasFailure()) return;
  before_ = std::move(before_kept);
  LabTest::TearDown();
}

void KeptLabTest::TearDownTestSuite() {
  if (const auto before = std::move(before_kept)) end_lab(*before);
}

void PrivateSwitchTest::SetUp() {
  KeptLabTest::SetUp();
  if (!IsSkipped() && std::filesystem::exists("/run/openvswitch/db.sock"))
    GTEST_SKIP() << "the system's Open vSwitch runs, and is used";
}

void DockerTest::SetUp() {
  if (run("docker info").status != 0) GTEST_SKIP() << "Docker does not run";
  static const bool made = (make_image(), true);
  (void)made;
  KeptLabTest::SetUp();
}

}  // namespace linkfab::test
