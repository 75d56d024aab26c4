#include "api/http_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <exception>
#include <optional>
#include <set>
#include <unistd.h>
#include <utility>
#include <variant>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "api/http_status.hpp"
#include "api/http_stream.hpp"
#include "core/log.hpp"

namespace linkfab::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using generic = asio::generic::stream_protocol;
using local = asio::local::stream_protocol;
using boost::system::error_code;

// Either kind of acceptor, and what they have in common.
using Acceptor = std::variant<tcp::acceptor, local::acceptor>;

namespace {

// 0: it is none of TCP.
std::uint16_t port_of(const Acceptor& acceptor) {
  const auto* listener = std::get_if<tcp::acceptor>(&acceptor);
  error_code ignored;
  return listener == nullptr ? std::uint16_t{0} : listener->local_endpoint(ignored).port();
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<State> {
  State(Acceptor its_acceptor, HttpHandler its_handler, HttpLimits its_limits,
        HttpRefusal its_refusal)
      : acceptor(std::move(its_acceptor)),
        port(port_of(acceptor)),
        handler(std::move(its_handler)),
        limits(its_limits),
        refusal(std::move(its_refusal)) {}

  template <class Listener>
  awaitable<void> accept(Listener& listener);
  awaitable<void> serve(generic::socket socket, std::optional<std::uint32_t> user);
  awaitable<bool> exchange(HttpConnection& stream, beast::flat_buffer& buffer,
                           std::optional<std::uint32_t> user);
  awaitable<HttpResponse> answer(HttpRequest request) const;
  awaitable<bool> respond(HttpConnection& stream, const HttpResponse& answered, bool head,
                          bool keep_alive) const;
  void close();

  Acceptor acceptor;
  std::uint16_t port;  // the one that it was given, where it asked for any
  HttpHandler handler;
  HttpLimits limits;
  HttpRefusal refusal;
  std::string path;  // of a Unix socket
  std::set<HttpConnection*> open;
  bool closed = false;
};

namespace {

HttpResponse refuse(const HttpRefusal& refusal, const error_code& error) {
  if (error == http::error::header_limit)
    return refusal(status::header_too_long, "the header is too long");
  if (error == http::error::body_limit)
    return refusal(status::body_too_long, "the body is too long");
  return refusal(status::bad_request, "this is not HTTP: " + error.message());
}

// The client has gone or was too slow: there is nobody to be answered.
bool silent(const error_code& error) {
  return error == http::error::end_of_stream || error == http::error::partial_message ||
         error.category() != make_error_code(http::error::bad_method).category();
}

HttpRequest request_of(HttpMessage& message, std::optional<std::uint32_t> user,
                       std::uint16_t port) {
  const std::string target(message.target());
  const auto mark = target.find('?');
  HttpRequest request{.method = std::string(message.method_string()),
                      .path = target.substr(0, mark),
                      .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                      .body = std::move(message.body()),
                      .headers = {},
                      .websocket = beast::websocket::is_upgrade(message),
                      .user = user,
                      .port = port};
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[name] = std::string(field.value());
  }
  return request;
}

std::optional<std::uint32_t> user_of(const tcp::socket&) {
  return std::nullopt;
}

std::optional<std::uint32_t> user_of(local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return std::nullopt;
  return peer.uid;
}

}  // namespace

namespace {

// A client that still sends what was refused would lose the answer if the connection were closed
// before it has seen it.
awaitable<void> drain(HttpConnection& stream) {
  constexpr std::size_t most = std::size_t{16} << 20;
  constexpr std::chrono::seconds limit{2};
  error_code error;
  (void)stream.socket().shutdown(generic::socket::shutdown_send, error);
  std::array<char, 16384> ignored{};
  stream.expires_after(limit);
  for (std::size_t size = 0; !error && size < most;)
    size += co_await stream.async_read_some(asio::buffer(ignored),
                                            redirect_error(use_awaitable, error));
}

}  // namespace

template <class Listener>
awaitable<void> HttpServer::State::accept(Listener& listener) {
  const auto self = shared_from_this();
  while (!closed) {
    error_code error;
    auto socket = co_await listener.async_accept(redirect_error(use_awaitable, error));
    if (closed) co_return;
    if (error) {  // no descriptor is free, for example: not for ever
      log::repeated("HTTP server", "accept a connection: " + error.message());
      asio::steady_timer pause(listener.get_executor(), std::chrono::milliseconds{100});
      co_await pause.async_wait(redirect_error(use_awaitable, error));
      continue;
    }
    log::ended("HTTP server");
    if (open.size() >= limits.connections) continue;
    const auto user = user_of(socket);
    asio::co_spawn(listener.get_executor(), serve(generic::socket(std::move(socket)), user),
                   asio::detached);
  }
}

awaitable<void> HttpServer::State::serve(generic::socket socket,
                                         std::optional<std::uint32_t> user) {
  const auto self = shared_from_this();
  HttpConnection stream(std::move(socket));
  beast::flat_buffer buffer;
  open.insert(&stream);
  while (!closed && co_await exchange(stream, buffer, user)) {
  }
  open.erase(&stream);
  error_code ignored;
  (void)stream.socket().shutdown(generic::socket::shutdown_send, ignored);
}

// One request and its response. False: it was the last one.
awaitable<bool> HttpServer::State::exchange(HttpConnection& stream, beast::flat_buffer& buffer,
                                            std::optional<std::uint32_t> user) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(limits.header);
  parser.body_limit(limits.body);
  error_code error;
  stream.expires_after(limits.request);
  co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, error));
  if (error && (closed || silent(error))) co_return false;
  if (error) {
    if (co_await respond(stream, refuse(refusal, error), false, false)) co_await drain(stream);
    co_return false;
  }
  auto& message = parser.get();
  const bool keep_alive = message.keep_alive();
  const bool head = message.method() == http::verb::head;
  stream.expires_never();  // a handler may wait for long
  const auto answered = co_await answer(request_of(message, user, port));
  if (closed) co_return false;
  if (head || (!answered.stream && !answered.conversation))
    co_return co_await respond(stream, answered, head, keep_alive) && keep_alive;
  if (answered.conversation)
    co_await hold_conversation(stream, message, answered, limits.response);
  else if (answered.subprotocol.empty())
    co_await stream_chunks(stream, answered, limits.response);
  else
    co_await stream_messages(stream, message, answered, limits.response);
  co_return false;
}

