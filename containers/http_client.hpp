// HTTP/1.1 over a Unix socket: what the API of a container engine needs of it, and no more.
//
// Every request has a connection of its own, closed after the answer. An Error's attempt is the
// caller's own words for the request, its cause the engine's message or the step that failed. A
// status of 400 and more is an error: 400 invalid, 401 and 403 denied, 404 not_found, 409 conflict,
// the others failed.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "core/result.hpp"

namespace linkfab::containers {

struct HttpRequest {
  std::string attempt;  // "start container r1"
  std::string method = "GET";
  std::string target;
  std::string body;  // JSON; empty: none
  std::chrono::seconds timeout{
      120};  // for the whole answer, or up to the first byte of a streamed one
};

struct HttpAnswer {
  unsigned status = 0;
  std::string body;  // 64 MiB at most
};

// A connection that has ceased to be HTTP, and what already came through it.
struct UpgradedConnection {
  boost::asio::local::stream_protocol::socket socket;
  std::string early;
};

class HttpClient {
 public:
  HttpClient(boost::asio::any_io_executor executor, std::string socket_path)
      : executor_(std::move(executor)), socket_path_(std::move(socket_path)) {}

  boost::asio::awaitable<Result<HttpAnswer>> exchange(HttpRequest request);

  // An answer without a foreseeable end. `accepted` is called after its header, `part` with every
  // piece of its body; the first error of `part` ends it. `quiet` bounds the time between two
  // pieces.
  struct Listener {
    std::function<void()> accepted;
    std::function<Result<void>(std::string_view)> part;
    std::optional<std::chrono::seconds> quiet;
  };
  boost::asio::awaitable<Result<void>> stream(HttpRequest request, Listener listener);

  // Asks the engine to make the connection a plain one ("Upgrade: tcp").
  boost::asio::awaitable<Result<UpgradedConnection>> upgrade(HttpRequest request);

  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }

 private:
  boost::asio::any_io_executor executor_;
  std::string socket_path_;
};

// For one segment of a path, or a value of a query.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace linkfab::containers
