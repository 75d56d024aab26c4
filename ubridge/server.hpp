// The TCP control server of the hypervisor.
//
// Any number of connections, all over the same bridges; commands run one at a time, those of one
// connection in order, and none waits for another's slow reader. A connection that ends frees
// nothing. Nothing a client sends can stop the others: lines have a bound, a reply that is not
// taken holds up only who does not take it.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/result.hpp"
#include "ubridge/hypervisor.hpp"
#include "ubridge/options.hpp"

namespace linkfab::ubridge {

class Server {
 public:
  // The hypervisor outlives the server.
  Server(boost::asio::any_io_executor executor, Hypervisor& hypervisor);

  // Called when a client has asked to stop, its reply sent.
  std::function<void()> on_stop;

  // Listens on every address that the host stands for. An error where there is none.
  Result<void> listen(const ControlAddress& address);

  // No connection any more: those there are close, their commands are not finished.
  void close_control();
  void close_clients();

  // Where it listens; 0 where it does not.
  [[nodiscard]] int port() const;

 private:
  using Socket = boost::asio::ip::tcp::socket;
  using Acceptor = boost::asio::ip::tcp::acceptor;

  bool open(const boost::asio::ip::tcp::endpoint& endpoint);
  boost::asio::awaitable<void> accept(std::shared_ptr<Acceptor> acceptor);
  boost::asio::awaitable<void> serve(std::shared_ptr<Socket> socket);
  boost::asio::awaitable<bool> answer(Socket& socket, LineFramer& lines);

  boost::asio::any_io_executor executor_;
  Hypervisor& hypervisor_;
  // Shared with the coroutines that wait on them.
  std::list<std::shared_ptr<Acceptor>> acceptors_;
  std::list<std::shared_ptr<Socket>> clients_;
};

}  // namespace linkfab::ubridge
