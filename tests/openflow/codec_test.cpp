// What linkfab writes, byte for byte. The tables are what ovs-ofctl 3.1 sends to a switch for the
// line above each, read from the socket between the two.
#include <gtest/gtest.h>

#include "openflow/bundle.hpp"
#include "openflow/flow_monitor.hpp"
#include "openflow/group.hpp"
#include "openflow/modification.hpp"
#include "openflow/port.hpp"
#include "openflow/stats.hpp"
#include "tests/openflow/flows.hpp"
#include "tests/support/wire.hpp"

namespace linkfab::openflow::test {
namespace {

using linkfab::test::hex;

std::string encoded(const Modification& modification, Xid xid) {
  Writer out;
  encode(out, modification, xid);
  return hex(out.view());
}

constexpr Masked multicast{0x010000000000, 0x010000000000};

TEST(Encode, AFlowBetweenTwoPorts) {
  // cookie=0xfab0000000000001,priority=100,in_port=1,actions=output:2
  EXPECT_EQ(encoded(AddFlow{patch(1, 2, ours + 1)}, 7), hex(R"(
    05 0e 0058 00000007                    # OpenFlow 1.4, FLOW_MOD, 88 bytes, xid 7
    fab0000000000001 0000000000000000      # cookie, cookie mask
    00 00 0000 0000 0064                   # table 0, ADD, no timeouts, priority 100
    ffffffff ffffffff ffffffff 0000 0000   # no buffer, any port, any group, no flags, no importance
    0001 000c 80000004 00000001 00000000   # match: in_port=1, padded to 8
    0004 0018 00000000                     # instruction: apply actions
    0000 0010 00000002 0000 000000000000   # action: output 2
  )"));
}

TEST(Encode, AFlowThatMarksItsSegmentAndGoesOn) {
  // cookie=0xfab,priority=50,in_port=1,actions=write_metadata:0x17/0xff,goto_table:10
  const Flow flow{.priority = 50,
                  .cookie = 0xfab,
                  .match = {.in_port = PortNo{1}},
                  .write_metadata = Masked{0x17, 0xff},
                  .goto_table = TableId{10}};
  EXPECT_EQ(encoded(AddFlow{flow}, 10), hex(R"(
    05 0e 0060 0000000a 0000000000000fab 0000000000000000 00 00 0000 0000 0032
    ffffffff ffffffff ffffffff 0000 0000
    0001 000c 80000004 00000001 00000000
    0002 0018 00000000 0000000000000017 00000000000000ff   # write metadata
    0001 0008 0a 000000                                    # go to table 10
  )"));
}

TEST(Encode, AResubmissionOfWhatComesFromAMulticastSource) {
  // table=10,priority=1,dl_src=01:00:00:00:00:00/01:00:00:00:00:00,actions=resubmit(,20)
  const Flow flow{
      .table = 10, .priority = 1, .match = {.eth_src = multicast}, .actions = {Resubmit{20}}};
  EXPECT_EQ(encoded(AddFlow{flow}, 11), hex(R"(
    05 0e 0060 0000000b 0000000000000000 0000000000000000 0a 00 0000 0000 0001
    ffffffff ffffffff ffffffff 0000 0000
    0001 0014 8000090c 010000000000 010000000000 00000000
    0004 0018 00000000
    ffff 0010 00002320 000e fff8 14 000000
  )"));
}

TEST(Encode, ALearnActionWithALimit) {
  // table=10,priority=0,actions=learn(table=21,idle_timeout=300,priority=10,
  // cookie=0xfab0000000000009,limit=1024,OXM_OF_METADATA[],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],
  // load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]),resubmit(,20)
  const LearnSource learn{.table = 21,
                          .idle_timeout = 300,
                          .priority = 10,
                          .cookie = 0xfab0000000000009,
                          .limit = 1024};
  const Flow flow{.table = 10, .actions = {learn, Resubmit{20}}};
  EXPECT_EQ(encoded(AddFlow{flow}, 12), hex(R"(
    05 0e 00a8 0000000c 0000000000000000 0000000000000000 0a 00 0000 0000 0000
    ffffffff ffffffff ffffffff 0000 0000
    0001 0004 00000000
    0004 0070 00000000
    ffff 0058 00002320 002d                  # NXAST_LEARN2
      012c 0000 000a fab0000000000009        # timeouts, priority, cookie
      0000 15 00 0000 0000 00000400 0000 0000  # no flags, table 21, no FIN timeouts, limit 1024
      0040 80000408 0000 80000408 0000       # match: 64 bits of metadata
      0030 00000406 0000 00000206 0000       # match: source address as destination
      0810 00000002 0000 00010004 0000       # load: 16 bits of in_port into reg0
      000000000000
    ffff 0010 00002320 000e fff8 14 000000
  )"));
}

TEST(Encode, ALearnActionWithoutALimit) {
  // The same without limit=1024.
  const LearnSource learn{.table = 21, .priority = 10, .cookie = 0xfab0000000000009};
  const Flow flow{.table = 10, .actions = {learn, Resubmit{20}}};
  EXPECT_EQ(encoded(AddFlow{flow}, 13), hex(R"(
    05 0e 00a0 0000000d 0000000000000000 0000000000000000 0a 00 0000 0000 0000
    ffffffff ffffffff ffffffff 0000 0000
    0001 0004 00000000
    0004 0068 00000000
    ffff 0050 00002320 0010                  # NXAST_LEARN
      012c 0000 000a fab0000000000009
      0000 15 00 0000 0000
      0040 80000408 0000 80000408 0000
      0030 00000406 0000 00000206 0000
      0810 00000002 0000 00010004 0000
      000000000000
    ffff 0010 00002320 000e fff8 14 000000
  )"));
}

TEST(Encode, TheOutputToALearnedPort) {
  // table=30,priority=1,actions=output:NXM_NX_REG0[0..15]
  const Flow flow{.table = 30, .priority = 1, .actions = {OutputReg0{}}};
  EXPECT_EQ(encoded(AddFlow{flow}, 0x11), hex(R"(
    05 0e 0058 00000011 0000000000000000 0000000000000000 1e 00 0000 0000 0001
    ffffffff ffffffff ffffffff 0000 0000
    0001 0004 00000000
    0004 0020 00000000
    ffff 0018 00002320 000f 000f 00010004 ffff 000000000000
  )"));
}

TEST(Encode, FloodingWhereNoPortWasLearned) {
  // table=30,priority=2,reg0=0,metadata=0x17,actions=group:23
  const Flow flow{.table = 30,
                  .priority = 2,
                  .match = {.metadata = Masked{0x17}, .reg0 = Masked{0}},
                  .actions = {ToGroup{GroupId{23}}}};
  EXPECT_EQ(encoded(AddFlow{flow}, 0x10), hex(R"(
    05 0e 0058 00000010 0000000000000000 0000000000000000 1e 00 0000 0000 0002
    ffffffff ffffffff ffffffff 0000 0000
    0001 0018 00010004 00000000 80000408 0000000000000017
    0004 0010 00000000
    0016 0008 00000017
  )"));
}

TEST(Encode, ADropOfWhatMatchesManyFieldsInOrder) {
  // table=30,priority=1,reg0=0x5/0xff,metadata=0x17/0xff,dl_type=0x0800,
  // dl_dst=00:11:22:33:44:55,actions=drop
  const Flow flow{.table = 30,
                  .priority = 1,
                  .match = {.metadata = Masked{0x17, 0xff},
                            .eth_dst = Masked{0x001122334455},
                            .eth_type = std::uint16_t{0x0800},
                            .reg0 = Masked{0x5, 0xff}}};
  EXPECT_EQ(encoded(AddFlow{flow}, 0x12), hex(R"(
    05 0e 0068 00000012 0000000000000000 0000000000000000 1e 00 0000 0000 0001
    ffffffff ffffffff ffffffff 0000 0000
    0001 0034 80000606 001122334455 80000a02 0800 00010108 00000005 000000ff
    80000510 0000000000000017 00000000000000ff 00000000
  )"));
}

TEST(Encode, AStrictDeletion) {
  // del-flows --strict table=30,priority=1
  const Flow flow{.table = 30, .priority = 1};
  EXPECT_EQ(encoded(DeleteFlow{flow}, 6), hex(R"(
    05 0e 0038 00000006 0000000000000000 0000000000000000 1e 04 0000 0000 0001
    ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000
  )"));
}

TEST(Encode, ADeletionOfEverythingUnderACookie) {
  // del-flows cookie=0xfab0000000000000/0xfff0000000000000, but for its priority, which means
  // nothing
  EXPECT_EQ(encoded(DeleteFlowsByCookie{.cookie = ours, .mask = ours_mask, .table = {}}, 6), hex(R"(
    05 0e 0038 00000006 fab0000000000000 fff0000000000000 ff 03 0000 0000 0000
    ffffffff ffffffff ffffffff 0000 0000 0001 0004 00000000
  )"));
}

TEST(Encode, AGroupThatRepeats) {
  // add-group group_id=23,type=all,bucket=actions=output:1,bucket=actions=output:2
  const Group group = repeat(23, {PortNo{1}, PortNo{2}});
  const std::string rest = R"( 00 00 00000017
    0020 0000 ffffffff ffffffff 00000000 0000 0010 00000001 0000 000000000000
    0020 0000 ffffffff ffffffff 00000000 0000 0010 00000002 0000 000000000000)";
  EXPECT_EQ(encoded(AddGroup{group}, 6), hex("05 0f 0050 00000006 0000" + rest));
  EXPECT_EQ(encoded(ModifyGroup{group}, 6), hex("05 0f 0050 00000006 0001" + rest));
}

TEST(Encode, ADeletionOfAGroup) {
  // del-groups group_id=23
  EXPECT_EQ(encoded(DeleteGroup{GroupId{23}}, 6), hex("05 0f 0010 00000006 0002 00 00 00000017"));
}

TEST(Encode, ABundle) {
  Writer out;
  encode_bundle_control(out, BundleId{0}, BundleControl::open, 20);
  const auto start = begin_bundle_add(out, BundleId{0}, 6);
  encode(out, DeleteGroup{GroupId{23}}, 6);
  end_message(out, start);
  encode_bundle_control(out, BundleId{0}, BundleControl::commit, 22);
  EXPECT_EQ(hex(out.view()), hex(R"(
    05 21 0010 00000014 00000000 0000 0003
    05 22 0020 00000006 00000000 0000 0003  05 0f 0010 00000006 0002 00 00 00000017
    05 21 0010 00000016 00000000 0004 0003
  )"));
}

TEST(Encode, TheMessagesOfASession) {
  EXPECT_EQ(hex(encode_hello(1)), hex("05 00 0010 00000001 0001 0008 00000020"));
  EXPECT_EQ(hex(encode_features_request(2)), hex("05 05 0008 00000002"));
  EXPECT_EQ(hex(encode_set_async(3)),
            hex("05 1c 0028 00000003 0002 0008 00000007 0003 0008 00000007"
                "000a 0008 00000001 000b 0008 00000001"));
  EXPECT_EQ(hex(encode_flow_monitor_request(3, 20, 4)), hex(R"(
    05 12 0028 00000004 0010 0000 00000000 00000003 ffffffff ffffffff 000e 14 00 0001 0004 00000000
  )"));
  EXPECT_EQ(hex(encode_group_desc_request(2)), hex("05 12 0010 00000002 0007 0000 00000000"));
  EXPECT_EQ(hex(encode_port_desc_request(3)), hex("05 12 0010 00000003 000d 0000 00000000"));
  EXPECT_EQ(hex(encode_flow_stats_request(0, 0, 2)), hex(R"(
    05 12 0038 00000002 0001 0000 00000000 ff 000000 ffffffff ffffffff 00000000
    0000000000000000 0000000000000000 0001 0004 00000000
  )"));
}

TEST(Encode, MakesAMatchCanonical) {
  Flow loose = patch(1, 2);
  loose.match.eth_dst = Masked{0x001122334455, 0xffffffffffff};  // a full mask
  loose.match.eth_src = Masked{0x001122334455, 0};               // an empty one
  loose.match.metadata = Masked{0xfff7, 0x00ff};                 // bits outside
  Flow exact = patch(1, 2);
  exact.match.eth_dst = Masked{0x001122334455};
  exact.match.metadata = Masked{0x00f7, 0x00ff};
  EXPECT_EQ(encoded(AddFlow{loose}, 1), encoded(AddFlow{exact}, 1));
  EXPECT_EQ(canonical(loose), exact);
  EXPECT_EQ(key(loose), key(exact));
}

}  // namespace
}  // namespace linkfab::openflow::test
