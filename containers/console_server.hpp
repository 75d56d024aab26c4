// A command on a terminal of its own that outlives whoever looks at it: the serial line of a
// virtual machine, the prompt of a program that wants to talk to a person.
//
// The terminal's other side is served on a Unix socket, to any number of clients at once: what the
// command writes goes to all of them, what each of them writes goes to the command. A client's
// first octet says whether it wants the end of what was written before it came. Nobody there is
// fine: the command never waits for a reader.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "containers/unprivileged_user.hpp"
#include "core/result.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace linkfab::containers {

// The first octet of a client.
inline constexpr char with_history = 'H';
inline constexpr char without_history = 'N';

class ConsoleServer {
 public:
  static constexpr std::size_t history_size = 64 << 10;  // octets that a newcomer is shown
  static constexpr std::size_t most_unread = 1 << 20;    // of a client, which is then dropped

  // `socket` is a path of at most 107 octets; what was there is replaced. Only its owner may
  // connect.
  ConsoleServer(boost::asio::io_context& context, std::string socket);
  ~ConsoleServer();
  ConsoleServer(const ConsoleServer&) = delete;
  ConsoleServer& operator=(const ConsoleServer&) = delete;

  // Errc::not_found where there is no such program. With a user the command runs as that one, and
  // the terminal is his.
  Result<void> start(const std::vector<std::string>& command,
                     const std::optional<UnprivilegedUser>& user = std::nullopt);
  // Serves until the command ends; its exit status, 128 + the signal that ended it. SIGTERM and
  // SIGINT are handed on to it.
  int run();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace linkfab::containers
