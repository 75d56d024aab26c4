#include "openflow/flow_monitor.hpp"

#include "openflow/match.hpp"
#include "openflow/multipart.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPFMF_ADD = 1 << 1;
constexpr std::uint16_t OFPFMF_REMOVED = 1 << 2;
constexpr std::uint16_t OFPFMF_MODIFY = 1 << 3;

constexpr std::uint16_t OFPFME_ABBREV = 4;

// A report answers nothing: Open vSwitch numbers it so.
constexpr Xid report_xid = 0;

}  // namespace

Bytes encode_flow_monitor_request(std::uint32_t monitor_id, TableId table, Xid xid) {
  constexpr std::uint32_t any = 0xffffffff;  // OFPP_ANY, OFPG_ANY
  constexpr std::uint8_t OFPFMC_ADD = 0;
  Writer out;
  const auto start = begin_multipart(out, Multipart::flow_monitor, xid);
  out.u32(monitor_id).u32(any).u32(any).u16(OFPFMF_ADD | OFPFMF_REMOVED | OFPFMF_MODIFY);
  out.u8(table).u8(OFPFMC_ADD);
  encode_match(out, Match{});
  end_message(out, start);
  return out.take();
}

bool is_flow_report(const Message& multipart_reply) {
  Reader in(multipart_reply.body);
  return multipart_reply.xid == report_xid &&
         in.u16() == static_cast<std::uint16_t>(Multipart::flow_monitor);
}

Result<bool> others_changed_flows(ByteView multipart_reply) {
  Reader in(multipart_content(multipart_reply));
  bool others = false;
  while (in.ok() && in.remaining() > 0) {
    const std::size_t length = in.u16();
    const auto event = in.u16();
    if (length < 4) in.fail();
    in.skip(length - 4);
    others = others || event != OFPFME_ABBREV;
  }
  if (!in.ok())
    return failure(Errc::failed, "read a report of the switch's flows", "the message is malformed");
  return others;
}

}  // namespace linkfab::openflow
