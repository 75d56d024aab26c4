// What a switch says. The bytes were sent by ovs-vswitchd 3.1.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "openflow/error.hpp"
#include "openflow/flow_monitor.hpp"
#include "openflow/group.hpp"
#include "openflow/modification.hpp"
#include "openflow/port.hpp"
#include "openflow/stats.hpp"
#include "tests/openflow/flows.hpp"
#include "tests/support/wire.hpp"

namespace linkfab::openflow::test {
namespace {

using linkfab::test::wire;
using testing::ElementsAre;

// A flow_mod holds match and instructions as flow statistics do, behind as many bytes of other
// things: so what was encoded can be read back.
FlowStats reread(const Flow& flow) {
  Writer flow_mod;
  encode(flow_mod, AddFlow{flow}, 1);
  constexpr std::size_t before_match = 48;
  const auto rest = flow_mod.view().subspan(before_match);
  Writer out;
  out.u16(static_cast<std::uint16_t>(before_match + rest.size())).u8(flow.table).zeros(9);
  out.u16(flow.priority).zeros(10).u64(flow.cookie).u64(5).u64(320);
  out.bytes(rest);
  std::vector<FlowStats> flows;
  EXPECT_TRUE(decode_flow_stats(out.view(), flows));
  return flows.at(0);
}

TEST(Decode, GivesBackEveryFlowThatCanBeSaid) {
  const Masked any_multicast{0x010000000000, 0x010000000000};
  const std::vector<Match> matches{
      {},
      {.in_port = PortNo{1}},
      {.in_port = PortNo{0xfffffffe}},
      {.metadata = Masked{0x17}},
      {.metadata = Masked{0x17, 0xff}},
      {.eth_src = any_multicast, .eth_dst = Masked{0x001122334455}},
      {.eth_type = std::uint16_t{0x88cc}},
      {.reg0 = Masked{0}},
      {.in_port = PortNo{2},
       .metadata = Masked{1},
       .eth_src = Masked{2},
       .eth_dst = any_multicast,
       .eth_type = std::uint16_t{0x0800},
       .reg0 = Masked{4, 0xffff}},
  };
  const std::vector<std::vector<Action>> lists{
      {},
      {Output{PortNo{7}}},
      {ToGroup{GroupId{23}}},
      {Resubmit{21}, Resubmit{30}},
      {OutputReg0{}},
      {LearnSource{.table = 21, .idle_timeout = 60, .priority = 9, .cookie = ours + 5, .limit = 64},
       Resubmit{20}},
      {LearnSource{.table = 21}},
  };
  for (const Match& match : matches) {
    for (const auto& actions : lists) {
      Flow flow{.table = 9, .priority = 77, .cookie = ours + 3, .match = match, .actions = actions};
      EXPECT_EQ(reread(flow).flow, flow) << format(flow);
      flow.write_metadata = Masked{0x42, 0xffff};
      EXPECT_EQ(reread(flow).flow, flow) << format(flow);
      flow.goto_table = TableId{10};
      EXPECT_EQ(reread(flow).flow, flow) << format(flow);
    }
  }
}

TEST(Decode, ReadsCounters) {
  const auto stats = reread(patch(1, 2));
  EXPECT_EQ(stats.packets, 5U);
  EXPECT_EQ(stats.bytes, 320U);
}

// One flow as statistics, with these bytes behind its counters.
Flow flow_with(std::string_view timeouts_and_flags, const std::string& rest) {
  const Bytes before = wire("00 00 00000000 00000000 0064" + std::string(timeouts_and_flags) +
                            "0000 fab0000000000000 0000000000000000 0000000000000000");
  const Bytes behind = wire(rest);
  Writer out;
  out.u16(static_cast<std::uint16_t>(2 + before.size() + behind.size()))
      .bytes(before)
      .bytes(behind);
  std::vector<FlowStats> flows;
  EXPECT_TRUE(decode_flow_stats(out.view(), flows));
  return flows.at(0).flow;
}

constexpr const char* from_port_1 = "0001 000c 80000004 00000001 00000000";
constexpr const char* to_port_2 = "0004 0018 00000000 0000 0010 00000002 0000 000000000000";
constexpr const char* for_ever = "0000 0000 0000 0000";

TEST(Decode, CallsAFlowOpaqueThatItCannotSay) {
  const std::string plain = std::string(from_port_1) + to_port_2;
  EXPECT_EQ(flow_with(for_ever, plain), patch(1, 2));
  EXPECT_TRUE(flow_with("012c 0000 0000 0000", plain).opaque) << "an idle timeout";
  EXPECT_TRUE(flow_with("0000 012c 0000 0000", plain).opaque) << "a hard timeout";
  EXPECT_TRUE(flow_with("0000 0000 0001 0000", plain).opaque) << "a flag";
  EXPECT_TRUE(flow_with("0000 0000 0000 0001", plain).opaque) << "importance";
  EXPECT_TRUE(flow_with(for_ever, "0001 000a 80000c02 1005 000000000000").opaque) << "vlan_vid";
  const std::string match = from_port_1;
  EXPECT_TRUE(flow_with(for_ever, match + "0003 0008 00000000").opaque) << "write-actions";
  EXPECT_TRUE(flow_with(for_ever, match + "0006 0008 00000001").opaque) << "a meter";
  EXPECT_TRUE(flow_with(for_ever, match + "0004 0010 00000000 0012 0008 00000000").opaque)
      << "pop-vlan";
  EXPECT_TRUE(
      flow_with(for_ever, match + "0004 0018 00000000 0000 0010 00000002 00ff 000000000000").opaque)
      << "an output that cuts the frame";
}

TEST(Decode, TakesNoMetadataOutsideItsMask) {
  const Flow flow = flow_with(
      for_ever, "0001 0004 00000000 0002 0018 00000000 000000000000ffff 00000000000000ff");
  EXPECT_EQ(flow.write_metadata, (Masked{0xff, 0xff}));
}

TEST(Decode, CallsALearnedFlowOpaque) {
  // table=21,idle_timeout=300,metadata=0x17,dl_dst=00:11:22:33:44:55,actions=load:0x5->NXM_NX_REG0[0..15]
  const Flow learned = flow_with("012c 0000 0000 0000", R"(
    0001 001a 80000606 001122334455 80000408 0000000000000017 000000000000
    0004 0020 00000000 ffff 0018 00002320 0007 000f 00010004 0000000000000005)");
  EXPECT_TRUE(learned.opaque);
  EXPECT_EQ(learned.match, (Match{.metadata = Masked{0x17}, .eth_dst = Masked{0x001122334455}}));
}

TEST(Decode, CallsALearnActionOfAnotherKindOpaque) {
  LearnSource learn{.table = 21, .priority = 10, .cookie = 9};
  Writer flow_mod;
  encode(flow_mod, AddFlow{Flow{.actions = {learn}}}, 1);
  Bytes rest(flow_mod.view().begin() + 48, flow_mod.view().end());
  rest[8 + 8 + 12] = 1;  // a hard timeout
  EXPECT_TRUE(flow_with(for_ever, linkfab::test::hex(rest)).opaque);
}

TEST(Decode, RefusesFlowsThatAreCutOff) {
  Writer flow_mod;
  encode(flow_mod, AddFlow{patch(1, 2)}, 1);
  const Bytes whole = wire(
      "0058 00 00 00000000 00000000 0064 0000 0000 0000 0000 0000 fab0000000000000 0000000000000000"
      "0000000000000000" +
      std::string(from_port_1) + to_port_2);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    std::vector<FlowStats> flows;
    EXPECT_FALSE(decode_flow_stats(ByteView(whole).first(length), flows)) << length << " bytes";
  }
}

TEST(Decode, ReadsGroups) {
  const Bytes body = wire(R"(
    0048 00 00 00000017
    0020 0000 ffffffff ffffffff 00000000 0000 0010 00000002 0000 000000000000
    0020 0000 ffffffff ffffffff 00000000 0000 0010 00000001 0000 000000000000
    0008 01 00 00000018
    0020 00 00 00000019 0018 0000 ffffffff ffffffff 00000000 0016 0008 00000001)");
  std::vector<Group> groups;
  ASSERT_TRUE(decode_group_desc(body, groups));
  EXPECT_EQ(groups.at(0), repeat(23, {PortNo{1}, PortNo{2}}));
  EXPECT_TRUE(groups.at(1).opaque) << "of type select";
  EXPECT_TRUE(groups.at(2).opaque) << "a bucket that names a group";
}

TEST(Decode, ReadsPorts) {
  const Bytes body = wire(R"(
    fffffffe 0048 0000 36576b563542 0000 62723000000000000000000000000000 00000000 00000004
    0000 0020 00000000 00000000 00000000 00000000 00000000 00000000 00000000
    00000001 0048 0000 aa55aa550002 0000 70310000000000000000000000000000 00000001 00000005
    0000 0020 00000000 00000000 00000000 00000000 00000000 00000000 00000000)");
  std::vector<Port> ports;
  ASSERT_TRUE(decode_port_desc(body, ports));
  EXPECT_THAT(ports, ElementsAre(Port{.number = PortNo{0xfffffffe}, .name = "br0"},
                                 Port{PortNo{1}, "p1", true, true}));
  Bytes status = wire("01 00000000000000");
  status.insert(status.end(), body.begin() + 72, body.end());
  EXPECT_EQ(decode_port_status(status),
            (PortStatus{PortReason::deleted, Port{PortNo{1}, "p1", true, true}}));
}

TEST(Decode, TellsWhoChangedFlows) {
  const auto others = [](std::string_view updates) {
    return others_changed_flows(wire("0010 0000 00000000" + std::string(updates)));
  };
  const std::string own = "0008 0004 0000002a";
  const std::string removed =
      "0020 0002 0000 0000 0000 0000 8000 0000 0000000000000000 0001 0004 00000000";
  EXPECT_EQ(others(own), false);
  EXPECT_EQ(others(removed), true);
  EXPECT_EQ(others(own + own + removed), true);
  EXPECT_EQ(others("0008 0005 00000000"), true) << "paused: changes were left out";
  EXPECT_EQ(others(""), false);
  for (const auto* wrong : {"0003 0004", "0000 0004 00000000", "0020 0002 0000", "00"})
    EXPECT_FALSE(others(wrong)) << wrong;

  const Bytes body = wire("0010 0000 00000000");
  EXPECT_TRUE(is_flow_report({.type = Type::multipart_reply, .xid = 0, .body = body}));
  EXPECT_FALSE(is_flow_report({.type = Type::multipart_reply, .xid = 7, .body = body}));
  EXPECT_FALSE(is_flow_report({.type = Type::multipart_reply, .xid = 0, .body = {}}));
}

TEST(Decode, NamesErrorsAsOvsOfctlDoes) {
  const auto name = [](std::string_view bytes) { return format(decode_error(wire(bytes))); };
  EXPECT_EQ(name("0002 0009 050e0050"), "OFPBAC_BAD_OUT_GROUP");
  EXPECT_EQ(name("0000 0000"), "OFPHFC_INCOMPATIBLE");
  EXPECT_EQ(name("0003 0002"), "OFPBIC_BAD_TABLE_ID");
  EXPECT_EQ(name("0005 0001"), "OFPFMFC_TABLE_FULL");
  EXPECT_EQ(name("0006 0000"), "OFPGMFC_GROUP_EXISTS");
  EXPECT_EQ(name("0011 000d"), "OFPBFC_MSG_FAILED");
  EXPECT_EQ(name("0011 000e"), "OFPBFC_TIMEOUT");
  EXPECT_EQ(name("ffff 000b 00002320"), "NXBAC_MUST_BE_ZERO");
  EXPECT_EQ(name("0007 0000"), "error type 7, code 0");
  EXPECT_EQ(name("0005 00ff"), "error type 5, code 255");
}

TEST(Framer, CutsAStreamHoweverItArrives) {
  const Bytes stream =
      wire("05 14 0008 00000007  05 02 000c 00000008 01020304  05 15 0008 00000009");
  Framer framer;
  std::vector<std::pair<Xid, std::size_t>> seen;
  for (const std::uint8_t byte : stream) {
    framer.append(ByteView(&byte, 1));
    const auto message = framer.next();
    ASSERT_TRUE(message);
    if (*message) seen.emplace_back((*message)->xid, (*message)->body.size());
  }
  EXPECT_THAT(seen, ElementsAre(std::pair{7, 0}, std::pair{8, 4}, std::pair{9, 0}));
}

TEST(Framer, RefusesALengthLessThanTheHeaders) {
  Framer framer;
  framer.append(wire("05 14 0007 00000007"));
  EXPECT_FALSE(framer.next());
}

TEST(Hello, AgreesOnWhatBothSpeak) {
  const auto agreed = [](std::uint8_t version, std::string_view elements) {
    const Bytes body = wire(elements);
    return agrees({.version = version, .type = Type::hello, .xid = 1, .body = body});
  };
  EXPECT_TRUE(agreed(6, "")) << "as ovs-vswitchd greets: the lower version holds";
  EXPECT_TRUE(agreed(5, ""));
  EXPECT_FALSE(agreed(4, ""));
  EXPECT_TRUE(agreed(6, "0001 0008 00000060"));
  EXPECT_FALSE(agreed(6, "0001 0008 00000040")) << "only 1.5";
  EXPECT_TRUE(agreed(6, "0007 0006 abcd 0000 0001 0008 00000020")) << "behind an unknown element";
}

}  // namespace
}  // namespace linkfab::openflow::test
