#include "ubridge/server.hpp"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace linkfab::ubridge {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Server::Server(asio::any_io_executor executor, Hypervisor& hypervisor)
    : executor_(std::move(executor)), hypervisor_(hypervisor) {}

Result<void> Server::listen(const ControlAddress& address) {
  constexpr int highest_port = 65535;
  const Error refused{Errc::failed, "Hypervisor", "unable to create TCP sockets."};
  if (address.port < 1 || address.port > highest_port) return std::unexpected(refused);
  error_code error;
  tcp::resolver resolver(executor_);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  for (const auto& entry : found) open(entry.endpoint());
  if (acceptors_.empty()) return std::unexpected(refused);
  for (const auto& acceptor : acceptors_)
    asio::co_spawn(executor_, accept(acceptor), asio::detached);
  return {};
}

bool Server::open(const tcp::endpoint& endpoint) {
  const auto acceptor = std::make_shared<Acceptor>(executor_);
  error_code error;
  error = acceptor->open(endpoint.protocol(), error);
  if (!error) error = acceptor->set_option(Acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6())
    error = acceptor->set_option(asio::ip::v6_only(true), error);
  if (!error) error = acceptor->bind(endpoint, error);
  if (!error) error = acceptor->listen(Acceptor::max_listen_connections, error);
  if (!error) acceptors_.push_back(acceptor);
  return !error;
}

int Server::port() const {
  if (acceptors_.empty()) return 0;
  error_code error;
  return acceptors_.front()->local_endpoint(error).port();
}

void Server::close_control() {
  error_code ignored;
  for (const auto& acceptor : acceptors_) ignored = acceptor->close(ignored);
  acceptors_.clear();
}

void Server::close_clients() {
  error_code ignored;
  for (const auto& client : clients_) ignored = client->close(ignored);
  clients_.clear();
}

asio::awaitable<void> Server::accept(std::shared_ptr<Acceptor> acceptor) {
  constexpr auto pause = std::chrono::milliseconds(100);
  while (acceptor->is_open()) {
    error_code error;
    auto socket = co_await acceptor->async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!acceptor->is_open()) co_return;
    if (error) {  // out of descriptors, as a rule: some will come back
      asio::steady_timer timer(executor_, pause);
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    const auto client = std::make_shared<Socket>(std::move(socket));
    clients_.push_back(client);
    asio::co_spawn(executor_, serve(client), asio::detached);
  }
}

asio::awaitable<void> Server::serve(std::shared_ptr<Socket> socket) {
  constexpr std::size_t chunk = 4096;  // it stays in memory, and commands are short
  error_code error;
  error = socket->set_option(tcp::no_delay(true), error);
  LineFramer lines;
  std::array<char, chunk> received{};
  while (socket->is_open()) {
    const auto count = co_await socket->async_read_some(
        asio::buffer(received), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    lines.append({received.data(), count});
    if (!co_await answer(*socket, lines)) break;
  }
  error = socket->close(error);
  clients_.remove(socket);
}

// Answers the whole lines there are. False where the connection ends.
asio::awaitable<bool> Server::answer(Socket& socket, LineFramer& lines) {
  while (socket.is_open()) {
    const auto line = lines.next();
    if (!line) co_return true;
    const Reply reply =
        *line ? hypervisor_.execute(**line) : refuse(Code::parse_error, format(line->error()));
    const std::string bytes = encode(reply);
    error_code error;
    co_await asio::async_write(socket, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    if (reply.after == After::stop && on_stop) on_stop();
    if (error || reply.after != After::nothing) co_return false;
    // Let the others have their turn, however many commands there are in one packet.
    co_await asio::post(executor_, asio::use_awaitable);
  }
  co_return false;
}

}  // namespace linkfab::ubridge
