// Frames of one device, through a ring that the kernel fills: AF_PACKET with TPACKET_V3. Source:
// packet(7), Documentation/networking/packet_mmap.rst, linux/if_packet.h.
//
// The device's frames never wait for the reader: where the ring is full the kernel counts one as
// dropped and goes on. A frame is seen once a direction: coming in before anything of the host has
// it, going out behind the device's qdisc. VLAN tags, which the kernel keeps beside the frame, are
// put back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "capture/pcapng.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"
#include "netem/frame_filter.hpp"

namespace linkfab::capture {

struct Directions {
  bool in = false;   // what the device receives
  bool out = false;  // what it sends
  bool operator==(const Directions&) const = default;
};

struct RingOptions {
  Directions directions;
  netem::FilterProgram filter;            // of the frames wanted
  std::uint32_t snaplen = longest_frame;  // bytes of each that are kept
  std::uint32_t blocks = 2;               // of ring_block bytes each, at least 2
};
inline constexpr std::uint32_t ring_block = 1 << 18;
// A frame is readable so long after it at the latest.
inline constexpr std::chrono::milliseconds ring_delay{20};

// What a filter must be for a ring to take frames of these directions only, and so much of each.
[[nodiscard]] netem::FilterProgram ring_filter(const RingOptions& options);

class PacketRing {
 public:
  // Of the current network namespace. Errc::denied without CAP_NET_RAW, Errc::not_found where there
  // is no such device.
  static Result<PacketRing> open(const std::string& device, const RingOptions& options);
  PacketRing(PacketRing&& other) noexcept;
  PacketRing& operator=(PacketRing&&) = delete;
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  struct Frame {
    bool outgoing = false;
    Time time{};
    ByteView bytes;  // until the next one
    std::uint32_t whole_size = 0;
  };
  // Gives what there is, in order; true: at least a whole block of it, so there may be more.
  bool read(const std::function<void(const Frame&)>& take);

  struct Counters {
    std::uint64_t received = 0;  // that the filter took, those dropped among them
    std::uint64_t dropped = 0;
  };
  // Since it was opened.
  Counters counters();
  // Has the device gone? One that is only down comes back under the same ring.
  bool gone();

 private:
  PacketRing(Fd fd, std::string device, int index, std::uint8_t* memory, std::uint32_t blocks)
      : fd_(std::move(fd)),
        device_(std::move(device)),
        index_(index),
        memory_(memory),
        blocks_(blocks) {}

  Fd fd_;
  std::string device_;
  int index_;
  std::uint8_t* memory_;  // mapped; the object's own
  std::uint32_t blocks_;
  std::uint32_t next_ = 0;
  Counters counters_;
  Bytes tagged_;  // a frame with its tag in place
};

}  // namespace linkfab::capture
