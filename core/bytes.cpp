#include "core/bytes.hpp"

namespace linkfab {

void Reader::fail() {
  ok_ = false;
  rest_ = {};
}

ByteView Reader::bytes(std::size_t count) {
  if (count > rest_.size()) {
    fail();
    return {};
  }
  const auto head = rest_.first(count);
  rest_ = rest_.subspan(count);
  return head;
}

std::uint64_t Reader::integer(std::size_t width) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes(width)) value = value << 8 | byte;
  return value;
}

Writer& Writer::bytes(ByteView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::zeros(std::size_t count) {
  out_.insert(out_.end(), count, 0);
  return *this;
}

Writer& Writer::pad(std::size_t alignment, std::size_t start) {
  const std::size_t over = (out_.size() - start) % alignment;
  return over == 0 ? *this : zeros(alignment - over);
}

void Writer::set_u16(std::size_t offset, std::uint16_t value) {
  out_.at(offset) = static_cast<std::uint8_t>(value >> 8);
  out_.at(offset + 1) = static_cast<std::uint8_t>(value);
}

Writer& Writer::integer(std::uint64_t value, std::size_t width) {
  for (std::size_t shift = width * 8; shift > 0; shift -= 8)
    out_.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  return *this;
}

}  // namespace linkfab
