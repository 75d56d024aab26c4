#include "ubridge/carrier/passage.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "ubridge/carrier/hex_dump.hpp"

namespace linkfab::ubridge {

using Clock = std::chrono::steady_clock;

// Fires at the earliest time it was asked for. A handler that is under way keeps it, not us.
struct Passage::Timer : std::enable_shared_from_this<Timer> {
  Timer(const boost::asio::any_io_executor& executor, Passage* owner)
      : timer(std::in_place, executor), passage(owner) {}

  void at(TimePoint time) {
    if (pending && *pending <= time) return;
    pending = time;
    timer->expires_at(time);
    timer->async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || self->passage == nullptr) return;
      self->pending.reset();
      self->passage->release(Clock::now());
    });
  }
  void cancel() {
    pending.reset();
    timer->cancel();
  }

  std::optional<boost::asio::steady_timer> timer;
  Passage* passage;
  std::optional<TimePoint> pending = {};
};

Passage::Passage(Workshop& workshop, std::string name)
    : workshop_(workshop),
      name_(std::move(name)),
      filter_(workshop.random),
      timer_(std::make_shared<Timer>(workshop.executor, this)) {}

Passage::~Passage() {
  timer_->passage = nullptr;
  timer_->timer.reset();  // which ends its wait
}

void Passage::carry(Slot from, std::span<const Frame> frames) {
  NioStatistics& in = statistics_.at(index(from));
  in.packets_in += frames.size();
  for (const Frame frame : frames) {
    in.bytes_in += frame.size();
    if (workshop_.debug_level > 0) report(from, frame);
  }
  if (filtering_ || !lanes_.at(index(from)).held.empty()) return filter(from, frames);
  leave(from, frames);
}

void Passage::filter(Slot from, std::span<const Frame> frames) {
  Lane& lane = lanes_.at(index(from));
  const auto now = Clock::now();
  passed_.clear();
  for (const Frame frame : frames) {
    const auto leaves = filter_.pass(from, now, frame);
    if (!leaves) {
      if (workshop_.debug_level > 0) {
        workshop_.log(fmt::format("Packet dropped by packet filter '{}' on bridge '{}'",
                                  filter_.dropped_by(), name_));
      }
    } else if (*leaves <= now && lane.held.empty()) {
      passed_.push_back(frame);
    } else {
      hold(lane, *leaves, frame);
    }
  }
  if (!passed_.empty()) leave(from, passed_);
}

void Passage::hold(Lane& lane, TimePoint leaves, Frame frame) {
  if (lane.octets + frame.size() > most_held) return;
  lane.octets += frame.size();
  lane.held.push_back({.leaves = leaves, .frame = Bytes(frame.begin(), frame.end())});
  timer_->at(lane.held.front().leaves);
}

// What is due, as much as one turn may take.
void Passage::release(TimePoint now) {
  constexpr std::size_t a_turn = 256;
  for (const Slot from : both_slots) {
    Lane& lane = lanes_.at(index(from));
    std::deque<Held> due;
    passed_.clear();
    while (!lane.held.empty() && lane.held.front().leaves <= now && due.size() < a_turn) {
      due.push_back(std::move(lane.held.front()));
      lane.held.pop_front();
      lane.octets -= due.back().frame.size();
      passed_.emplace_back(due.back().frame);
    }
    if (!passed_.empty()) leave(from, passed_);
    if (!lane.held.empty()) timer_->at(lane.held.front().leaves);
  }
}

void Passage::forget_held() {
  lanes_ = {};
  timer_->cancel();
}

void Passage::leave(Slot from, std::span<const Frame> frames) {
  if (capture_) record(frames);
  const std::size_t to = 1 - index(from);
  if (sinks_.at(to) == nullptr) return;
  const Sent sent = sinks_.at(to)->send(frames);
  statistics_.at(to).packets_out += sent.packets;
  statistics_.at(to).bytes_out += sent.bytes;
}

void Passage::record(std::span<const Frame> frames) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  for (const Frame frame : frames) {
    const auto written = capture_->write(now, frame);
    if (written) continue;
    workshop_.log(format(written.error()) + ", the capture ends");
    capture_.reset();
    return;
  }
}

void Passage::report(Slot from, Frame frame) const {
  workshop_.log(
      fmt::format("Received {} bytes on bridge '{}' ({} NIO)", frame.size(), name_, format(from)));
  if (workshop_.debug_level > 1) workshop_.log(hex_dump(frame));
}

Result<void> Passage::set_filters(const std::vector<Filter>& filters) {
  auto done = filter_.set(filters);
  if (done) filtering_ = !filters.empty();
  return done;
}

Result<void> Passage::start_capture(const Capture& capture) {
  auto file = CaptureFile::create(capture.file, capture.link_type);
  if (!file) return std::unexpected(file.error());
  capture_.emplace(std::move(*file));
  return {};
}

}  // namespace linkfab::ubridge
