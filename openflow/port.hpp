// A switch's ports (OpenFlow 1.4 §7.2.1), as dumped and as announced when they change.
#pragma once

#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "openflow/flow.hpp"
#include "openflow/message.hpp"

namespace linkfab::openflow {

enum class PortReason { added, deleted, modified };

// ofp_port, as far as it matters here.
struct Port {
  PortNo number;
  std::string name;
  bool admin_down = false;  // OFPPC_PORT_DOWN
  bool link_down = false;   // OFPPS_LINK_DOWN
  bool operator==(const Port&) const = default;
};

struct PortStatus {
  PortReason reason = PortReason::modified;
  Port port;
  bool operator==(const PortStatus&) const = default;
};

[[nodiscard]] Bytes encode_port_desc_request(Xid xid);
// Appends the ports of one part of the reply, of which there may be several.
[[nodiscard]] Result<void> decode_port_desc(ByteView body, std::vector<Port>& ports);
[[nodiscard]] Result<PortStatus> decode_port_status(ByteView body);

}  // namespace linkfab::openflow
