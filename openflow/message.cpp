#include "openflow/message.hpp"

#include <algorithm>

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPHET_VERSIONBITMAP = 1;
constexpr std::uint16_t OFPACPT_PORT_STATUS_SLAVE = 2;
constexpr std::uint16_t OFPACPT_PORT_STATUS_MASTER = 3;  // also for a peer without a role
constexpr std::uint16_t OFPACPT_REQUESTFORWARD_SLAVE = 10;
constexpr std::uint16_t OFPACPT_REQUESTFORWARD_MASTER = 11;

Bytes bare(Type type, Xid xid, ByteView body = {}) {
  Writer out;
  const auto start = begin_message(out, type, xid);
  out.bytes(body);
  end_message(out, start);
  return out.take();
}

}  // namespace

void Framer::append(ByteView bytes) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Message>> Framer::next() {
  const auto rest = ByteView(buffer_).subspan(taken_);
  if (rest.size() < header_length) return std::nullopt;
  Reader in(rest);
  Message message;
  message.version = in.u8();
  message.type = Type{in.u8()};
  const std::size_t length = in.u16();
  message.xid = in.u32();
  if (length < header_length) {
    return failure(Errc::failed, "read an OpenFlow message",
                   "its length is less than its header's");
  }
  if (rest.size() < length) return std::nullopt;
  message.body = rest.subspan(header_length, length - header_length);
  taken_ += length;
  return message;
}

std::size_t begin_message(Writer& out, Type type, Xid xid) {
  const auto start = out.size();
  out.u8(wire_version).u8(static_cast<std::uint8_t>(type)).u16(0).u32(xid);
  return start;
}

void end_message(Writer& out, std::size_t start) {
  out.set_u16(start + 2, static_cast<std::uint16_t>(out.size() - start));
}

Bytes encode_hello(Xid xid) {
  Writer body;
  body.u16(OFPHET_VERSIONBITMAP).u16(8).u32(1U << wire_version);
  return bare(Type::hello, xid, body.view());
}

bool agrees(const Message& hello) {
  Reader in(hello.body);
  while (in.remaining() >= 4) {
    const auto type = in.u16();
    const std::size_t length = in.u16();
    if (length < 4) break;
    Reader element(in.bytes(length - 4));
    if (type == OFPHET_VERSIONBITMAP) return (element.u32() >> wire_version & 1) != 0;
    in.skip(std::min(in.remaining(), (8 - length % 8) % 8));
  }
  return hello.version >= wire_version;  // without a bitmap the lower version holds
}

Bytes encode_echo_reply(const Message& request) {
  return bare(Type::echo_reply, request.xid, request.body);
}

Bytes encode_features_request(Xid xid) {
  return bare(Type::features_request, xid);
}

Result<std::uint64_t> decode_datapath_id(ByteView features_reply) {
  Reader in(features_reply);
  const auto id = in.u64();
  if (!in.ok())
    return failure(Errc::failed, "read the switch's features", "the message is too short");
  return id;
}

Bytes encode_set_async(Xid xid) {
  constexpr std::uint32_t add_delete_modify = 0b111;
  constexpr std::uint32_t group_mod = 0b1;
  Writer body;
  for (const auto property : {OFPACPT_PORT_STATUS_SLAVE, OFPACPT_PORT_STATUS_MASTER})
    body.u16(property).u16(8).u32(add_delete_modify);
  for (const auto property : {OFPACPT_REQUESTFORWARD_SLAVE, OFPACPT_REQUESTFORWARD_MASTER})
    body.u16(property).u16(8).u32(group_mod);
  return bare(Type::set_async, xid, body.view());
}

void encode_barrier(Writer& out, Xid xid) {
  end_message(out, begin_message(out, Type::barrier_request, xid));
}

}  // namespace linkfab::openflow
