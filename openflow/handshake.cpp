#include "openflow/handshake.hpp"

#include <string>
#include <utility>

#include "openflow/exchange.hpp"

namespace linkfab::openflow {

namespace asio = boost::asio;

namespace {

// Greets, and waits for the switch's greeting.
asio::awaitable<Result<void>> greet(std::shared_ptr<Connection> connection, TimePoint limit) {
  const std::string attempt = "agree on OpenFlow 1.4 with the switch at " + connection->path();
  Exchange greeting(connection, 1);
  connection->send(encode_hello(greeting.xid(0)));
  const auto answered = co_await greeting.answered(0, limit);
  if (!answered) co_return unanswered(attempt, answered.error());
  if (greeting.refusal()) {
    co_return failure(Errc::unsupported, attempt,
                      "it answered " + format(greeting.refusal()->error));
  }
  if (!connection->agreed()) {
    co_return failure(Errc::unsupported, attempt, "it does not speak that version");
  }
  co_return Result<void>{};
}

asio::awaitable<Result<std::uint64_t>> introduce(std::shared_ptr<Connection> connection,
                                                 TimePoint limit) {
  const std::string attempt = "ask the switch at " + connection->path() + " for its features";
  Exchange exchange(connection, 3);
  connection->send(encode_features_request(exchange.xid(0)));
  connection->send(encode_set_async(exchange.xid(1)));
  Writer barrier;
  encode_barrier(barrier, exchange.xid(2));
  connection->send(barrier.take());
  const auto answered = co_await exchange.answered(2, limit);
  if (!answered) co_return unanswered(attempt, answered.error());
  if (exchange.refusal()) co_return refused(attempt, exchange.refusal()->error);
  co_return decode_datapath_id(exchange.replies().front());
}

}  // namespace

asio::awaitable<Result<std::uint64_t>> shake_hands(std::shared_ptr<Connection> connection,
                                                   TimePoint deadline) {
  const auto greeted = co_await greet(connection, deadline);
  if (!greeted) co_return std::unexpected(greeted.error());
  co_return co_await introduce(connection, deadline);
}

}  // namespace linkfab::openflow
