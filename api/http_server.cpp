#include "api/http_server.hpp"

#include <cerrno>
#include <exception>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "core/log.hpp"

namespace linkfab::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(const asio::any_io_executor& executor, HttpHandler its_handler, HttpLimits its_limits)
      : acceptor(executor), handler(std::move(its_handler)), limits(its_limits) {}

  awaitable<void> accept();
  awaitable<void> serve(tcp::socket socket);
  awaitable<bool> exchange(beast::tcp_stream& stream, beast::flat_buffer& buffer);
  awaitable<HttpResponse> answer(HttpRequest request) const;
  awaitable<bool> respond(beast::tcp_stream& stream, const HttpResponse& answered, bool head,
                          bool keep_alive) const;
  void close();

  tcp::acceptor acceptor;
  HttpHandler handler;
  HttpLimits limits;
  std::set<beast::tcp_stream*> open;
  bool closed = false;
};

namespace {

HttpResponse refusal(const error_code& error) {
  if (error == http::error::header_limit)
    return {.status = 431, .body = "the header is too long\n", .allow = ""};
  if (error == http::error::body_limit)
    return {.status = 413, .body = "the body is too long\n", .allow = ""};
  return {.status = 400, .body = "this is not HTTP: " + error.message() + "\n", .allow = ""};
}

// The client has gone or was too slow: there is nobody to be answered.
bool silent(const error_code& error) {
  return error == http::error::end_of_stream || error == http::error::partial_message ||
         error.category() != make_error_code(http::error::bad_method).category();
}

HttpRequest request_of(http::request<http::string_body>&& message) {
  const std::string target(message.target());
  const auto mark = target.find('?');
  return {.method = std::string(message.method_string()),
          .path = target.substr(0, mark),
          .query = mark == std::string::npos ? "" : target.substr(mark + 1),
          .body = std::move(message.body())};
}

}  // namespace

awaitable<void> HttpServer::State::accept() {
  const auto self = shared_from_this();
  while (!closed) {
    error_code error;
    auto socket = co_await acceptor.async_accept(redirect_error(use_awaitable, error));
    if (closed) co_return;
    if (error) {  // no descriptor is free, for example: not for ever
      log::repeated("HTTP server", "accept a connection: " + error.message());
      asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds{100});
      co_await pause.async_wait(redirect_error(use_awaitable, error));
      continue;
    }
    log::ended("HTTP server");
    if (open.size() < limits.connections)
      asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

awaitable<void> HttpServer::State::serve(tcp::socket socket) {
  const auto self = shared_from_this();
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  open.insert(&stream);
  while (!closed && co_await exchange(stream, buffer)) {
  }
  open.erase(&stream);
  error_code ignored;
  (void)stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

// One request and its response. False: it was the last one.
awaitable<bool> HttpServer::State::exchange(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(limits.header);
  parser.body_limit(limits.body);
  error_code error;
  stream.expires_after(limits.request);
  co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, error));
  if (error && (closed || silent(error))) co_return false;
  if (error) {
    co_await respond(stream, refusal(error), false, false);
    co_return false;
  }
  const bool keep_alive = parser.get().keep_alive();
  const bool head = parser.get().method() == http::verb::head;
  const auto answered = co_await answer(request_of(parser.release()));
  co_return co_await respond(stream, answered, head, keep_alive) && keep_alive;
}

awaitable<HttpResponse> HttpServer::State::answer(HttpRequest request) const {
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception& error) {
    log::error(std::string("answer an HTTP request: ") + error.what());
  }
  co_return HttpResponse{.status = 500, .body = "failed; see the log of linkfabd\n", .allow = ""};
}

awaitable<bool> HttpServer::State::respond(beast::tcp_stream& stream, const HttpResponse& answered,
                                           bool head, bool keep_alive) const {
  http::response<http::string_body> message(static_cast<http::status>(answered.status), 11);
  message.set(http::field::server, "linkfabd");
  message.set(http::field::content_type, answered.content_type);
  if (!answered.allow.empty()) message.set(http::field::allow, answered.allow);
  message.keep_alive(keep_alive);
  message.content_length(answered.body.size());
  if (!head) message.body() = answered.body;
  error_code error;
  stream.expires_after(limits.response);
  http::response_serializer<http::string_body> serializer(message);
  if (head)
    co_await http::async_write_header(stream, serializer, redirect_error(use_awaitable, error));
  else
    co_await http::async_write(stream, serializer, redirect_error(use_awaitable, error));
  co_return !error;
}

void HttpServer::State::close() {
  closed = true;
  error_code ignored;
  (void)acceptor.close(ignored);
  for (auto* stream : open) (void)stream->socket().close(ignored);
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() {
  if (state_) state_->close();
}

Result<HttpServer> HttpServer::listen(const asio::any_io_executor& executor,
                                      const ListenAddress& address, HttpHandler handler,
                                      HttpLimits limits) {
  auto state = std::make_shared<State>(executor, std::move(handler), limits);
  error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  const tcp::endpoint endpoint(host, address.port);
  if (!error) (void)state->acceptor.open(endpoint.protocol(), error);
  if (!error) (void)state->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) (void)state->acceptor.bind(endpoint, error);
  if (!error) (void)state->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) return HttpServer(std::move(state));
  const auto attempt = "listen on " + format(address);
  if (error.value() == EADDRINUSE)
    return failure(Errc::exists, attempt, "another program listens there; choose another port");
  if (error.value() == EADDRNOTAVAIL)
    return failure(Errc::not_found, attempt, "this host has no such address");
  return std::unexpected(system_error(attempt, error.value()));
}

void HttpServer::start() {
  asio::co_spawn(state_->acceptor.get_executor(), state_->accept(), asio::detached);
}

std::uint16_t HttpServer::port() const {
  error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

}  // namespace linkfab::api
