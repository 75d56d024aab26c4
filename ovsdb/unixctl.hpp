// Commands to a running daemon of Open vSwitch, as ovs-appctl(8) gives them: JSON-RPC on the Unix
// socket that its option --unixctl names.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"

namespace linkfab::ovsdb {

// What it prints. Errc::refused with what it says where it does not like the command,
// Errc::unreachable where nobody listens, Errc::timeout.
[[nodiscard]] boost::asio::awaitable<Result<std::string>> unixctl(
    boost::asio::any_io_executor executor, std::string socket, std::string command,
    std::vector<std::string> arguments,
    std::chrono::milliseconds limit = std::chrono::milliseconds{5000});

}  // namespace linkfab::ovsdb
