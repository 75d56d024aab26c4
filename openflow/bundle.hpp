// Bundles (OpenFlow 1.4 §7.3.9): modifications that a switch makes together or not at all.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/bytes.hpp"
#include "openflow/message.hpp"

namespace linkfab::openflow {

struct BundleId {
  std::uint32_t value = 0;
  auto operator<=>(const BundleId&) const = default;
};

enum class BundleControl : std::uint16_t { open = 0, commit = 4, discard = 6 };

void encode_bundle_control(Writer& out, BundleId bundle, BundleControl control, Xid xid);
// The message added is written after this, under the same xid; then end_message().
[[nodiscard]] std::size_t begin_bundle_add(Writer& out, BundleId bundle, Xid xid);

}  // namespace linkfab::openflow
