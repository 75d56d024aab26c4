// Bytes as text: what a test expects on the wire, with remarks.
#pragma once

#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace linkfab::test {

// "05 14 0008 00000007  # barrier": hexadecimal digits; spaces mean nothing, and # starts a remark
// that ends with the line.
inline Bytes wire(std::string_view text) {
  Bytes bytes;
  std::string digits;
  bool remark = false;
  for (const char c : text) {
    if (c == '#') remark = true;
    if (c == '\n') remark = false;
    if (remark || std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) throw std::invalid_argument("not hex");
    digits += c;
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16)));
    digits.clear();
  }
  if (!digits.empty()) throw std::invalid_argument("an odd number of hexadecimal digits");
  return bytes;
}

// As text again, so that a failed comparison can be read.
inline std::string hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0xf];
  }
  return text;
}

inline std::string hex(std::string_view text) {
  return hex(wire(text));
}

}  // namespace linkfab::test
