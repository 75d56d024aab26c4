// Internet addresses and prefixes as bytes, between their text and the kernel's attributes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace linkfab::netem {

struct Prefix {
  int family = 0;  // AF_INET or AF_INET6
  std::array<std::uint8_t, 16> address{};
  int length = 0;

  [[nodiscard]] int most() const;  // 32 or 128
  [[nodiscard]] ByteView bytes() const;
  bool operator==(const Prefix&) const = default;
};

// "10.0.0.1/24", "::1". Without a length it is the whole address.
[[nodiscard]] std::optional<Prefix> parse_prefix(std::string_view text);
// 4 or 16 bytes; nullopt for any other number, or a length that is too long for the family.
[[nodiscard]] std::optional<Prefix> make_prefix(int family, ByteView address, int length);

[[nodiscard]] std::string format(const Prefix& prefix);          // "10.0.0.1/24"
[[nodiscard]] std::string format_address(const Prefix& prefix);  // "10.0.0.1"

// Are the bits behind the length zero?
[[nodiscard]] bool is_network(const Prefix& prefix);

}  // namespace linkfab::netem
