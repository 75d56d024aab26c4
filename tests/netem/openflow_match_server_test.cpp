// Open vSwitch's own opinion of the same matches and frames.
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "netem/frame_filter.hpp"
#include "tests/netem/openflow_frames.hpp"
#include "tests/netem/openflow_verdicts.hpp"
#include "tests/support/vswitchd.hpp"

namespace linkfab::netem {
namespace {

constexpr std::size_t bits_of_register = 32;

std::string register_of(std::size_t match) {
  return fmt::format("reg{}", match / bits_of_register);
}

// One table for each match, which sets a bit of a register and leads to the next.
void add_flows(linkfab::test::Vswitchd& ovs) {
  const auto file = ovs.directory() + "/flows";
  std::ofstream flows(file);
  std::size_t table = 0;
  for (const auto& [match, taken] : test::verdicts()) {
    flows << fmt::format("table={},priority=1,{},actions=load:1->NXM_NX_REG{}[{}],goto_table:{}\n",
                         table, match, table / bits_of_register, table % bits_of_register,
                         table + 1)
          << fmt::format("table={},priority=0,actions=goto_table:{}\n", table, table + 1);
    ++table;
  }
  flows.close();
  ovs.ofctl({"add-flows", ovs.mgmt("br0"), file});
}

// The register's bits where the trace ends: "Final flow: udp,reg0=0x5,in_port=1,…".
unsigned long bits(const std::string& trace, const std::string& name) {
  const auto final_flow = trace.substr(trace.find("Final flow:"));
  const auto found = final_flow.find(name + "=");
  return found == std::string::npos
             ? 0
             : std::stoul(final_flow.substr(found + name.size() + 1), nullptr, 16);
}

TEST(OpenflowMatchServer, OpenVSwitchTakesTheSameFrames) {
  if (const auto missing = linkfab::test::Vswitchd::missing(); !missing.empty())
    GTEST_SKIP() << missing;
  linkfab::test::Vswitchd ovs;
  ovs.add_bridge("br0", {"p1"});
  ovs.ofctl({"set-frags", ovs.mgmt("br0"), "nx-match"});
  ASSERT_LT(test::verdicts().size(), 254U) << "a switch has no more tables";
  add_flows(ovs);
  for (const auto& [name, digits] : test::frames()) {
    const auto trace = ovs.appctl({"ofproto/trace", "br0", "in_port=1", digits});
    ASSERT_NE(trace.find("Final flow:"), std::string::npos) << trace;
    for (std::size_t match = 0; match < test::verdicts().size(); ++match) {
      const auto& text = test::verdicts()[match].match;
      const bool taken = (bits(trace, register_of(match)) >> match % bits_of_register & 1) != 0;
      const auto program = compile_filter(text);
      ASSERT_TRUE(program) << text << ": " << program.error().cause;
      EXPECT_EQ(takes(*program, linkfab::test::wire(digits)), taken) << text << " of " << name;
    }
  }
}

}  // namespace
}  // namespace linkfab::netem
