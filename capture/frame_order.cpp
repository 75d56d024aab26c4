#include "capture/frame_order.hpp"

#include <algorithm>
#include <utility>

namespace linkfab::capture {

void FrameOrder::put(const Packet& packet) {
  held_.push_back({packet, bytes_.size(), packet.frame.size()});
  held_.back().packet.frame = {};
  bytes_.insert(bytes_.end(), packet.frame.begin(), packet.frame.end());
}

void FrameOrder::release(Time until, const std::function<void(const Packet&)>& take) {
  // Places rise in the order in which frames were put.
  std::ranges::sort(held_, {},
                    [](const Held& held) { return std::pair(held.packet.time, held.place); });
  const auto end =
      std::ranges::upper_bound(held_, until, {}, [](const Held& held) { return held.packet.time; });
  if (end == held_.begin()) return;
  for (auto& held : std::ranges::subrange(held_.begin(), end)) {
    held.packet.frame = ByteView(bytes_).subspan(held.place, held.size);
    take(held.packet);
  }
  held_.erase(held_.begin(), end);
  Bytes rest;
  for (auto& held : held_) {
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(held.place);
    held.place = rest.size();
    rest.insert(rest.end(), from, from + static_cast<std::ptrdiff_t>(held.size));
  }
  bytes_ = std::move(rest);
}

}  // namespace linkfab::capture
