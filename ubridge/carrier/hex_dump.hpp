// Octets as people read them: offset, 16 octets in hexadecimal, the same as characters.
#pragma once

#include <string>

#include "core/bytes.hpp"

namespace linkfab::ubridge {

[[nodiscard]] std::string hex_dump(ByteView bytes);  // lines, the last without its end

}  // namespace linkfab::ubridge
