// Frames on their way through the relay, many with one system call.
//
// What a packet socket hands over is made whole: a VLAN tag that the kernel took out is put back, a
// checksum that it left to the hardware is computed. Sources: packet(7), udp(7),
// struct virtio_net_hdr of linux/virtio_net.h.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.hpp"

namespace linkfab::gateway {

// struct virtio_net_hdr, before each frame of a packet socket; its own header is none of C++'s.
struct FrameHeader {
  std::uint8_t flags = 0;
  std::uint8_t super_frame = 0;  // gso_type; 0: it is an ordinary one
  std::uint16_t header_size = 0;
  std::uint16_t segment_size = 0;
  std::uint16_t checksum_start = 0;   // what is summed, to the end of the frame
  std::uint16_t checksum_offset = 0;  // where the sum belongs, from there
  [[nodiscard]] bool lacks_checksum() const { return (flags & 1) != 0; }
};
static_assert(sizeof(FrameHeader) == 10);

void finish_checksum(std::uint8_t* frame, std::size_t size, const FrameHeader& header);

class FrameBatch {
 public:
  FrameBatch();

  // Takes what is there, without waiting. 0 or an errno value; EAGAIN: there was nothing.
  [[nodiscard]] int receive_frames(int packet_socket);
  [[nodiscard]] int receive_datagrams(int udp_socket);
  // There may be more to take.
  [[nodiscard]] bool full() const { return received_ == most; }

  // Neither waits: what the socket has no room for is lost. Frames of the same size up to
  // `largest_batched` leave as one message that the kernel takes apart (UDP_SEGMENT); it is lowered
  // when the kernel refuses. 0, or the first errno value that is no accident of one frame.
  int send_datagrams(int udp_socket, std::size_t& largest_batched);
  int send_frames(int packet_socket);

 private:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t tag_size = 4;
  static constexpr std::size_t room = 65536 + tag_size;

  struct Control {
    alignas(cmsghdr) std::array<std::uint8_t, 64> bytes;
  };

  [[nodiscard]] std::uint8_t* slot(std::size_t i) { return memory_.data() + i * room; }
  int receive(int socket);
  void take_frame(std::size_t i);
  [[nodiscard]] std::size_t run_length(std::size_t first, std::size_t largest_batched) const;
  void make_message(mmsghdr& message, std::size_t first, std::size_t count, Control& control);

  std::vector<std::uint8_t> memory_;
  std::size_t received_ = 0;
  std::size_t frames_ = 0;
  std::array<iovec, most> frame_{};  // the frames, at last
  std::array<FrameHeader, most> header_{};
  std::array<Control, most> control_{};
  std::array<std::array<iovec, 2>, most> part_{};
  std::array<mmsghdr, most> message_{};
};

}  // namespace linkfab::gateway
