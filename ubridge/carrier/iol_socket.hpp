// The socket of one IOU id, /tmp/netioUID/ID, with its lock: one process an id.
//
// The folder is made where it is missing (0700). Lock and socket are gone with the object; after a
// death without warning the lock is free by itself and the socket is replaced by whoever is next.
#pragma once

#include <string>

#include "core/fd.hpp"
#include "core/result.hpp"

namespace linkfab::ubridge {

class IolSocket {
 public:
  // Where somebody has it, the cause is "PID P already has a lock on ID I".
  [[nodiscard]] static Result<IolSocket> open(int id);

  IolSocket(IolSocket&&) noexcept = default;
  IolSocket& operator=(IolSocket&&) = delete;
  IolSocket(const IolSocket&) = delete;
  IolSocket& operator=(const IolSocket&) = delete;
  ~IolSocket();

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] int id() const { return id_; }
  [[nodiscard]] static std::string path_of(int id);

 private:
  IolSocket(int id, Fd lock, Fd socket)
      : id_(id), lock_(std::move(lock)), socket_(std::move(socket)) {}

  int id_;
  Fd lock_;
  Fd socket_;
};

}  // namespace linkfab::ubridge
