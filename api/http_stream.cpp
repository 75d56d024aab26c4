#include "api/http_stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace linkfab::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using std::chrono::milliseconds;

class ChunkSink : public HttpSink {
 public:
  ChunkSink(HttpConnection& connection, milliseconds limit)
      : connection_(connection), limit_(limit) {}

  awaitable<bool> send(std::string text) override {
    error_code error;
    connection_.expires_after(limit_);
    co_await asio::async_write(connection_, http::make_chunk(asio::buffer(text)),
                               redirect_error(use_awaitable, error));
    co_return !error;
  }

  bool gone() override {
    char ignored = 0;
    const auto got =
        ::recv(connection_.socket().native_handle(), &ignored, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  }

 private:
  HttpConnection& connection_;
  milliseconds limit_;
};

using WebSocket = websocket::stream<HttpConnection&>;

// Whatever has not been written after so long is a reason to hang up.
awaitable<bool> write_message(WebSocket& socket, const std::string& data, bool binary,
                              milliseconds limit) {
  error_code error;
  asio::steady_timer timer(socket.get_executor(), limit);
  timer.async_wait([&socket](const error_code& stopped) {
    error_code ignored;
    if (!stopped) (void)socket.next_layer().socket().close(ignored);
  });
  socket.binary(binary);
  co_await socket.async_write(asio::buffer(data), redirect_error(use_awaitable, error));
  co_return !error;
}

class MessageSink : public HttpSink {
 public:
  MessageSink(WebSocket& socket, milliseconds limit) : socket_(socket), limit_(limit) {}

  awaitable<bool> send(std::string text) override {
    co_return co_await write_message(socket_, text, false, limit_);
  }

 private:
  WebSocket& socket_;
  milliseconds limit_;
};

class MessageSocket : public HttpSocket {
 public:
  MessageSocket(WebSocket& socket, milliseconds limit) : socket_(socket), limit_(limit) {}

  awaitable<bool> send(std::string text) override {
    co_return co_await write_message(socket_, text, false, limit_);
  }
  awaitable<bool> send_binary(std::string octets) override {
    co_return co_await write_message(socket_, octets, true, limit_);
  }
  awaitable<std::optional<Message>> receive() override {
    beast::flat_buffer buffer;
    error_code error;
    co_await socket_.async_read(buffer, redirect_error(use_awaitable, error));
    if (error) co_return std::nullopt;
    co_return Message{.data = beast::buffers_to_string(buffer.data()),
                      .binary = socket_.got_binary()};
  }
  awaitable<void> close() override {
    error_code ignored;
    if (socket_.is_open())
      co_await socket_.async_close(websocket::close_code::normal,
                                   redirect_error(use_awaitable, ignored));
    (void)socket_.next_layer().socket().close(ignored);
  }

 private:
  WebSocket& socket_;
  milliseconds limit_;
};

// Becomes a WebSocket. False: the client has gone.
awaitable<bool> accept(WebSocket& socket, const HttpMessage& request, const HttpResponse& response,
                       milliseconds limit, std::size_t longest_message) {
  socket.set_option(websocket::stream_base::timeout{
      .handshake_timeout = limit, .idle_timeout = limit, .keep_alive_pings = true});
  socket.set_option(websocket::stream_base::decorator([&](websocket::response_type& head) {
    head.set(http::field::server, "linkfabd");
    head.set(http::field::sec_websocket_protocol, response.subprotocol);
  }));
  socket.read_message_max(longest_message);
  error_code error;
  co_await socket.async_accept(request, redirect_error(use_awaitable, error));
  co_return !error;
}

// Answers pings and a close until the connection ends; what the client sends is of no interest.
awaitable<void> discard(WebSocket& socket, asio::steady_timer& ended) {
  beast::flat_buffer buffer;
  error_code error;
  while (!error) {
    co_await socket.async_read(buffer, redirect_error(use_awaitable, error));
    buffer.clear();
  }
  (void)socket.next_layer().socket().close(error);
  ended.cancel();
}

}  // namespace

awaitable<void> stream_chunks(HttpConnection& connection, const HttpResponse& response,
                              milliseconds limit) {
  http::response<http::empty_body> head(static_cast<http::status>(response.status), 11);
  head.set(http::field::server, "linkfabd");
  head.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) head.set(name, value);
  head.keep_alive(false);
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer(head);
  error_code error;
  connection.expires_after(limit);
  co_await http::async_write_header(connection, serializer, redirect_error(use_awaitable, error));
  if (error) co_return;
  ChunkSink sink(connection, limit);
  co_await response.stream(sink);
  co_await asio::async_write(connection, http::make_chunk_last(),
                             redirect_error(use_awaitable, error));
}

awaitable<void> stream_messages(HttpConnection& connection, const HttpMessage& request,
                                const HttpResponse& response, milliseconds limit) {
  constexpr std::size_t longest_message = 4096;
  connection.expires_never();
  WebSocket socket(connection);
  if (!co_await accept(socket, request, response, limit, longest_message)) co_return;
  asio::steady_timer ended(socket.get_executor(), asio::steady_timer::time_point::max());
  asio::co_spawn(socket.get_executor(), discard(socket, ended), asio::detached);
  bool reading = true;
  ended.async_wait([&](const error_code&) { reading = false; });
  MessageSink sink(socket, limit);
  co_await response.stream(sink);
  error_code error;
  (void)connection.socket().close(error);
  if (reading) {
    asio::steady_timer pause(socket.get_executor());
    while (reading) {
      pause.expires_after(milliseconds{1});
      co_await pause.async_wait(redirect_error(use_awaitable, error));
    }
  }
}

awaitable<void> hold_conversation(HttpConnection& connection, const HttpMessage& request,
                                  const HttpResponse& response, milliseconds limit) {
  constexpr std::size_t longest_message = 65536;
  connection.expires_never();
  WebSocket socket(connection);
  if (!co_await accept(socket, request, response, limit, longest_message)) co_return;
  MessageSocket both(socket, limit);
  co_await response.conversation(both);
}

}  // namespace linkfab::api
