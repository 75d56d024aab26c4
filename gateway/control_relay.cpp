#include "gateway/control_relay.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <poll.h>
#include <unistd.h>

#include "core/log.hpp"
#include "gateway/netns.hpp"
#include "gateway/unix_address.hpp"

namespace linkfab::gateway {
namespace {

constexpr std::size_t chunk = 64 << 10;

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

int pending_error(const Fd& fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Result<ControlRelay> ControlRelay::listen(const std::string& path, std::string netns,
                                          ControlTarget target) {
  const std::string attempt = "listen at " + path;
  const auto address = unix_address(path);
  if (!address) return std::unexpected(address.error());
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) (void)::unlink(path.c_str());
  Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!listener) return system_failure(attempt);
  const mode_t former = ::umask(0177);
  const int bound =
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  const int number = errno;
  ::umask(former);
  if (bound != 0) return std::unexpected(system_error(attempt, number));
  if (::listen(listener.get(), 4) != 0) return system_failure(attempt);
  return ControlRelay{std::move(listener), std::move(netns), std::move(target)};
}

Result<Fd> ControlRelay::connect() const {
  const auto attempt = "connect to " + target_.host + " from " + netns_;
  Fd made;
  const auto done = in_netns(netns_, [&]() -> Result<void> {
    const auto address = tcp_address(target_);
    Fd fd{::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return system_failure(attempt);
    constexpr int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) !=
            0 &&
        errno != EINPROGRESS)
      return system_failure(attempt);
    made = std::move(fd);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return made;
}

void ControlRelay::accept() {
  Fd inner{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!inner) return;
  auto outer = connect();
  if (!outer) return log::repeated("controller", format(outer.error()));
  connections_.push_back({.inner = std::move(inner),
                          .outer = *std::move(outer),
                          .connected = false,
                          .to_outer = {},
                          .to_inner = {}});
}

// Reads only when nothing waits: a slow side slows the other down.
bool ControlRelay::Way::pump(const Fd& from, const Fd& to, bool readable) {
  if (readable && waiting.empty()) {
    waiting.resize(chunk);
    const auto size = ::recv(from.get(), waiting.data(), waiting.size(), 0);
    if (size == 0 || (size < 0 && !would_block())) return false;
    waiting.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  }
  if (waiting.empty()) return true;
  const auto sent = ::send(to.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL);
  if (sent < 0) return would_block();
  waiting.erase(waiting.begin(), waiting.begin() + sent);
  return true;
}

bool ControlRelay::serve(Connection& connection, short inner, short outer) {
  if (!connection.connected) {
    if ((inner & (POLLHUP | POLLERR)) != 0) return false;
    if (outer == 0) return true;
    if (const int error = pending_error(connection.outer); error != 0) {
      log::repeated("controller", std::strerror(error));
      return false;
    }
    log::ended("controller");
    connection.connected = true;
  }
  constexpr short come = POLLIN | POLLHUP | POLLERR;
  return connection.to_outer.pump(connection.inner, connection.outer, (inner & come) != 0) &&
         connection.to_inner.pump(connection.outer, connection.inner, (outer & come) != 0);
}

Result<void> ControlRelay::run(const Fd& stop) {
  for (;;) {
    std::vector<pollfd> polled{{stop.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    for (const auto& each : connections_) {
      const auto events = [](const Way& from_it, const Way& to_it) {
        return static_cast<short>((from_it.waiting.empty() ? POLLIN : 0) |
                                  (to_it.waiting.empty() ? 0 : POLLOUT));
      };
      // Until there is a controller nothing is read from the switch, but its end is seen.
      polled.push_back(
          {each.inner.get(), each.connected ? events(each.to_outer, each.to_inner) : short{0}, 0});
      polled.push_back({each.outer.get(),
                        each.connected ? events(each.to_inner, each.to_outer) : short{POLLOUT}, 0});
    }
    if (::poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return system_failure("wait for connections");
    }
    if (polled[0].revents != 0) return {};
    auto place = polled.begin() + 2;
    for (auto each = connections_.begin(); each != connections_.end(); place += 2) {
      const auto inner = place->revents;
      const auto outer = (place + 1)->revents;
      each = (inner != 0 || outer != 0) && !serve(*each, inner, outer) ? connections_.erase(each)
                                                                       : std::next(each);
    }
    if (polled[1].revents != 0) accept();
  }
}

}  // namespace linkfab::gateway
