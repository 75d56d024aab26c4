#include "fabric/switch_trace.hpp"

#include <gmock/gmock.h>

namespace linkfab::fabric {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(SwitchTrace, PortsOfTheDatapathAreFoundByTheirDevices) {
  EXPECT_THAT(datapath_ports("system@ovs-system: hit:54 missed:12\n"
                             "  linkfab:\n"
                             "    lf0123456789abc 7/3: (system)\n"
                             "    linkfab 65534/1: (internal)\n"
                             "  s1:\n"
                             "    s1 65534/2: (internal)\n"
                             "    s1-eth1 1/5: (system)\n"
                             "    gone 2/none: (system)\n"),
              ElementsAre(Pair(1, "linkfab"), Pair(2, "s1"), Pair(3, "lf0123456789abc"),
                          Pair(5, "s1-eth1")));
  EXPECT_THAT(datapath_ports(""), IsEmpty());
}

TEST(SwitchTrace, OutputsAreTheNumbersAmongTheActions) {
  const auto plain = traced_actions("Flow: icmp\n\nFinal flow: unchanged\nDatapath actions: 3,5\n");
  EXPECT_THAT(plain.outputs, ElementsAre(3, 5));
  EXPECT_FALSE(plain.changed);
  EXPECT_THAT(traced_actions("Datapath actions: drop").outputs, IsEmpty());
  EXPECT_THAT(traced_actions("no such line").outputs, IsEmpty());
}

TEST(SwitchTrace, WhatChangesThePacketIsSeen) {
  const auto tagged = traced_actions("Datapath actions: push_vlan(vid=10,pcp=0),4");
  EXPECT_THAT(tagged.outputs, ElementsAre(4));
  EXPECT_TRUE(tagged.changed);
  const auto copied = traced_actions("Datapath actions: userspace(pid=1,controller(reason=1)),4");
  EXPECT_THAT(copied.outputs, ElementsAre(4));
  EXPECT_FALSE(copied.changed);
}

}  // namespace
}  // namespace linkfab::fabric
