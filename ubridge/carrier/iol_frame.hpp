// The header before each frame between IOU processes: 8 octets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bytes.hpp"
#include "ubridge/bridge.hpp"

namespace linkfab::ubridge {

inline constexpr std::size_t iol_header_size = 8;
using IolHeaderBytes = std::array<std::uint8_t, iol_header_size>;

struct IolHeader {
  int destination_id = 0;
  int source_id = 0;
  IolPort destination;
  IolPort source;
  bool operator==(const IolHeader&) const = default;
};

[[nodiscard]] IolHeaderBytes encode(const IolHeader& header);

// None where there is no frame behind it.
[[nodiscard]] std::optional<IolHeader> decode_iol_header(ByteView bytes);

}  // namespace linkfab::ubridge
