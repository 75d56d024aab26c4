// A flow's instructions in their wire form (OpenFlow 1.4 §7.2.4): apply-actions, write-metadata and
// goto-table.
#pragma once

#include "core/bytes.hpp"
#include "openflow/flow.hpp"

namespace linkfab::openflow {

void encode_instructions(Writer& out, const Flow& flow);
// All of `in`, into the flow. False where there is one that Flow cannot say; `in` fails where one
// is malformed.
[[nodiscard]] bool decode_instructions(Reader& in, Flow& flow);

}  // namespace linkfab::openflow
