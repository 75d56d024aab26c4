// An open NIO: a descriptor that frames are read from and written to.
//
// Nothing blocks, and nothing that happens to one frame is an error: what cannot be sent (the
// device is down, nobody listens, it is too long for the device, the queue is full) is dropped, as
// a cable would. Only a descriptor that will never yield a frame again is worth a word.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/result.hpp"
#include "ubridge/carrier/frame_batch.hpp"
#include "ubridge/nio.hpp"

namespace linkfab::ubridge {

struct Sent {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual Sent send(std::span<const Frame> frames) = 0;
};

enum class Reading {
  some,     // there may be more at once
  drained,  // wait before the next one
  gone,     // never again: a tap whose network namespace died
};

class Port : public FrameSink {
 public:
  [[nodiscard]] virtual int descriptor() const = 0;

  // Fills the batch with what has come, as far as it has room.
  virtual Reading receive(FrameBatch& batch) = 0;

  // What it receives is what matches; none: everything.
  virtual Result<void> set_filter(const std::optional<std::string>& expression);
};

[[nodiscard]] Result<std::unique_ptr<Port>> open_port(const Nio& nio);

}  // namespace linkfab::ubridge
