#include "containers/stream_frames.hpp"

#include <algorithm>
#include <string>

#include "core/bytes.hpp"

namespace linkfab::containers {

Result<StreamFrames::Piece> StreamFrames::next(std::string_view& part) {
  while (remaining_ == 0) {
    while (filled_ < header_.size() && !part.empty()) {
      header_[filled_++] = static_cast<std::uint8_t>(part.front());
      part.remove_prefix(1);
    }
    if (filled_ < header_.size()) return Piece{};
    filled_ = 0;
    Reader reader(header_);
    const auto stream = reader.u8();
    reader.skip(3);
    remaining_ = reader.u32();
    // 0 is standard input: what a TTY-less attach echoes of it counts as output.
    if (stream > 2) {
      return failure(Errc::failed, "read the output of a command",
                     "stream " + std::to_string(stream) + " in a frame; 0, 1 or 2 was expected");
    }
    stream_ = stream == 2 ? OutputStream::error : OutputStream::output;
  }
  const auto length = std::min<std::size_t>(remaining_, part.size());
  const Piece piece{stream_, part.substr(0, length)};
  part.remove_prefix(length);
  remaining_ -= static_cast<std::uint32_t>(length);
  return piece;
}

}  // namespace linkfab::containers
