// Being told when somebody else changes a switch's flows or groups: flow monitors (OpenFlow 1.4
// §7.3.5.15) and forwarded requests (§7.4.7).
//
// A monitor reports what its own connection changes in a short form, so everything that is told in
// full was changed by another controller, by ovs-ofctl, or by a time-out.
#pragma once

#include <cstdint>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "openflow/flow.hpp"
#include "openflow/message.hpp"

namespace linkfab::openflow {

// Asks for a report of each flow added to, changed in or removed from the table, from now on.
[[nodiscard]] Bytes encode_flow_monitor_request(std::uint32_t monitor_id, TableId table, Xid xid);

// Is this multipart reply a report, rather than part of an answer?
[[nodiscard]] bool is_flow_report(const Message& multipart_reply);
// Does it tell of a change by somebody else, or that some may have been left out?
[[nodiscard]] Result<bool> others_changed_flows(ByteView multipart_reply);

}  // namespace linkfab::openflow
