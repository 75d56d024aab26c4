// The frame of a Nicira extension action: an experimenter action with a subtype.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/bytes.hpp"

namespace linkfab::openflow {

inline constexpr std::uint16_t OFPAT_EXPERIMENTER = 0xffff;
inline constexpr std::uint32_t nicira = 0x00002320;

// The action is written between these two; the second pads it to eight bytes and fills in its
// length.
[[nodiscard]] inline std::size_t begin_nicira(Writer& out, std::uint16_t subtype) {
  const auto start = out.size();
  out.u16(OFPAT_EXPERIMENTER).u16(0).u32(nicira).u16(subtype);
  return start;
}

inline void end_nicira(Writer& out, std::size_t start) {
  out.pad(8, start);
  out.set_u16(start + 2, static_cast<std::uint16_t>(out.size() - start));
}

}  // namespace linkfab::openflow
