// An HTTP server on a Unix socket that says what a test tells it to, for the failures that a real
// engine does not produce on demand.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

class ScriptedPeer {
 public:
  using Protocol = boost::asio::local::stream_protocol;

  // Every connection gets the next of `answers` once its request's header has come, and is closed;
  // one beyond them is never answered and stays open.
  ScriptedPeer(boost::asio::io_context& context, std::deque<std::string> answers)
      : acceptor_(context, Protocol::endpoint(path())), answers_(std::move(answers)) {
    boost::asio::co_spawn(context, serve(), boost::asio::detached);
  }

  [[nodiscard]] std::string path() const { return directory_ / "engine.sock"; }
  // The first line of every request so far.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

 private:
  boost::asio::awaitable<void> serve() {
    boost::system::error_code error;
    const auto token = [&] {
      return boost::asio::redirect_error(boost::asio::use_awaitable, error);
    };
    for (;;) {
      auto peer = co_await acceptor_.async_accept(token());
      if (error) co_return;
      std::string request;
      co_await boost::asio::async_read_until(peer, boost::asio::dynamic_buffer(request), "\r\n\r\n",
                                             token());
      requests_.push_back(request.substr(0, request.find('\r')));
      if (answers_.empty()) {
        open_.push_back(std::move(peer));
        continue;
      }
      co_await boost::asio::async_write(peer, boost::asio::buffer(answers_.front()), token());
      answers_.pop_front();
    }
  }

  TempDir directory_;
  Protocol::acceptor acceptor_;
  std::deque<std::string> answers_;
  std::vector<std::string> requests_;
  std::vector<Protocol::socket> open_;
};

}  // namespace linkfab::test
