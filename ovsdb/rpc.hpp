// One JSON-RPC conversation over one Stream, from its opening to its end (RFC 7047 §4).
//
// Everything that arrives is handled in the order of its arrival, within the same turn of the loop:
// what an update changed is known before the reply behind it is told. The server's echo requests
// are answered here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <json/value.h>

#include "core/result.hpp"
#include "ovsdb/json_stream.hpp"
#include "ovsdb/stream.hpp"

namespace linkfab::ovsdb {

class Rpc : public std::enable_shared_from_this<Rpc> {
 public:
  using Handler = std::function<void(Result<Json::Value>)>;
  struct Events {
    std::function<void()> opened;
    std::function<void()> received;  // any bytes
    std::function<void(const std::string& method, const Json::Value& params)> notified;
  };

  Rpc(std::shared_ptr<Stream> stream, Events events);

  // Opens the stream and reads it until it ends or close() is called; says why it ended.
  boost::asio::awaitable<Error> run();

  // `params` is JSON text. The handler is called exactly once, unless forgotten: with the result,
  // with the server's error, or with Errc::unreachable when the conversation ends first.
  std::uint64_t request(std::string_view method, std::string_view params, Handler handler);
  void forget(std::uint64_t id) { pending_.erase(id); }

  // Every open request fails with `reason`; what answers it after all is dropped.
  void abandon(const Error& reason);

  // Ends the conversation at once: every open request fails with `reason`, no event comes any more.
  void close(const Error& reason);

 private:
  struct Pending {
    std::string method;
    Handler handler;
  };

  void send(std::string_view text);
  void write_queue();
  [[nodiscard]] Result<void> handle_messages();
  [[nodiscard]] Result<void> handle(Json::Value& message);
  void handle_request(const Json::Value& message);
  void handle_reply(Json::Value& message);

  std::shared_ptr<Stream> stream_;
  Events events_;
  JsonStream input_;
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t last_id_ = 0;
  std::string queue_;    // waits
  std::string writing_;  // is under way
  bool open_ = false;
  bool closed_ = false;
  Error reason_;
};

}  // namespace linkfab::ovsdb
