#include "containers/console_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <unistd.h>

#include "containers/console_server.hpp"
#include "containers/terminal.hpp"
#include "core/fd.hpp"

namespace linkfab::containers {
namespace {

Result<Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return failure(Errc::invalid, "connect to " + path, "the path is too long");
  path.copy(static_cast<char*>(address.sun_path), path.size());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return system_failure("make a socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_failure("connect to " + path);
  return socket;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Result<void> attach_console(const std::string& path, std::chrono::milliseconds patience) {
  const auto socket = connect_to(path);
  if (!socket) return std::unexpected(socket.error());
  const bool person = ::isatty(STDIN_FILENO) != 0;
  const RawTerminal raw(STDIN_FILENO);
  const IgnoredSigpipe quiet;
  const char greeting = person ? with_history : without_history;
  if (!write_all(socket->get(), {&greeting, 1})) return system_failure("write to " + path);
  std::array<char, 4096> buffer{};
  bool open = true;  // standard input
  for (;;) {
    std::array<pollfd, 2> ready{{{.fd = socket->get(), .events = POLLIN, .revents = 0},
                                 {.fd = open ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}}};
    const int count =
        ::poll(ready.data(), ready.size(), open ? -1 : static_cast<int>(patience.count()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("wait for the console");
    if (count == 0) return {};
    if (ready[0].revents != 0) {
      const auto size = ::read(socket->get(), buffer.data(), buffer.size());
      if (size <= 0) return {};
      if (!write_all(STDOUT_FILENO, {buffer.data(), static_cast<std::size_t>(size)})) return {};
    }
    if (ready[1].revents != 0) {
      const auto size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      open = size > 0;
      if (!open) continue;
      const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
      const auto escape = person ? text.find(console_escape) : std::string_view::npos;
      if (!write_all(socket->get(), text.substr(0, escape)) || escape != std::string_view::npos)
        return {};
    }
  }
}

}  // namespace linkfab::containers
