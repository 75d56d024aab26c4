// A Modification as the message that asks for it.
#pragma once

#include "core/bytes.hpp"
#include "openflow/flow.hpp"
#include "openflow/message.hpp"

namespace linkfab::openflow {

// Whether the result fits into a message is for the caller to see: longest_message.
void encode(Writer& out, const Modification& modification, Xid xid);

}  // namespace linkfab::openflow
