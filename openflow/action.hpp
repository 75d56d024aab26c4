// Actions in their wire form (OpenFlow 1.4 §7.2.5; Nicira's as ovs-actions(7) names them).
#pragma once

#include <vector>

#include "core/bytes.hpp"
#include "openflow/flow.hpp"

namespace linkfab::openflow {

void encode_action(Writer& out, const Action& action);
// All of `in`. False where one cannot be said as an Action; `in` fails where one is malformed.
[[nodiscard]] bool decode_actions(Reader& in, std::vector<Action>& actions);

}  // namespace linkfab::openflow
