#include "gateway/frame_batch.hpp"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace linkfab::gateway {
namespace {

constexpr std::size_t addresses_size = 12;
constexpr std::size_t ethernet_size = 14;
constexpr std::size_t most_payload = 65507;  // of a datagram over IPv4
constexpr std::size_t most_segments = 64;    // UDP_MAX_SEGMENTS of kernels before 6.9

// Errors that concern the one message: the next may well pass.
bool is_accident(int number) {
  return number == EAGAIN || number == ENOBUFS || number == EMSGSIZE || number == EPERM ||
         number == ECONNREFUSED || number == EHOSTUNREACH || number == ENETUNREACH ||
         number == EINVAL || number == EINTR;
}

bool is_batch_refused(int number) {
  return number == EINVAL || number == EMSGSIZE || number == EIO || number == EOPNOTSUPP;
}

const tpacket_auxdata* auxiliary(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_PACKET && part->cmsg_type == PACKET_AUXDATA)
      return reinterpret_cast<const tpacket_auxdata*>(CMSG_DATA(part));
  }
  return nullptr;
}

// A pending error of the socket (a peer's "port unreachable") is told once, by the next call, and
// has nothing to do with its message: hence a second try.
int send_one(int socket, mmsghdr& message) {
  for (int tries = 0; tries < 2; ++tries) {
    if (::sendmsg(socket, &message.msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
    if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != EINTR) break;
  }
  return errno;
}

}  // namespace

void finish_checksum(std::uint8_t* frame, std::size_t size, const FrameHeader& header) {
  const std::size_t start = header.checksum_start;
  const std::size_t at = start + header.checksum_offset;
  if (start >= size || at + 2 > size) return;
  std::uint64_t sum = 0;  // the field itself holds the pseudo header's sum
  for (std::size_t i = start; i + 1 < size; i += 2)
    sum += (static_cast<std::uint32_t>(frame[i]) << 8) | frame[i + 1];
  if ((size - start) % 2 != 0) sum += static_cast<std::uint32_t>(frame[size - 1]) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  sum = sum == 0xffff ? 0xffff : ~sum & 0xffff;  // of UDP, zero means none
  frame[at] = static_cast<std::uint8_t>(sum >> 8);
  frame[at + 1] = static_cast<std::uint8_t>(sum);
}

FrameBatch::FrameBatch() : memory_(most * room) {}

int FrameBatch::receive(int socket) {
  frames_ = received_ = 0;
  const int count = ::recvmmsg(socket, message_.data(), most, MSG_DONTWAIT, nullptr);
  if (count < 0) return errno;
  received_ = static_cast<std::size_t>(count);
  return 0;
}

int FrameBatch::receive_frames(int packet_socket) {
  for (std::size_t i = 0; i < most; ++i) {
    part_[i] = {iovec{&header_[i], sizeof header_[i]}, iovec{slot(i) + tag_size, room - tag_size}};
    message_[i].msg_hdr = {.msg_iov = part_[i].data(),
                           .msg_iovlen = 2,
                           .msg_control = control_[i].bytes.data(),
                           .msg_controllen = control_[i].bytes.size()};
  }
  if (const int error = receive(packet_socket)) return error;
  for (std::size_t i = 0; i < received_; ++i) take_frame(i);
  return 0;
}

