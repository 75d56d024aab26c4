#include "ubridge/carrier/socket_frames.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace linkfab::ubridge {
namespace {

constexpr std::size_t at_once = 64;

iovec part(ByteView bytes) {
  // The kernel does not write through it, the type cannot say so.
  return {.iov_base = const_cast<std::uint8_t*>(bytes.data()), .iov_len = bytes.size()};
}

void set_size(int socket, int forced, int asked) {
  constexpr int size = 4 << 20;
  if (::setsockopt(socket, SOL_SOCKET, forced, &size, sizeof size) == 0) return;
  (void)::setsockopt(socket, SOL_SOCKET, asked, &size, sizeof size);
}

Sent send_some(int socket, std::span<const Frame> frames, const Envelope& envelope) {
  std::array<mmsghdr, at_once> messages{};
  std::array<std::array<iovec, 2>, at_once> parts{};
  const std::size_t parts_each = envelope.prefix.empty() ? 1 : 2;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    iovec* next = parts[i].data();
    if (parts_each == 2) *next++ = part(envelope.prefix);
    *next = part(frames[i]);
    messages[i].msg_hdr.msg_iov = parts[i].data();
    messages[i].msg_hdr.msg_iovlen = parts_each;
    messages[i].msg_hdr.msg_name = const_cast<sockaddr*>(envelope.address);
    messages[i].msg_hdr.msg_namelen = envelope.address_size;
  }
  Sent sent;
  std::size_t next = 0;
  bool refused = false;
  while (next < frames.size()) {
    const int count =
        ::sendmmsg(socket, &messages[next], static_cast<unsigned>(frames.size() - next),
                   MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) {
      for (int i = 0; i < count; ++i) sent.bytes += frames[next++].size();
      sent.packets += static_cast<std::uint64_t>(count);
    } else if (errno == ECONNREFUSED && !refused) {
      refused = true;  // what an earlier frame met, told only now: this one was not tried
    } else if (errno != EINTR) {
      ++next;
    }
  }
  return sent;
}

}  // namespace

Sent send_frames(int socket, std::span<const Frame> frames, const Envelope& envelope) {
  Sent sent;
  while (!frames.empty()) {
    const auto now = frames.first(std::min(frames.size(), at_once));
    const Sent some = send_some(socket, now, envelope);
    sent.packets += some.packets;
    sent.bytes += some.bytes;
    frames = frames.subspan(now.size());
  }
  return sent;
}

Reading receive_frames(int socket, FrameBatch& batch) {
  std::array<mmsghdr, FrameBatch::capacity> messages{};
  std::array<iovec, FrameBatch::capacity> parts{};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    parts[i] = part(batch.buffer(i));
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  batch.clear();
  const int count = ::recvmmsg(socket, messages.data(), messages.size(), MSG_DONTWAIT, nullptr);
  // Errors are those of frames sent before (ECONNREFUSED ...), each told once.
  if (count < 0) return errno == EAGAIN ? Reading::drained : Reading::some;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    if (messages[i].msg_len > 0) batch.add(batch.buffer(i).first(messages[i].msg_len));
  return static_cast<std::size_t>(count) == messages.size() ? Reading::some : Reading::drained;
}

void enlarge_buffers(int socket) {
  set_size(socket, SO_RCVBUFFORCE, SO_RCVBUF);
  set_size(socket, SO_SNDBUFFORCE, SO_SNDBUF);
}

}  // namespace linkfab::ubridge
