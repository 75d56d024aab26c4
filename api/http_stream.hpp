// The kinds of answers that go on.
#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "api/http_server.hpp"

namespace linkfab::api {

using HttpConnection = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
using HttpMessage = boost::beast::http::request<boost::beast::http::string_body>;

// Each runs the response's stream to its end; the connection is of no further use then. `limit` is
// for each write to be taken.
boost::asio::awaitable<void> stream_chunks(HttpConnection& connection, const HttpResponse& response,
                                           std::chrono::milliseconds limit);
boost::asio::awaitable<void> stream_messages(HttpConnection& connection, const HttpMessage& request,
                                             const HttpResponse& response,
                                             std::chrono::milliseconds limit);
boost::asio::awaitable<void> hold_conversation(HttpConnection& connection,
                                               const HttpMessage& request,
                                               const HttpResponse& response,
                                               std::chrono::milliseconds limit);

}  // namespace linkfab::api
