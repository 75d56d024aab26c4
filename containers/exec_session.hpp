// One command run in a container with this process's standard streams.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "containers/engine.hpp"
#include "containers/http_client.hpp"
#include "core/result.hpp"

namespace linkfab::containers {

// `prefix` is the agreed "/v1.41". The exit status is the command's; 128 + signal where this side
// ended first: SIGPIPE when nobody reads our output any more, SIGHUP, SIGINT or SIGTERM to us while
// a tty is raw. The command itself is then left running, because the API has no call to end it.
boost::asio::awaitable<Result<int>> run_exec(HttpClient& http, std::string prefix,
                                             std::string container, ExecSpec spec);

}  // namespace linkfab::containers
