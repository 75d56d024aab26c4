// One tunnel as the relay carries it: a UDP socket at one end, a packet socket at the other.
//
// The UDP socket stays bound while the device is away, so that nobody takes the port and peers are
// not told that it is closed.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "gateway/frame_batch.hpp"
#include "gateway/relay_port.hpp"

namespace linkfab::gateway {

class RelayWire {
 public:
  explicit RelayWire(RelayPort port) : port_(std::move(port)) {}

  [[nodiscard]] const RelayPort& port() const { return port_; }
  [[nodiscard]] int udp() const { return udp_.get(); }
  [[nodiscard]] int outer() const { return packet_.get(); }
  [[nodiscard]] bool whole() const { return udp_ && packet_ && !down_; }

  // Opens what is not open, and anew what belongs to a device or namespace that is not there any
  // more under its name.
  [[nodiscard]] Result<void> open();
  // Another limit for the same tunnel; no frame is lost by it.
  void set_longer_than(std::uint32_t longer_than);

  // Carry what is there. False: the device went down. It may be removed, of which the kernel then
  // tells nothing: open() must look, until the wire is whole.
  [[nodiscard]] bool from_fabric(FrameBatch& batch);
  void from_peer(FrameBatch& batch);

 private:
  [[nodiscard]] Result<void> open_here();
  [[nodiscard]] Result<void> open_udp();
  [[nodiscard]] Result<void> open_packet();
  [[nodiscard]] int bound_device() const;
  [[nodiscard]] bool device_is_up() const;

  RelayPort port_;
  Fd udp_;
  Fd packet_;
  bool down_ = false;
  std::uint64_t netns_ = 0;
  std::size_t largest_batched_ = 65507;
};

}  // namespace linkfab::gateway