awaitable<HttpResponse> HttpServer::State::answer(HttpRequest request) const {
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception& error) {
    log::error(std::string("answer an HTTP request: ") + error.what());
  }
  co_return refusal(status::internal_error, "failed; see the log of linkfabd");
}

awaitable<bool> HttpServer::State::respond(HttpConnection& stream, const HttpResponse& answered,
                                           bool head, bool keep_alive) const {
  http::response<http::string_body> message(static_cast<http::status>(answered.status), 11);
  message.set(http::field::server, "linkfabd");
  if (!answered.content_type.empty()) message.set(http::field::content_type, answered.content_type);
  if (!answered.allow.empty()) message.set(http::field::allow, answered.allow);
  for (const auto& [name, value] : answered.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  if (answered.status != status::no_content && answered.status != status::not_modified)
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
  std::visit([&](auto& listener) { (void)listener.close(ignored); }, acceptor);
  if (!path.empty()) (void)::unlink(path.c_str());
  for (auto* stream : open) (void)stream->socket().close(ignored);
}

HttpResponse plain_refusal(unsigned status, const std::string& detail) {
  return {.status = status, .body = detail + "\n", .allow = ""};
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
// Only a variant without a value would make std::visit throw, and the listener always has one.
HttpServer::~HttpServer() {  // NOLINT(bugprone-exception-escape)
  if (state_) state_->close();
}

Result<HttpServer> HttpServer::listen(const asio::any_io_executor& executor,
                                      const ListenAddress& address, HttpHandler handler,
                                      HttpLimits limits, HttpRefusal refusal) {
  tcp::acceptor acceptor(executor);
  error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  const tcp::endpoint endpoint(host, address.port);
  if (!error) (void)acceptor.open(endpoint.protocol(), error);
  if (!error) (void)acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) (void)acceptor.bind(endpoint, error);
  if (!error) (void)acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error)
    return HttpServer(std::make_shared<State>(std::move(acceptor), std::move(handler), limits,
                                              std::move(refusal)));
  const auto attempt = "listen on " + format(address);
  if (error.value() == EADDRINUSE)
    return failure(Errc::exists, attempt, "another program listens there; choose another port");
  if (error.value() == EADDRNOTAVAIL)
    return failure(Errc::not_found, attempt, "this host has no such address");
  return std::unexpected(system_error(attempt, error.value()));
}

Result<HttpServer> HttpServer::listen_local(const asio::any_io_executor& executor,
                                            const std::string& path, HttpHandler handler,
                                            HttpLimits limits, HttpRefusal refusal) {
  const auto attempt = "listen on " + path;
  local::endpoint endpoint;
  if (path.size() >= sizeof sockaddr_un::sun_path)
    return failure(Errc::invalid, attempt, "the path is too long for a socket");
  endpoint.path(path);
  (void)::unlink(path.c_str());
  local::acceptor acceptor(executor);
  error_code error;
  (void)acceptor.open(endpoint.protocol(), error);
  // Never open to others, not even for a moment.
  const auto mask = ::umask(S_IXUSR | S_IXGRP | S_IRWXO);
  if (!error) (void)acceptor.bind(endpoint, error);
  ::umask(mask);
  if (!error) (void)acceptor.listen(local::acceptor::max_listen_connections, error);
  if (error) return std::unexpected(system_error(attempt, error.value()));
  auto state =
      std::make_shared<State>(std::move(acceptor), std::move(handler), limits, std::move(refusal));
  state->path = path;
  return HttpServer(std::move(state));
}

void HttpServer::start() {
  std::visit(
      [this](auto& listener) {
        asio::co_spawn(listener.get_executor(), state_->accept(listener), asio::detached);
      },
      state_->acceptor);
}

std::uint16_t HttpServer::port() const {
  return state_->port;
}

}  // namespace linkfab::api
