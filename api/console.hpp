// A program on a terminal, and a client of a WebSocket that uses it.
//
// Binary messages are what is typed and shown. A text message is {"resize": {"columns": 80, "rows":
// 24}}, each 1 to 1000. Neither side is buffered here: while the client takes nothing the program
// waits in its write, and while the program reads nothing the client's messages wait in its system.
// The program ends with the connection and the connection with the program.
#pragma once

#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "api/client_program.hpp"
#include "api/http_server.hpp"

namespace linkfab::api {

// nullopt: no such message.
[[nodiscard]] std::optional<ClientProgram::Size> parse_resize(std::string_view text);

boost::asio::awaitable<void> run_console(ClientProgram program, HttpSocket& socket);

}  // namespace linkfab::api
