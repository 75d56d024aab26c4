// A stream from a switch, cut into messages, each decoded as what it says it is. What is decoded
// and not opaque must come back the same when it is encoded and decoded again.
#include <cstdlib>

#include "openflow/error.hpp"
#include "openflow/flow_monitor.hpp"
#include "openflow/flow_text.hpp"
#include "openflow/group.hpp"
#include "openflow/modification.hpp"
#include "openflow/multipart.hpp"
#include "openflow/port.hpp"
#include "openflow/stats.hpp"

namespace {

using namespace linkfab;
using namespace linkfab::openflow;

void require(bool condition) {
  if (!condition) std::abort();
}

// A flow_mod ends as flow statistics do: with match and instructions, 48 bytes from its start.
Flow again(const Flow& flow) {
  constexpr std::size_t before_match = 48;
  Writer flow_mod;
  encode(flow_mod, AddFlow{flow}, 1);
  const auto rest = flow_mod.view().subspan(before_match);
  Writer stats;
  stats.u16(static_cast<std::uint16_t>(before_match + rest.size())).u8(flow.table).zeros(9);
  stats.u16(flow.priority).zeros(10).u64(flow.cookie).zeros(16).bytes(rest);
  std::vector<FlowStats> flows;
  require(decode_flow_stats(stats.view(), flows).has_value() && flows.size() == 1);
  return flows.front().flow;
}

void read_flows(ByteView body) {
  std::vector<FlowText> texts;
  const bool described = describe_flow_stats(body, {}, texts).has_value();
  std::vector<FlowStats> flows;
  if (!decode_flow_stats(body, flows)) return;
  require(!described || texts.size() == flows.size());
  for (const FlowStats& stats : flows) {
    require(!format(stats.flow).empty());
    require(canonical(stats.flow) == stats.flow);
    if (!stats.flow.opaque) require(again(stats.flow) == stats.flow);
  }
}

void read_groups(ByteView body) {
  std::vector<Group> groups;
  if (!decode_group_desc(body, groups)) return;
  for (const Group& group : groups) {
    require(!format(group).empty());
    require(canonical(group) == group);
  }
}

void read_multipart(ByteView body) {
  (void)more_follow(body);
  const auto content = multipart_content(body);
  std::vector<Port> ports;
  switch (Multipart{Reader(body).u16()}) {
    case Multipart::flow_stats:
      return read_flows(content);
    case Multipart::group_desc:
      return read_groups(content);
    case Multipart::port_desc:
      (void)decode_port_desc(content, ports);
      return;
    case Multipart::flow_monitor:
      (void)others_changed_flows(body);
      return;
  }
}

void read_message(const Message& message) {
  switch (message.type) {
    case Type::hello:
      (void)agrees(message);
      return;
    case Type::error:
      require(!format(decode_error(message.body)).empty());
      return;
    case Type::features_reply:
      (void)decode_datapath_id(message.body);
      return;
    case Type::port_status:
      (void)decode_port_status(message.body);
      return;
    case Type::multipart_reply:
      return read_multipart(message.body);
    default:
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Framer framer;
  framer.append({data, size});
  for (auto message = framer.next(); message && *message; message = framer.next())
    read_message(**message);
  return 0;
}
