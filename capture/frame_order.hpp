// Frames of several rings in order of time. Each ring gives its own in order, but one ring's come
// later than another's that were seen after them; so all wait a moment here, as copies.
#pragma once

#include <functional>
#include <vector>

#include "capture/pcapng.hpp"

namespace linkfab::capture {

class FrameOrder {
 public:
  void put(const Packet& packet);
  // Gives those up to this time, the oldest first, of equals the first that was put.
  void release(Time until, const std::function<void(const Packet&)>& take);
  [[nodiscard]] std::size_t size() const { return held_.size(); }    // frames
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }  // of them

 private:
  struct Held {
    Packet packet;  // but for its frame
    std::size_t place;
    std::size_t size;
  };
  std::vector<Held> held_;
  Bytes bytes_;
};

}  // namespace linkfab::capture
