// Groups in their wire form: changes of them (OpenFlow 1.4 §7.3.4.2) and descriptions (§7.3.5.10).
#pragma once

#include <cstdint>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "openflow/flow.hpp"
#include "openflow/message.hpp"

namespace linkfab::openflow {

enum class GroupCommand : std::uint16_t { add = 0, modify = 1, remove = 2 };

void encode_group_mod(Writer& out, GroupCommand command, const Group& group, Xid xid);

[[nodiscard]] Bytes encode_group_desc_request(Xid xid);
// Appends the groups of one part of the reply, of which there may be several.
[[nodiscard]] Result<void> decode_group_desc(ByteView body, std::vector<Group>& groups);

}  // namespace linkfab::openflow
