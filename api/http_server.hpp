// An HTTP/1.1 server for a few local clients, on TCP or on a Unix socket: it reads requests, gives
// each to a handler and writes what that returns. It knows no paths and no methods; of HEAD it
// sends no body. An answer may go on for as long as it likes, in chunks or as a WebSocket (RFC
// 6455).
//
// Requests of one connection are answered one after another. A client that is slow, sends a header
// that is too long or is one too many loses its connection; others go on. Everything runs on the
// executor given: a handler that computes for long holds up whoever shares it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  std::map<std::string, std::string> headers;  // by name in lower case; of several the last
  bool websocket = false;                      // it asks to become one
  std::optional<std::uint32_t> user;           // who has the other end of a Unix socket
  std::uint16_t port = 0;                      // of TCP, where it came in

  // Empty where it was not sent.
  [[nodiscard]] std::string header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? "" : found->second;
  }
};

// Where an answer that goes on is written.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  HttpSink() = default;
  HttpSink(const HttpSink&) = delete;
  HttpSink& operator=(const HttpSink&) = delete;
  // Done once it is on its way: one chunk, or one message of a WebSocket. False: the client has
  // gone, or has not taken it in time.
  virtual boost::asio::awaitable<bool> send(std::string text) = 0;
  // Has the client hung up? For whoever has nothing to send for long; may say no too long.
  [[nodiscard]] virtual bool gone() { return false; }
};
using HttpStream = std::function<boost::asio::awaitable<void>(HttpSink& sink)>;

// A WebSocket on which both sides speak. One send() and one receive() may go on at the same time.
class HttpSocket : public HttpSink {
 public:
  struct Message {
    std::string data;
    bool binary = false;
  };
  // As send(), in a binary message.
  virtual boost::asio::awaitable<bool> send_binary(std::string octets) = 0;
  // nullopt: the client has gone or has closed it. As long as nobody receives, what the client
  // sends waits in its system.
  virtual boost::asio::awaitable<std::optional<Message>> receive() = 0;
  // Says goodbye; a receive() ends with it.
  virtual boost::asio::awaitable<void> close() = 0;
};
using HttpConversation = std::function<boost::asio::awaitable<void>(HttpSocket& socket)>;

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow;  // the methods that would be right; sent where it is not empty
  std::vector<std::pair<std::string, std::string>> headers = {};  // others
  HttpStream stream = {};              // instead of a body; the connection ends with it
  std::string subprotocol = {};        // of a request that asks for a WebSocket: the stream is one
  HttpConversation conversation = {};  // the same, where the client speaks too
};

// What it throws becomes a status of 500.
using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest request)>;
// The answer to what is no request for a handler: 400, 413, 431, and 500.
using HttpRefusal = std::function<HttpResponse(unsigned status, const std::string& detail)>;
[[nodiscard]] HttpResponse plain_refusal(unsigned status, const std::string& detail);

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
                                   HttpLimits limits = {}, HttpRefusal refusal = plain_refusal);
  // On a Unix socket that its owner and group may use. One that is there already is replaced:
  // whoever calls this knows that nobody serves it.
  static Result<HttpServer> listen_local(const boost::asio::any_io_executor& executor,
                                         const std::string& path, HttpHandler handler,
                                         HttpLimits limits = {},
                                         HttpRefusal refusal = plain_refusal);
  ~HttpServer();  // closes what it has open
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  [[nodiscard]] std::uint16_t port() const;  // of TCP

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::api
