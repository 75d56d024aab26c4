#include "ubridge/carrier/datagram_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <netdb.h>
#include <string>
#include <unistd.h>

#include "core/fd.hpp"
#include "ubridge/carrier/socket_frames.hpp"
#include "ubridge/carrier/unix_socket.hpp"
#include "ubridge/number.hpp"

namespace linkfab::ubridge {
namespace {

class UdpPort : public Port {
 public:
  explicit UdpPort(Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int descriptor() const override { return socket_.get(); }
  Reading receive(FrameBatch& batch) override { return receive_frames(socket_.get(), batch); }
  Sent send(std::span<const Frame> frames) override {
    return send_frames(socket_.get(), frames, {});
  }

 private:
  Fd socket_;
};

class UnixPort : public Port {
 public:
  UnixPort(Fd socket, std::string local, const sockaddr_un& remote)
      : socket_(std::move(socket)), local_(std::move(local)), remote_(remote) {}
  ~UnixPort() override { (void)::unlink(local_.c_str()); }
  UnixPort(const UnixPort&) = delete;
  UnixPort& operator=(const UnixPort&) = delete;

  [[nodiscard]] int descriptor() const override { return socket_.get(); }
  Reading receive(FrameBatch& batch) override { return receive_frames(socket_.get(), batch); }
  Sent send(std::span<const Frame> frames) override {
    return send_frames(
        socket_.get(), frames,
        {.address = reinterpret_cast<const sockaddr*>(&remote_), .address_size = sizeof remote_});
  }

 private:
  Fd socket_;
  std::string local_;
  sockaddr_un remote_;
};

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

bool is_port(int number) {
  constexpr int last = 65535;
  return number >= 0 && number <= last;
}

Result<Fd> open_to(const addrinfo& remote, int local_port, const std::string& attempt) {
  Fd socket(::socket(remote.ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return system_failure(attempt);
  const int on = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  enlarge_buffers(socket.get());
  sockaddr_in6 any{};  // all zero is the any-address of both families
  any.sin6_family = static_cast<sa_family_t>(remote.ai_family);
  any.sin6_port = htons(static_cast<std::uint16_t>(local_port));  // where sin_port is too
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), remote.ai_addrlen) != 0 ||
      ::connect(socket.get(), remote.ai_addr, remote.ai_addrlen) != 0)
    return system_failure(attempt);
  return socket;
}

}  // namespace

Result<std::unique_ptr<Port>> open_udp(const UdpNio& nio) {
  const std::string attempt = "open UDP " + format(Nio(nio));
  const int local = lenient_number(nio.local_port);
  const int remote = lenient_number(nio.remote_port);
  if (!is_port(local) || !is_port(remote))
    return failure(Errc::invalid, attempt, "a port is a number up to 65535");
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int status =
      ::getaddrinfo(nio.host.c_str(), std::to_string(remote).c_str(), &hints, &found);
  if (status != 0) return failure(Errc::not_found, attempt, ::gai_strerror(status));
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  Result<Fd> socket = failure(Errc::not_found, attempt, "the host has no address");
  for (const addrinfo* one = addresses.get(); one != nullptr && !socket; one = one->ai_next)
    socket = open_to(*one, local, attempt);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<UdpPort>(std::move(*socket));
}

Result<std::unique_ptr<Port>> open_unix(const UnixNio& nio) {
  const auto remote = unix_address(nio.remote);
  if (!remote) return std::unexpected(remote.error());
  auto socket = bind_unix(nio.local);
  if (!socket) return std::unexpected(socket.error());
  return std::make_unique<UnixPort>(std::move(*socket), nio.local, *remote);
}

}  // namespace linkfab::ubridge
