// The header of a multipart message (OpenFlow 1.4 §7.3.5), which follows the message's own.
#pragma once

#include <cstddef>
#include <cstdint>

#include "openflow/message.hpp"

namespace linkfab::openflow {

enum class Multipart : std::uint16_t {
  flow_stats = 1,
  group_desc = 7,
  port_desc = 13,
  flow_monitor = 16
};

inline constexpr std::size_t multipart_header_length = 8;
inline constexpr std::uint16_t OFPMPF_REPLY_MORE = 1;

[[nodiscard]] inline std::size_t begin_multipart(Writer& out, Multipart kind, Xid xid) {
  const auto start = begin_message(out, Type::multipart_request, xid);
  out.u16(static_cast<std::uint16_t>(kind)).u16(0).zeros(4);
  return start;
}

// Do more parts of this reply follow?
[[nodiscard]] inline bool more_follow(ByteView multipart_reply) {
  Reader in(multipart_reply);
  in.skip(2);
  return (in.u16() & OFPMPF_REPLY_MORE) != 0;
}

// What this part of the reply says.
[[nodiscard]] inline ByteView multipart_content(ByteView multipart_reply) {
  Reader in(multipart_reply);
  in.skip(multipart_header_length);
  return in.bytes(in.remaining());
}

}  // namespace linkfab::openflow
