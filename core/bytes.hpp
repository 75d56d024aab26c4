// Bounds-checked reading and writing of big-endian wire formats.
//
// A Reader never reads past its end: the first attempt to do so makes it fail, and from then on it
// yields zeros and empty spans. A decoder reads a whole structure and asks ok() once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace linkfab {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  void fail();

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }
  void skip(std::size_t count) { (void)bytes(count); }
  ByteView bytes(std::size_t count);

 private:
  std::uint64_t integer(std::size_t width);

  ByteView rest_;
  bool ok_ = true;
};

class Writer {
 public:
  Writer& u8(std::uint8_t value) { return integer(value, 1); }
  Writer& u16(std::uint16_t value) { return integer(value, 2); }
  Writer& u32(std::uint32_t value) { return integer(value, 4); }
  Writer& u64(std::uint64_t value) { return integer(value, 8); }
  Writer& bytes(ByteView value);
  Writer& zeros(std::size_t count);
  // Zeros up to the next multiple of `alignment` bytes, counted from `start`.
  Writer& pad(std::size_t alignment, std::size_t start = 0);
  // Overwrites two bytes written before: a length that is only known now.
  void set_u16(std::size_t offset, std::uint16_t value);

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] Bytes take() { return std::move(out_); }
  [[nodiscard]] ByteView view() const { return out_; }

 private:
  Writer& integer(std::uint64_t value, std::size_t width);

  Bytes out_;
};

}  // namespace linkfab
