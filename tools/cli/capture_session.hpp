// One capture under way: a ring a way, followed through the database, into a sink.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/signal_set.hpp>

#include "capture/frame_order.hpp"
#include "capture/packet_ring.hpp"
#include "tools/cli/capture.hpp"

namespace linkfab::cli {

class CaptureSession {
 public:
  CaptureSession(boost::asio::any_io_executor executor, Client& client,
                 const Invocation& invocation, const CaptureOptions& options,
                 netem::FilterProgram filter);

  // Before the first file is made: is there such a link, and may this process capture?
  boost::asio::awaitable<Result<void>> find();
  boost::asio::awaitable<Result<int>> run(CaptureSink& sink);

 private:
  struct Tap {
    CaptureWay way;
    std::uint32_t number = 0;  // of its interface in the sink
    std::optional<capture::PacketRing> ring;
    bool missed = false;  // it was said that there is no device
    bool over = false;    // the link is gone
    std::string comment;  // for its next frame
    std::uint64_t frames = 0;
    capture::PacketRing::Counters before;  // of rings that have gone
  };

  void say(const std::string& line) const;
  Result<std::vector<CaptureWay>> find_ways() const;
  // Where it is on another host than this one.
  [[nodiscard]] Result<void> check_local(const CaptureWay& way) const;
  Result<void> follow(CaptureSink& sink);
  Result<void> look_at(std::vector<CaptureWay> ways, CaptureSink& sink);
  Result<void> open(Tap& tap);
  void close(Tap& tap);
  bool read(Tap& tap);
  Result<void> release(capture::Time until, CaptureSink& sink);
  [[nodiscard]] capture::PacketRing::Counters counters(Tap& tap) const;
  [[nodiscard]] bool over(const CaptureSink& sink) const;
  Result<int> conclude(CaptureSink& sink);
  Result<int> summarise(const CaptureSink& sink);

  Client& client_;
  const Invocation& invocation_;
  const CaptureOptions& options_;
  netem::FilterProgram filter_;
  boost::asio::signal_set signals_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<Tap>> taps_;
  capture::FrameOrder order_;
  capture::Time start_;
  std::uint64_t written_ = 0;   // frames
  std::uint64_t bytes_ = 0;     // of them, on the wire
  std::uint64_t combined_ = 0;  // frames that are several in one
  bool stopped_ = false;
};

}  // namespace linkfab::cli
