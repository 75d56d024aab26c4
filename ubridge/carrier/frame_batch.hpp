// The frames of one reading, and the room they are read into.
//
// One batch serves all bridges of a process: it is filled, passed on and forgotten before the next
// descriptor is looked at. Buffers are large enough for any datagram and have a little room in
// front, where a VLAN tag goes back into a frame without moving all of it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "core/bytes.hpp"

namespace linkfab::ubridge {

using Frame = std::span<std::uint8_t>;

class FrameBatch {
 public:
  static constexpr std::size_t capacity = 32;  // readings, not frames: one may become many
  static constexpr std::size_t headroom = 16;
  static constexpr std::size_t longest = 65536;

  FrameBatch();

  // Where the reading of that index goes; at least `headroom` octets before it may be used too.
  [[nodiscard]] Frame buffer(std::size_t index);

  void clear();
  void add(Frame frame) { frames_.push_back(frame); }  // lies in a buffer
  void add(Bytes frame);                               // kept until the batch is cleared
  [[nodiscard]] std::span<const Frame> frames() const { return frames_; }

 private:
  static constexpr std::size_t stride = headroom + longest;

  std::unique_ptr<std::uint8_t[]> room_;  // not initialised: pages never used are never there
  std::vector<Frame> frames_;
  std::deque<Bytes> kept_;
};

}  // namespace linkfab::ubridge
