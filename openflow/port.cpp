#include "openflow/port.hpp"

#include <algorithm>

#include "openflow/multipart.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint32_t OFPPC_PORT_DOWN = 1;
constexpr std::uint32_t OFPPS_LINK_DOWN = 1;
constexpr std::size_t name_length = 16;

Port decode_port(Reader& in) {
  constexpr std::size_t fixed_length = 40;
  Port port;
  port.number = PortNo{in.u32()};
  const std::size_t length = in.u16();
  in.skip(2 + 6 + 2);  // padding, hardware address, padding
  const auto name = in.bytes(name_length);
  port.name.assign(name.begin(), std::ranges::find(name, 0));
  port.admin_down = (in.u32() & OFPPC_PORT_DOWN) != 0;
  port.link_down = (in.u32() & OFPPS_LINK_DOWN) != 0;
  if (length < fixed_length) in.fail();
  in.skip(length - fixed_length);  // properties
  return port;
}

}  // namespace

Bytes encode_port_desc_request(Xid xid) {
  Writer out;
  const auto start = begin_multipart(out, Multipart::port_desc, xid);
  end_message(out, start);
  return out.take();
}

Result<void> decode_port_desc(ByteView body, std::vector<Port>& ports) {
  Reader in(body);
  while (in.ok() && in.remaining() > 0) ports.push_back(decode_port(in));
  if (!in.ok()) return failure(Errc::failed, "read the switch's ports", "the message is malformed");
  return {};
}

Result<PortStatus> decode_port_status(ByteView body) {
  Reader in(body);
  PortStatus status;
  switch (in.u8()) {
    case 0:
      status.reason = PortReason::added;
      break;
    case 1:
      status.reason = PortReason::deleted;
      break;
    case 2:
      status.reason = PortReason::modified;
      break;
    default:
      in.fail();
  }
  in.skip(7);
  status.port = decode_port(in);
  if (!in.ok()) return failure(Errc::failed, "read a port's status", "the message is malformed");
  return status;
}

}  // namespace linkfab::openflow
