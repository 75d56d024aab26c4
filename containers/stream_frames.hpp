// Standard output and error of a command without a terminal, as an engine sends them in one
// connection.
//
// A frame is a header of eight bytes (the stream: 1 output, 2 error; three zeros; the length,
// big-endian) and that many bytes (Docker Engine API, "Attach to a container", Stream format).
// Frames and what arrives of them have nothing to do with each other: a header can come in eight
// parts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "core/result.hpp"

namespace linkfab::containers {

enum class OutputStream { output, error };

class StreamFrames {
 public:
  // The next piece of payload in `part`, which is shortened by what was taken; an empty piece: more
  // is needed. A piece is never longer than `part` was, so that a frame's length needs no bound.
  struct Piece {
    OutputStream stream = OutputStream::output;
    std::string_view bytes;
  };
  Result<Piece> next(std::string_view& part);

  // Nothing of a frame is missing: here the connection may end.
  [[nodiscard]] bool complete() const { return remaining_ == 0 && filled_ == 0; }

 private:
  std::array<std::uint8_t, 8> header_{};
  std::size_t filled_ = 0;
  std::uint32_t remaining_ = 0;
  OutputStream stream_ = OutputStream::output;
};

}  // namespace linkfab::containers
