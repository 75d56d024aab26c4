// The way of frames between two ends: filters, capture, counters, the same for both directions.
//
// A frame that nothing holds up is sent before the call returns, straight from where it was read.
// Delayed ones are copied and wait, at most `most_held` octets a direction; what comes on top is
// dropped. The capture has what was sent, when it was sent.
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "ubridge/bridge.hpp"
#include "ubridge/capture_file.hpp"
#include "ubridge/carrier/port.hpp"
#include "ubridge/carrier/workshop.hpp"
#include "ubridge/frame_filter.hpp"

namespace linkfab::ubridge {

class Passage {
 public:
  static constexpr std::size_t most_held = std::size_t{64} << 20;

  // The workshop outlives it. `name` is for the log.
  Passage(Workshop& workshop, std::string name);
  ~Passage();
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  // Where frames for that slot go; null: nowhere. It outlives what it is set for.
  void set_sink(Slot slot, FrameSink* sink) { sinks_.at(index(slot)) = sink; }
  void rename(std::string name) { name_ = std::move(name); }

  // Frames that came from that slot.
  void carry(Slot from, std::span<const Frame> frames);
  void forget_held();  // frames under way are gone

  Result<void> set_filters(const std::vector<Filter>& filters);
  Result<void> start_capture(const Capture& capture);
  void stop_capture() { capture_.reset(); }
  [[nodiscard]] NioStatistics statistics(Slot slot) const { return statistics_.at(index(slot)); }
  void reset_statistics() { statistics_ = {}; }
  void reset_statistics(Slot slot) { statistics_.at(index(slot)) = {}; }

  [[nodiscard]] bool is_plain() const { return !filtering_ && !capture_; }

 private:
  using TimePoint = FrameFilter::TimePoint;
  struct Held {
    TimePoint leaves;
    Bytes frame;
  };
  struct Lane {  // by the slot that frames come from
    std::deque<Held> held;
    std::size_t octets = 0;
  };
  struct Timer;

  static std::size_t index(Slot slot) { return static_cast<std::size_t>(slot); }
  void filter(Slot from, std::span<const Frame> frames);
  void hold(Lane& lane, TimePoint leaves, Frame frame);
  void release(TimePoint now);
  void leave(Slot from, std::span<const Frame> frames);
  void record(std::span<const Frame> frames);
  void report(Slot from, Frame frame) const;

  Workshop& workshop_;
  std::string name_;
  FrameFilter filter_;
  bool filtering_ = false;
  std::optional<CaptureFile> capture_;
  std::array<FrameSink*, 2> sinks_{};
  std::array<NioStatistics, 2> statistics_{};
  std::array<Lane, 2> lanes_;
  std::vector<Frame> passed_;
  std::shared_ptr<Timer> timer_;
};

}  // namespace linkfab::ubridge
