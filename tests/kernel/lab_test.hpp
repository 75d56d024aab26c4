// A test with a lab of its own, and the host compared with what it was before.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/kernel/host_snapshot.hpp"
#include "tests/kernel/lab.hpp"

namespace linkfab::test {

// Two hosts joined by the link "a--b".
inline constexpr const char* pair = R"({
  "name": "pair",
  "nodes": {"a": {"interfaces": {"eth0": "10.1.0.1/24"}},
            "b": {"interfaces": {"eth0": "10.1.0.2/24"}}},
  "links": [{"ends": ["a:eth0", "b:eth0"], "name": "a--b"}]})";

class LabTest : public testing::Test, protected Lab {
 protected:
  void SetUp() override;
  // Takes the lab down and compares the host.
  void TearDown() override;

  // Fails the test with what the command said.
  static void ok(const Outcome& outcome);
  void ok(const std::string& arguments) const { ok(linkfab(arguments)); }
  static void fails_with(const Outcome& outcome, const std::string& part, int status = 1);

 private:
  friend class KeptLabTest;
  std::unique_ptr<HostSnapshot> before_;
};

// The lab of a test goes on for the next of its suite, whose `up` makes of it what that one needs:
// starting and ending one takes the most of a short test's time. The host is compared when the last
// is over. After a failure the next test begins with a lab of its own.
class KeptLabTest : public LabTest {
 public:
  static void TearDownTestSuite();

 protected:
  void SetUp() override;
  void TearDown() override;

  // In the place of the lab of the test before, whatever its name.
  Outcome up(const std::string& topology) const { return up_file(write(topology)); }
  Outcome up_file(const std::string& file) const { return Lab::up_file(file + " --replace"); }
};

// Where the agent has an Open vSwitch of its own: the system's is not ours to kill.
class PrivateSwitchTest : public KeptLabTest {
 protected:
  void SetUp() override;
};

// With an image "linkfab-test" of busybox.
class DockerTest : public KeptLabTest {
 protected:
  void SetUp() override;
};

}  // namespace linkfab::test
