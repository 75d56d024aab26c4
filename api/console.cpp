#include "api/console.hpp"

#include <array>
#include <exception>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "fabric/json_text.hpp"

namespace linkfab::api {

namespace asio = boost::asio;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using Terminal = asio::posix::stream_descriptor;

std::optional<ClientProgram::Size> parse_resize(std::string_view text) {
  constexpr unsigned most = 1000;
  const auto json = fabric::parse_json(text);
  if (!json || !json->isObject() || json->size() != 1) return std::nullopt;
  const auto& size = (*json)["resize"];
  if (!size.isObject() || size.size() != 2) return std::nullopt;
  const auto number = [&](const char* key) -> unsigned short {
    const auto& value = size[key];
    return value.isUInt() && value.asUInt() <= most ? static_cast<unsigned short>(value.asUInt())
                                                    : 0;
  };
  const ClientProgram::Size wanted{.columns = number("columns"), .rows = number("rows")};
  if (wanted.columns == 0 || wanted.rows == 0) return std::nullopt;
  return wanted;
}

namespace {

// From the client to the terminal, until either has gone or the client makes no sense.
awaitable<void> type(HttpSocket& socket, Terminal& terminal) {
  error_code error;
  while (!error) {
    const auto message = co_await socket.receive();
    if (!message || !terminal.is_open()) co_return;
    if (message->binary) {
      co_await asio::async_write(terminal, asio::buffer(message->data),
                                 redirect_error(use_awaitable, error));
    } else {
      const auto size = parse_resize(message->data);
      if (!size) co_return;
      resize_terminal(terminal.native_handle(), *size);
    }
  }
}

}  // namespace

awaitable<void> run_console(ClientProgram program, HttpSocket& socket) {
  constexpr std::size_t at_once = 16384;
  const auto executor = co_await asio::this_coro::executor;
  Terminal terminal(executor, program.take_descriptor().release());
  asio::steady_timer typed(executor, asio::steady_timer::time_point::max());
  bool typing = true;
  asio::co_spawn(executor, type(socket, terminal), [&](const std::exception_ptr&) {
    typing = false;
    error_code ignored;
    (void)terminal.cancel(ignored);
    typed.cancel();
  });
  std::array<char, at_once> output{};
  error_code error;
  while (typing) {
    const auto size = co_await terminal.async_read_some(asio::buffer(output),
                                                        redirect_error(use_awaitable, error));
    if (error) break;  // EIO: nobody has the terminal any more
    std::string text(output.data(), size);
    if (!co_await socket.send_binary(std::move(text))) break;
  }
  program.hang_up();
  (void)terminal.close(error);
  co_await program.end();
  co_await socket.close();
  while (typing) co_await typed.async_wait(redirect_error(use_awaitable, error));
}

}  // namespace linkfab::api
