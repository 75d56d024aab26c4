// Error messages (OpenFlow 1.4 §7.4.4), and the names of what they can say.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace linkfab::openflow {

struct ErrorCode {
  std::uint16_t type = 0;
  std::uint16_t code = 0;
  std::uint32_t experimenter = 0;  // zero: OpenFlow's own
  auto operator<=>(const ErrorCode&) const = default;
};

[[nodiscard]] ErrorCode decode_error(ByteView body);

// As ovs-ofctl prints it, "OFPBAC_BAD_OUT_GROUP"; numbers where the name is not known.
[[nodiscard]] std::string format(const ErrorCode& error);

}  // namespace linkfab::openflow
