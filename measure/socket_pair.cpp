#include "measure/socket_pair.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <fcntl.h>
#include <poll.h>

#include "netem/netns.hpp"

namespace linkfab::measure {
namespace {

constexpr int connect_time = 5000;  // ms

Result<Fd> open_socket(const Host& host, int family, int type) {
  const auto netns = netem::open_netns(host.netns);
  if (!netns) return std::unexpected(netns.error());
  const auto inside = netem::EnteredNetns::enter(*netns);
  if (!inside) return std::unexpected(inside.error());
  Fd fd{::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return system_failure("open a socket in node " + host.name);
  return fd;
}

bool wait_for(const Fd& fd, short events) {
  pollfd polled{fd.get(), events, 0};
  return ::poll(&polled, 1, connect_time) == 1;
}

int pending_error(const Fd& fd) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Result<void> block(const Fd& fd) {
  if (::fcntl(fd.get(), F_SETFL, 0) != 0) return system_failure("make a socket wait");
  return {};
}

}  // namespace

Result<SocketPair> connect_hosts(const Host& from, const Host& to, const netem::Prefix& address,
                                 int type) {
  const auto attempt =
      "connect " + from.name + " with " + to.name + " at " + netem::format_address(address);
  auto receiver = open_socket(to, address.family, type);
  if (!receiver) return std::unexpected(receiver.error());
  const auto here = socket_address(address);
  if (::bind(receiver->get(), here.get(), here.size) != 0) return system_failure(attempt);
  if (type == SOCK_STREAM && ::listen(receiver->get(), 1) != 0) return system_failure(attempt);
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(receiver->get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0)
    return system_failure(attempt);

  auto sender = open_socket(from, address.family, type);
  if (!sender) return std::unexpected(sender.error());
  if (::connect(sender->get(), bound.get(), bound.size) != 0) {
    if (errno != EINPROGRESS) return system_failure(attempt);
    if (!wait_for(*sender, POLLOUT)) return failure(Errc::timeout, attempt, "no answer within 5s");
    if (const int error = pending_error(*sender); error != 0)
      return std::unexpected(system_error(attempt, error));
  }
  if (type == SOCK_STREAM) {
    if (!wait_for(*receiver, POLLIN)) return failure(Errc::timeout, attempt, "no answer within 5s");
    Fd accepted{::accept4(receiver->get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!accepted) return system_failure(attempt);
    *receiver = std::move(accepted);
  }
  for (const auto* each : {&*sender, &*receiver})
    if (auto done = block(*each); !done) return std::unexpected(done.error());
  return SocketPair{.sender = *std::move(sender), .receiver = *std::move(receiver)};
}

}  // namespace linkfab::measure