// Frames that no datagram holds, and super-frames that somebody's hardware was to cut, end here.
void FrameBatch::take_frame(std::size_t i) {
  if (message_[i].msg_len < sizeof header_[i] + ethernet_size) return;
  std::size_t size = message_[i].msg_len - sizeof header_[i];
  std::uint8_t* frame = slot(i) + tag_size;
  if (header_[i].super_frame != 0) return;
  if (header_[i].lacks_checksum()) finish_checksum(frame, size, header_[i]);
  const tpacket_auxdata* told = auxiliary(message_[i].msg_hdr);
  if (told != nullptr && (told->tp_status & TP_STATUS_VLAN_VALID) != 0) {
    const bool has_type = (told->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    const std::uint16_t type = has_type ? told->tp_vlan_tpid : std::uint16_t{0x8100};
    frame -= tag_size;
    size += tag_size;
    std::memmove(frame, frame + tag_size, addresses_size);
    frame[12] = static_cast<std::uint8_t>(type >> 8);
    frame[13] = static_cast<std::uint8_t>(type);
    frame[14] = static_cast<std::uint8_t>(told->tp_vlan_tci >> 8);
    frame[15] = static_cast<std::uint8_t>(told->tp_vlan_tci);
  }
  if (size <= most_payload) frame_[frames_++] = {frame, size};
}

int FrameBatch::receive_datagrams(int udp_socket) {
  for (std::size_t i = 0; i < most; ++i) {
    part_[i][0] = {slot(i), room};
    message_[i].msg_hdr = {.msg_iov = part_[i].data(), .msg_iovlen = 1};
  }
  if (const int error = receive(udp_socket)) return error;
  for (std::size_t i = 0; i < received_; ++i) {
    if (message_[i].msg_len >= ethernet_size) frame_[frames_++] = {slot(i), message_[i].msg_len};
  }
  return 0;
}

// How many frames from `first` on are one batch: of one size, only the last may be shorter.
std::size_t FrameBatch::run_length(std::size_t first, std::size_t largest_batched) const {
  const std::size_t size = frame_[first].iov_len;
  if (size > largest_batched) return 1;
  const std::size_t limit = std::min({frames_, first + most_segments, first + most_payload / size});
  std::size_t last = first + 1;
  while (last < limit && frame_[last].iov_len == size) ++last;
  if (last < limit && frame_[last].iov_len < size) ++last;
  return last - first;
}

void FrameBatch::make_message(mmsghdr& message, std::size_t first, std::size_t count,
                              Control& control) {
  message.msg_hdr = {.msg_iov = &frame_[first], .msg_iovlen = count};
  if (count == 1) return;
  message.msg_hdr.msg_control = control.bytes.data();
  message.msg_hdr.msg_controllen = CMSG_SPACE(sizeof(std::uint16_t));
  cmsghdr* part = CMSG_FIRSTHDR(&message.msg_hdr);
  part->cmsg_level = SOL_UDP;
  part->cmsg_type = UDP_SEGMENT;
  part->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto size = static_cast<std::uint16_t>(frame_[first].iov_len);
  std::memcpy(CMSG_DATA(part), &size, sizeof size);
}

int FrameBatch::send_datagrams(int udp_socket, std::size_t& largest_batched) {
  std::size_t messages = 0;
  std::array<std::size_t, most> start{};
  for (std::size_t i = 0; i < frames_; ++messages) {
    const std::size_t count = run_length(i, largest_batched);
    start[messages] = i;
    make_message(message_[messages], i, count, control_[messages]);
    i += count;
  }
  int worst = 0;
  for (std::size_t i = 0; i < messages;) {
    const int sent = ::sendmmsg(udp_socket, &message_[i], static_cast<unsigned>(messages - i),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      i += static_cast<std::size_t>(sent);
      continue;
    }
    int error = send_one(udp_socket, message_[i]);
    const std::size_t count = message_[i].msg_hdr.msg_iovlen;
    if (count > 1 && is_batch_refused(error)) {
      largest_batched = error == EINVAL || error == EMSGSIZE ? frame_[start[i]].iov_len - 1 : 0;
      error = 0;
      for (std::size_t frame = start[i]; frame < start[i] + count; ++frame) {
        mmsghdr single{};
        make_message(single, frame, 1, control_[i]);
        if (const int one = send_one(udp_socket, single)) error = one;
      }
    }
    if (error != 0 && !is_accident(error) && worst == 0) worst = error;
    ++i;
  }
  return worst;
}

int FrameBatch::send_frames(int packet_socket) {
  FrameHeader plain{};
  for (std::size_t i = 0; i < frames_; ++i) {
    part_[i] = {iovec{&plain, sizeof plain}, frame_[i]};
    message_[i].msg_hdr = {.msg_iov = part_[i].data(), .msg_iovlen = 2};
  }
  int worst = 0;
  for (std::size_t i = 0; i < frames_;) {
    const int sent = ::sendmmsg(packet_socket, &message_[i], static_cast<unsigned>(frames_ - i),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      i += static_cast<std::size_t>(sent);
      continue;
    }
    if (!is_accident(errno) && worst == 0) worst = errno;
    ++i;
  }
  return worst;
}

}  // namespace linkfab::gateway
