#include "ubridge/carrier/frame_batch.hpp"

namespace linkfab::ubridge {

FrameBatch::FrameBatch()
    : room_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity * stride)) {}

Frame FrameBatch::buffer(std::size_t index) {
  return {room_.get() + index * stride + headroom, longest};
}

void FrameBatch::clear() {
  frames_.clear();
  kept_.clear();
}

void FrameBatch::add(Bytes frame) {
  kept_.push_back(std::move(frame));
  frames_.emplace_back(kept_.back());
}

}  // namespace linkfab::ubridge
