#include "openflow/stats.hpp"

#include "openflow/instruction.hpp"
#include "openflow/match.hpp"
#include "openflow/multipart.hpp"

namespace linkfab::openflow {
namespace {

FlowStats decode_one(Reader& in) {
  FlowStats stats;
  Flow& flow = stats.flow;
  flow.table = in.u8();
  in.skip(1 + 4 + 4);  // padding; how long the flow has existed
  flow.priority = in.u16();
  const auto idle_timeout = in.u16();
  const auto hard_timeout = in.u16();
  const auto flags = in.u16();
  const auto importance = in.u16();
  in.skip(2);
  flow.cookie = in.u64();
  stats.packets = in.u64();
  stats.bytes = in.u64();
  const bool match_said = decode_match(in, flow.match);
  const bool instructions_said = decode_instructions(in, flow);
  flow.opaque = !match_said || !instructions_said || idle_timeout != 0 || hard_timeout != 0 ||
                flags != 0 || importance != 0;
  return stats;
}

}  // namespace

Bytes encode_flow_stats_request(Cookie cookie, Cookie mask, Xid xid) {
  constexpr TableId OFPTT_ALL = 0xff;
  constexpr std::uint32_t any = 0xffffffff;  // OFPP_ANY, OFPG_ANY
  Writer out;
  const auto start = begin_multipart(out, Multipart::flow_stats, xid);
  out.u8(OFPTT_ALL).zeros(3).u32(any).u32(any).zeros(4).u64(cookie).u64(mask);
  encode_match(out, Match{});
  end_message(out, start);
  return out.take();
}

Result<void> decode_flow_stats(ByteView body, std::vector<FlowStats>& flows) {
  Reader in(body);
  while (in.ok() && in.remaining() > 0) {
    const std::size_t length = in.u16();
    if (length < 2) in.fail();
    Reader one(in.bytes(length - 2));
    flows.push_back(decode_one(one));
    if (!one.ok()) in.fail();
  }
  if (!in.ok()) return failure(Errc::failed, "read the switch's flows", "the message is malformed");
  return {};
}

}  // namespace linkfab::openflow
