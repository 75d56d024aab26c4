// What was seen of the frames of one measurement of one direction. A value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace linkfab::measure {

using std::chrono::nanoseconds;

struct Arrival {
  std::optional<std::uint32_t> sequence;  // nullopt: broken, and one cannot tell which it was
  nanoseconds time{};                     // since the epoch, by the kernel
  bool intact = true;
};

// Frames sent one by one.
struct Stream {
  std::size_t frame_size = 0;     // bytes with the Ethernet header
  std::vector<nanoseconds> sent;  // by sequence number, when the sender's device took it
  std::vector<Arrival> arrivals;  // in the order in which they came
  std::vector<nanoseconds> late;  // how much later than it wanted the sender woke, each time
  std::uint64_t others = 0;  // frames that went the same way meanwhile and are not of the stream
};

// Frames sent as fast as can be, to see at which rate they come out.
struct Train {
  std::size_t frame_size = 0;
  std::vector<nanoseconds> sent;
  std::vector<nanoseconds> arrivals;  // also of broken frames: they took their time
};

struct Record {
  Stream stream;
  std::optional<Train> train;
};

}  // namespace linkfab::measure
