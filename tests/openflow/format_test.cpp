#include <gtest/gtest.h>

#include "tests/openflow/flows.hpp"

namespace linkfab::openflow::test {
namespace {

TEST(Format, WritesFlowsInTheNotationOfOvsOfctl) {
  EXPECT_EQ(format(patch(1, 2, 0)), "table=0,priority=100,in_port=1,actions=output:2");
  EXPECT_EQ(format(patch(1, 0xfffffffe, 0xfab)),
            "cookie=0xfab,table=0,priority=100,in_port=1,actions=output:LOCAL");
  EXPECT_EQ(format(Flow{.table = 20, .actions = {Resubmit{21}, Resubmit{30}}}),
            "table=20,priority=0,actions=resubmit(,21),resubmit(,30)");
  EXPECT_EQ(format(Flow{.match = {.in_port = PortNo{1}},
                        .write_metadata = Masked{0x17},
                        .goto_table = TableId{10}}),
            "table=0,priority=0,in_port=1,actions=write_metadata:0x17,goto_table:10");
  EXPECT_EQ(format(Flow{.match = {.metadata = Masked{0x17, 0xff},
                                  .eth_dst = Masked{0x010000000000, 0x010000000000},
                                  .eth_type = std::uint16_t{0x88cc},
                                  .reg0 = Masked{0}}}),
            "table=0,priority=0,reg0=0x0,metadata=0x17/0xff,"
            "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,dl_type=0x88cc,actions=drop");
}

TEST(Format, WritesModifications) {
  EXPECT_EQ(format(Modification{AddFlow{patch(1, 2, 0)}}),
            "add flow table=0,priority=100,in_port=1,actions=output:2");
  EXPECT_EQ(format(Modification{DeleteFlow{patch(1, 2)}}),
            "delete flow table=0,priority=100,in_port=1");
  EXPECT_EQ(format(Modification{DeleteFlowsByCookie{ours, ours_mask, TableId{3}}}),
            "delete flows cookie=0xfab0000000000000/0xfff0000000000000,table=3");
  EXPECT_EQ(format(Modification{ModifyGroup{repeat(23, {PortNo{1}, PortNo{2}})}}),
            "modify group group_id=23,type=all,bucket=actions=output:1,bucket=actions=output:2");
  EXPECT_EQ(format(Modification{DeleteGroup{GroupId{23}}}), "delete group group_id=23");
}

}  // namespace
}  // namespace linkfab::openflow::test
