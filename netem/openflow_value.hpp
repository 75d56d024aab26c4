// The values of fields as ovs-ofctl(8) writes them: VALUE or VALUE/MASK.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/result.hpp"
#include "netem/openflow_field.hpp"

namespace linkfab::netem {

// What the bytes that hold a field must be under the mask: the first `width` of each.
struct FieldBits {
  std::array<std::uint8_t, 16> value{};
  std::array<std::uint8_t, 16> mask{};
  bool operator==(const FieldBits&) const = default;
};

// Bits outside the mask are zero in the value, whatever the text has there. Errc::invalid; the
// cause says what would be right.
[[nodiscard]] Result<FieldBits> parse_field_value(const OpenflowField& field,
                                                  std::string_view text);

}  // namespace linkfab::netem
