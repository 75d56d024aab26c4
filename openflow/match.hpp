// Matches in their wire form: OXM fields (OpenFlow 1.4 §7.2.3), of the basic class and, for the
// register, of Nicira's.
#pragma once

#include <cstdint>

#include "core/bytes.hpp"
#include "openflow/flow.hpp"

namespace linkfab::openflow {

// Headers of the fields, without mask: class, field << 1, length.
inline constexpr std::uint32_t OXM_OF_IN_PORT = 0x80000004;
inline constexpr std::uint32_t OXM_OF_METADATA = 0x80000408;
inline constexpr std::uint32_t OXM_OF_ETH_DST = 0x80000606;
inline constexpr std::uint32_t OXM_OF_ETH_SRC = 0x80000806;
inline constexpr std::uint32_t OXM_OF_ETH_TYPE = 0x80000a02;
inline constexpr std::uint32_t NXM_NX_REG0 = 0x00010004;

// Written in canonical form, padded to a multiple of eight bytes.
void encode_match(Writer& out, const Match& match);
// False where the match holds a field that Match cannot say; `in` fails where it is malformed.
[[nodiscard]] bool decode_match(Reader& in, Match& match);

}  // namespace linkfab::openflow
