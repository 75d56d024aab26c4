// Dumps of a switch's flows (OpenFlow 1.4 §7.3.5.2).
#pragma once

#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "openflow/flow.hpp"
#include "openflow/message.hpp"

namespace linkfab::openflow {

// Of every table.
[[nodiscard]] Bytes encode_flow_stats_request(Cookie cookie, Cookie mask, Xid xid);
// Appends the flows of one part of the reply, of which there may be several.
[[nodiscard]] Result<void> decode_flow_stats(ByteView body, std::vector<FlowStats>& flows);

}  // namespace linkfab::openflow
