// An HTTP/1.1 server for a few local clients: it reads requests, gives each to a handler and writes
// what that returns. It knows no paths and no methods; of HEAD it sends no body.
//
// Requests of one connection are answered one after another. A client that is slow, sends a header
// that is too long or is one too many loses its connection; others go on. Everything runs on the
// executor given: a handler that computes for long holds up whoever shares it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "api/listen_address.hpp"
#include "core/result.hpp"

namespace linkfab::api {

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // "/metrics", as it was sent
  std::string query;   // what follows the '?'
  std::string body;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow;  // the methods that would be right; sent where it is not empty
};

// What it throws becomes a status of 500.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest request)>;

struct HttpLimits {
  std::uint32_t header = 8192;  // bytes; beyond is 431
  std::uint64_t body = 65536;   // bytes; beyond is 413
  std::size_t connections = 32;
  std::chrono::milliseconds request{10'000};   // for a whole request to come, and between two
  std::chrono::milliseconds response{30'000};  // for it to be taken
};

class HttpServer {
 public:
  // Listens from now on and answers from start() on. Errc::exists where the port is taken, with
  // the address in the attempt.
  static Result<HttpServer> listen(const boost::asio::any_io_executor& executor,
                                   const ListenAddress& address, HttpHandler handler,
                                   HttpLimits limits = {});
  ~HttpServer();  // closes what it has open
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::api
