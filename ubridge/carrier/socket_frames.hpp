// Frames through sockets, many in a system call.
#pragma once

#include <sys/socket.h>

#include <span>

#include "core/bytes.hpp"
#include "ubridge/carrier/port.hpp"

namespace linkfab::ubridge {

// What stands before each frame, and where it goes: nothing, and where the socket is connected to.
struct Envelope {
  ByteView prefix = {};
  const sockaddr* address = nullptr;
  socklen_t address_size = 0;
};

Sent send_frames(int socket, std::span<const Frame> frames, const Envelope& envelope);

// One datagram, one frame. Empty ones are passed over.
Reading receive_frames(int socket, FrameBatch& batch);

// As large as the system lets us: a burst must outlast the time in which somebody else runs.
void enlarge_buffers(int socket);

}  // namespace linkfab::ubridge
