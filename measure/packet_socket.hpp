// An AF_PACKET socket on one device, with the kernel's time stamps. Source: packet(7),
// Documentation/networking/timestamping.rst.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/fd.hpp"
#include "core/result.hpp"
#include "measure/probe_frame.hpp"
#include "measure/record.hpp"

namespace linkfab::measure {

class PacketSocket {
 public:
  enum class Use {
    send,     // one by one, each with its time
    burst,    // as fast as can be, without
    receive,  // probes only, also broken ones
  };
  // Of the current network namespace.
  static Result<PacketSocket> open(const std::string& interface, Use use);

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  [[nodiscard]] const Mac& mac() const { return mac_; }

  // The kernel's time of the n-th frame is told by sent_time() when it has one. False: no room now.
  bool send(std::span<const std::uint8_t> frame);
  // As many as go; their number.
  std::size_t send(std::span<const std::vector<std::uint8_t>> frames);

  struct Sent {
    std::uint32_t number = 0;  // of the frame, counted from the first that this socket sent
    nanoseconds time{};
  };
  std::optional<Sent> sent_time();  // nullopt: no more for now

  struct Received {
    std::span<const std::uint8_t> frame;  // until the next call
    nanoseconds time{};
  };
  std::optional<Received> receive();

 private:
  PacketSocket(Fd fd, Mac mac) : fd_(std::move(fd)), mac_(mac) {}

  Fd fd_;
  Mac mac_;
  std::vector<std::uint8_t> buffer_;
};

[[nodiscard]] nanoseconds now();  // since the epoch

struct Stamped {
  std::size_t size = 0;
  nanoseconds time{};  // since the epoch: the kernel's stamp, else when it was read
};
// One message of a socket with SO_TIMESTAMPING or SO_TIMESTAMPNS; nullopt: there is none.
[[nodiscard]] std::optional<Stamped> receive_stamped(const Fd& socket,
                                                     std::span<std::uint8_t> buffer);

}  // namespace linkfab::measure
