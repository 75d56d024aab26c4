#include "gateway/ask_relay.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <poll.h>

#include "core/fd.hpp"
#include "gateway/unix_address.hpp"

namespace linkfab::gateway {
namespace {

using Clock = std::chrono::steady_clock;

class Conversation {
 public:
  Conversation(std::string attempt, Fd socket, Clock::time_point deadline)
      : attempt_(std::move(attempt)), socket_(std::move(socket)), deadline_(deadline) {}

  Result<void> say(std::string_view text) {
    while (!text.empty()) {
      if (auto ready = wait(POLLOUT); !ready) return ready;
      const auto size = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (size < 0 && errno == EPIPE) return failure(Errc::unreachable, attempt_, "it hung up");
      if (size < 0 && errno != EAGAIN) return system_failure(attempt_);
      if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
  }

  Result<std::string> hear_line() {
    std::string line;
    std::array<char, 65536> part{};
    while (!line.ends_with('\n')) {
      if (const auto ready = wait(POLLIN); !ready) return std::unexpected(ready.error());
      const auto size = ::recv(socket_.get(), part.data(), part.size(), 0);
      if (size == 0) return failure(Errc::unreachable, attempt_, "it hung up without an answer");
      if (size < 0 && errno != EAGAIN) return system_failure(attempt_);
      if (size > 0) line.append(part.data(), static_cast<std::size_t>(size));
    }
    return line;
  }

 private:
  Result<void> wait(short events) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    pollfd event{.fd = socket_.get(), .events = events, .revents = 0};
    if (left.count() <= 0 || ::poll(&event, 1, static_cast<int>(left.count())) == 0)
      return failure(Errc::timeout, attempt_, "no answer in time");
    return {};
  }

  std::string attempt_;
  Fd socket_;
  Clock::time_point deadline_;
};

}  // namespace

Result<RelayErrors> ask_relay(const std::string& socket_path, const std::vector<RelayPort>& ports,
                              std::chrono::milliseconds limit) {
  const std::string attempt = "ask the relay at " + socket_path;
  const auto address = unix_address(socket_path);
  if (!address) return std::unexpected(address.error());
  Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return system_failure(attempt);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED)
      return failure(Errc::unreachable, attempt, "no relay listens there");
    return system_failure(attempt);
  }
  Conversation conversation{attempt, std::move(socket), Clock::now() + limit};
  if (const auto said = conversation.say(to_json(ports) + "\n"); !said)
    return std::unexpected(said.error());
  const auto line = conversation.hear_line();
  if (!line) return std::unexpected(line.error());
  auto errors = relay_errors_from_json(*line);
  if (errors && errors->contains("")) return std::unexpected(errors->at(""));
  return errors;
}

}  // namespace linkfab::gateway
