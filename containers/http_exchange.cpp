#include "containers/http_exchange.hpp"

#include <sys/un.h>

#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

#include "containers/engine_json.hpp"

namespace linkfab::containers {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds connect_limit{5};

Errc code_of(unsigned status) {
  switch (status) {
    case 400:
      return Errc::invalid;
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 501:
      return Errc::unsupported;
    default:
      return Errc::failed;
  }
}

Error connect_error(const std::string& attempt, const std::string& path, const error_code& error) {
  const std::string cause = fmt::format("connect to {}: {}", path, error.message());
  switch (error.value()) {
    case ENOENT:
    case ECONNREFUSED:
      return {Errc::unreachable, attempt, cause + "; is the container engine running?"};
    case EACCES:
    case EPERM:
      return {Errc::denied, attempt,
              cause + "; run as root or as a member of the group that owns the socket"};
    default:
      return {system_error({}, error.value()).code, attempt, cause};
  }
}

http::request<http::string_body> message_for(const HttpRequest& request, bool upgrade) {
  http::request<http::string_body> message{http::string_to_verb(request.method), request.target,
                                           11};
  message.set(http::field::host, "localhost");
  message.set(http::field::user_agent, "linkfab");
  if (upgrade) {
    message.set(http::field::connection, "Upgrade");
    message.set(http::field::upgrade, "tcp");
  } else {
    message.keep_alive(false);
  }
  if (!request.body.empty()) message.set(http::field::content_type, "application/json");
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

}  // namespace

HttpExchange::HttpExchange(const asio::any_io_executor& executor, std::string socket_path,
                           HttpRequest request)
    : socket_path_(std::move(socket_path)), request_(std::move(request)), stream_(executor) {
  // Bodies are bounded where they are collected; an endless stream has no bound.
  parser_.body_limit(boost::none);
}

void HttpExchange::expire_after(std::chrono::seconds limit) {
  limit_ = limit;
  stream_.expires_after(limit);
}

std::unexpected<Error> HttpExchange::broken(const error_code& error) const {
  if (error == beast::error::timeout) {
    return failure(
        Errc::timeout, request_.attempt,
        fmt::format("no answer from the engine at {} within {} s", socket_path_, limit_.count()));
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error == asio::error::eof || error == asio::error::connection_reset ||
      error == asio::error::broken_pipe || error == asio::error::not_connected) {
    return failure(
        Errc::unreachable, request_.attempt,
        fmt::format("the engine at {} closed the connection before the end of its answer",
                    socket_path_));
  }
  if (error.category() == make_error_code(http::error::bad_version).category()) {
    return failure(
        Errc::failed, request_.attempt,
        fmt::format("the answer from {} is not HTTP: {}", socket_path_, error.message()));
  }
  return std::unexpected(Error{system_error({}, error.value()).code, request_.attempt,
                               fmt::format("talk to {}: {}", socket_path_, error.message())});
}

awaitable<Result<void>> HttpExchange::connect() {
  if (socket_path_.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return failure(Errc::invalid, request_.attempt,
                      "connect to " + socket_path_ + ": the path is too long for a socket");
  }
  const asio::local::stream_protocol::endpoint endpoint(socket_path_);
  const auto deadline = std::chrono::steady_clock::now() + connect_limit;
  asio::steady_timer pause(stream_.get_executor());
  for (;;) {
    error_code error;
    expire_after(connect_limit);
    co_await stream_.async_connect(endpoint, redirect_error(use_awaitable, error));
    if (error == beast::error::timeout) co_return broken(error);
    if (error) co_return std::unexpected(connect_error(request_.attempt, socket_path_, error));
    // connect(2) on a Unix socket whose backlog is full says EAGAIN, which Asio takes for a
    // connection on its way and then for an established one. It is neither, and has to be tried
    // again.
    stream_.socket().remote_endpoint(error);
    if (!error) co_return Result<void>{};
    if (std::chrono::steady_clock::now() >= deadline) co_return broken(beast::error::timeout);
    stream_.close();
    pause.expires_after(std::chrono::milliseconds{50});
    co_await pause.async_wait(use_awaitable);
  }
}

awaitable<Result<void>> HttpExchange::open(bool upgrade) {
  auto connected = co_await connect();
  if (!connected) co_return connected;
  expire_after(request_.timeout);
  error_code error;
  auto message = message_for(request_, upgrade);
  co_await http::async_write(stream_, message, redirect_error(use_awaitable, error));
  if (error) co_return broken(error);
  co_await http::async_read_header(stream_, buffer_, parser_, redirect_error(use_awaitable, error));
  if (error) co_return broken(error);
  co_return Result<void>{};
}

awaitable<Result<std::string_view>> HttpExchange::part() {
  auto& body = parser_.get().body();
  while (!parser_.is_done()) {
    body.data = part_.data();
    body.size = part_.size();
    error_code error;
    co_await http::async_read_some(stream_, buffer_, parser_, redirect_error(use_awaitable, error));
    const std::size_t length = part_.size() - body.size;
    if (error == http::error::need_buffer) error = {};  // part_ is full
    if (error && length == 0) co_return broken(error);
    if (length > 0) co_return std::string_view(part_.data(), length);
  }
  co_return std::string_view{};
}

awaitable<Result<std::string>> HttpExchange::rest(std::size_t longest) {
  std::string body;
  for (;;) {
    const auto piece = co_await part();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return body;
    if (body.size() + piece->size() > longest) {
      co_return failure(Errc::failed, request_.attempt,
                        fmt::format("the answer is longer than {} bytes", longest));
    }
    body += *piece;
  }
}

awaitable<Error> HttpExchange::refusal() {
  constexpr std::size_t longest_message = 65536;
  const auto body = co_await rest(longest_message);
  if (!body) co_return body.error();
  std::string message = message_of(*body);
  if (message.empty()) message = fmt::format("the engine answered with status {}", status());
  co_return Error{code_of(status()), request_.attempt, std::move(message)};
}

UpgradedConnection HttpExchange::release() {
  const auto data = buffer_.data();
  std::string early(static_cast<const char*>(data.data()), data.size());
  return {stream_.release_socket(), std::move(early)};
}

}  // namespace linkfab::containers
