#include "openflow/group.hpp"

#include <algorithm>
#include <variant>

#include "openflow/action.hpp"
#include "openflow/multipart.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint8_t OFPGT_ALL = 0;
constexpr std::uint32_t OFPP_ANY = 0xffffffff;
constexpr std::uint32_t OFPG_ANY = 0xffffffff;

void encode_bucket(Writer& out, PortNo port) {
  const auto start = out.size();
  out.u16(0).u16(0).u32(OFPP_ANY).u32(OFPG_ANY).zeros(4);  // no weight, watches nothing
  encode_action(out, Output{port});
  out.set_u16(start, static_cast<std::uint16_t>(out.size() - start));
}

bool decode_bucket(Reader& in, Group& group) {
  const std::size_t length = in.u16();
  if (length < 16) in.fail();
  Reader body(in.bytes(length - 2));
  body.skip(2 + 4 + 4 + 4);  // in a group of type "all" neither weight nor watches have a meaning
  std::vector<Action> actions;
  const bool complete = decode_actions(body, actions);
  if (!body.ok()) in.fail();
  if (!complete || actions.size() != 1) return false;
  const auto* output = std::get_if<Output>(actions.data());
  if (output != nullptr) group.outputs.push_back(output->port);
  return output != nullptr;
}

Group decode_group(Reader& in) {
  Group group;
  const auto type = in.u8();
  in.skip(1);
  group.id = GroupId{in.u32()};
  group.opaque = type != OFPGT_ALL;
  while (in.remaining() > 0)
    if (!decode_bucket(in, group)) group.opaque = true;
  std::ranges::sort(group.outputs);
  return group;
}

}  // namespace

void encode_group_mod(Writer& out, GroupCommand command, const Group& group, Xid xid) {
  const auto start = begin_message(out, Type::group_mod, xid);
  out.u16(static_cast<std::uint16_t>(command)).u8(OFPGT_ALL).zeros(1).u32(group.id.value);
  for (const PortNo port : group.outputs) encode_bucket(out, port);
  end_message(out, start);
}

Bytes encode_group_desc_request(Xid xid) {
  Writer out;
  const auto start = begin_multipart(out, Multipart::group_desc, xid);
  end_message(out, start);
  return out.take();
}

Result<void> decode_group_desc(ByteView body, std::vector<Group>& groups) {
  Reader in(body);
  while (in.ok() && in.remaining() > 0) {
    const std::size_t length = in.u16();
    if (length < 8) in.fail();
    Reader one(in.bytes(length - 2));
    groups.push_back(decode_group(one));
    if (!one.ok()) in.fail();
  }
  if (!in.ok())
    return failure(Errc::failed, "read the switch's groups", "the message is malformed");
  return {};
}

}  // namespace linkfab::openflow
