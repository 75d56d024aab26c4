// One request and its answer on one connection, read piece by piece. Only http_client.cpp includes
// it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "containers/http_client.hpp"
#include "core/result.hpp"

namespace linkfab::containers {

class HttpExchange {
 public:
  HttpExchange(const boost::asio::any_io_executor& executor, std::string socket_path,
               HttpRequest request);

  // Done when the header of the answer is there, whatever its status.
  boost::asio::awaitable<Result<void>> open(bool upgrade);
  // The next piece of the body, valid until the next call; an empty one: the end.
  boost::asio::awaitable<Result<std::string_view>> part();
  // The rest of the body, `longest` bytes at most.
  boost::asio::awaitable<Result<std::string>> rest(std::size_t longest);
  // The Error that a status of 400 and more is.
  boost::asio::awaitable<Error> refusal();

  void expire_after(std::chrono::seconds limit);
  void expire_never() { stream_.expires_never(); }
  [[nodiscard]] unsigned status() const { return parser_.get().result_int(); }
  [[nodiscard]] UpgradedConnection release();

 private:
  boost::asio::awaitable<Result<void>> connect();
  [[nodiscard]] std::unexpected<Error> broken(const boost::system::error_code& error) const;

  std::string socket_path_;
  HttpRequest request_;
  std::chrono::seconds limit_{};
  boost::beast::basic_stream<boost::asio::local::stream_protocol> stream_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response_parser<boost::beast::http::buffer_body> parser_;
  std::array<char, 16384> part_{};
};

}  // namespace linkfab::containers
