// Stands between a session and its server, for what the real server does not do on demand: not
// knowing a method, asking for an echo, sending nonsense, hanging up.
#pragma once

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "ovsdb/json_stream.hpp"
#include "ovsdb/json_text.hpp"

namespace linkfab::ovsdb {

class Proxy {
 public:
  Proxy(boost::asio::io_context& context, const std::string& path, std::string server_path)
      : state_(std::make_shared<State>(context, path, std::move(server_path))) {
    boost::asio::co_spawn(context, accept(state_), boost::asio::detached);
  }
  ~Proxy() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    hang_up();
  }
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // The server of these clients has never heard of this method.
  void forget(const std::string& method) { state_->forgotten.insert(method); }
  // Sends bytes to the client.
  void inject(const std::string& bytes) {
    boost::asio::write(*state_->client, boost::asio::buffer(bytes));
  }
  void hang_up() {
    boost::system::error_code ignored;
    if (state_->client) state_->client->close(ignored);
    if (state_->server) state_->server->close(ignored);
  }
  [[nodiscard]] int connections() const { return state_->connections; }
  // Whether the client has sent this, as one message.
  [[nodiscard]] bool heard(const std::string& message) const {
    return std::find(state_->heard.begin(), state_->heard.end(), message) != state_->heard.end();
  }
  [[nodiscard]] bool heard_method(const std::string& method) const {
    return std::any_of(state_->heard.begin(), state_->heard.end(), [&](const std::string& text) {
      return text.find("\"method\":\"" + method + "\"") != std::string::npos;
    });
  }

 private:
  using Protocol = boost::asio::local::stream_protocol;
  using Socket = std::shared_ptr<Protocol::socket>;
  static constexpr auto tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

  struct State {
    State(boost::asio::io_context& its_context, const std::string& path, std::string its_server)
        : context(its_context),
          acceptor(its_context, Protocol::endpoint(path)),
          server_path(std::move(its_server)) {}
    boost::asio::io_context& context;
    Protocol::acceptor acceptor;
    std::string server_path;
    Socket client;
    Socket server;
    std::set<std::string> forgotten;
    std::vector<std::string> heard;
    int connections = 0;
  };

  static boost::asio::awaitable<void> accept(std::shared_ptr<State> state) {
    for (;;) {
      const auto client = std::make_shared<Protocol::socket>(state->context);
      const auto [failed] = co_await state->acceptor.async_accept(*client, tuple);
      if (failed) co_return;
      ++state->connections;
      state->client = client;
      state->server = std::make_shared<Protocol::socket>(state->context);
      state->server->connect(Protocol::endpoint(state->server_path));
      boost::asio::co_spawn(state->context, from_client(state, client, state->server),
                            boost::asio::detached);
      boost::asio::co_spawn(state->context, from_server(client, state->server),
                            boost::asio::detached);
    }
  }

  static boost::asio::awaitable<void> from_client(std::shared_ptr<State> state, Socket client,
                                                  Socket server) {
    JsonStream stream;
    for (;;) {
      const std::span<char> room = stream.prepare();
      const auto [failed, count] =
          co_await client->async_read_some(boost::asio::buffer(room.data(), room.size()), tuple);
      if (failed) break;
      stream.commit(count);
      for (;;) {
        const auto message = stream.next();
        if (!message || !*message) break;
        std::string text;
        (void)append_json(text, **message);
        state->heard.push_back(text);
        if (state->forgotten.contains((**message)["method"].asString())) {
          const std::string id = std::to_string((**message)["id"].asInt64());
          boost::asio::write(
              *client,
              boost::asio::buffer(R"({"error":"unknown method","result":null,"id":)" + id + "}"));
        } else {
          boost::asio::write(*server, boost::asio::buffer(text));
        }
      }
    }
    boost::system::error_code ignored;
    server->close(ignored);
  }

  static boost::asio::awaitable<void> from_server(Socket client, Socket server) {
    std::array<char, 65536> room{};
    for (;;) {
      const auto [failed, count] =
          co_await server->async_read_some(boost::asio::buffer(room), tuple);
      if (failed) break;
      const auto [broken, written] = co_await boost::asio::async_write(
          *client, boost::asio::buffer(room.data(), count), tuple);
      if (broken) break;
    }
    boost::system::error_code ignored;
    client->close(ignored);
  }

  std::shared_ptr<State> state_;
};

}  // namespace linkfab::ovsdb
