#include "ovsdb/stream.hpp"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

// What Unix and TCP sockets have in common.
template <class Socket>
class SocketStream : public Stream, public std::enable_shared_from_this<SocketStream<Socket>> {
 public:
  SocketStream(asio::any_io_executor executor, Remote remote)
      : socket_(std::move(executor)), remote_(std::move(remote)) {}

  asio::awaitable<Result<std::size_t>> read_some(std::span<char> room) override {
    error_code code;
    const std::size_t count = co_await socket_.async_read_some(
        asio::buffer(room.data(), room.size()), asio::redirect_error(asio::use_awaitable, code));
    if (code) co_return std::unexpected(stream_error("read from " + remote_.host, code));
    co_return count;
  }

  void write(std::string_view bytes, Stream::Written written) override {
    asio::async_write(socket_, asio::buffer(bytes),
                      [self = this->shared_from_this(), written = std::move(written)](
                          error_code code, std::size_t) { written(code); });
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 protected:
  Socket socket_;
  Remote remote_;
};

class UnixStream final : public SocketStream<stream_protocol::socket> {
 public:
  using SocketStream::SocketStream;

  asio::awaitable<Result<void>> open() override {
    error_code code;
    co_await socket_.async_connect(stream_protocol::endpoint(remote_.host),
                                   asio::redirect_error(asio::use_awaitable, code));
    if (code) co_return std::unexpected(stream_error("connect to unix:" + remote_.host, code));
    co_return Result<void>{};
  }
};

class TcpStream final : public SocketStream<tcp::socket> {
 public:
  TcpStream(const asio::any_io_executor& executor, Remote remote)
      : SocketStream(executor, std::move(remote)), resolver_(executor) {}

  asio::awaitable<Result<void>> open() override {
    const error_code code = co_await connect_tcp(socket_, resolver_, remote_);
    if (code)
      co_return std::unexpected(
          stream_error("connect to tcp:" + remote_.host + ":" + remote_.port, code));
    co_return Result<void>{};
  }

  void close() override {
    resolver_.cancel();
    SocketStream::close();
  }

 private:
  tcp::resolver resolver_;
};

}  // namespace

std::shared_ptr<Stream> make_stream(asio::any_io_executor executor, Remote remote) {
  if (remote.kind == Remote::Kind::unix_socket)
    return std::make_shared<UnixStream>(std::move(executor), std::move(remote));
  return std::make_shared<TcpStream>(executor, std::move(remote));
}

asio::awaitable<error_code> connect_tcp(tcp::socket& socket, tcp::resolver& resolver,
                                        const Remote& remote) {
  error_code code;
  const auto address = asio::ip::make_address(remote.host, code);
  if (!code) {
    const auto port = static_cast<std::uint16_t>(std::stoul(remote.port));
    co_await socket.async_connect(tcp::endpoint(address, port),
                                  asio::redirect_error(asio::use_awaitable, code));
  } else {
    const auto found = co_await resolver.async_resolve(
        remote.host, remote.port, asio::redirect_error(asio::use_awaitable, code));
    if (code) co_return code;
    co_await asio::async_connect(socket, found, asio::redirect_error(asio::use_awaitable, code));
  }
  // Requests are small and waited for: Nagle's algorithm would hold every second one back.
  if (!code) socket.set_option(tcp::no_delay(true), code);
  co_return code;
}

Error stream_error(std::string attempt, error_code code) {
  if (code == asio::error::eof)
    return {Errc::unreachable, std::move(attempt), "the server closed the connection"};
  return {Errc::unreachable, std::move(attempt), code.message()};
}

}  // namespace linkfab::ovsdb
