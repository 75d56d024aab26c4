#include "openflow/session.hpp"

#include <utility>

#include "openflow/change.hpp"
#include "openflow/connection.hpp"
#include "openflow/exchange.hpp"
#include "openflow/flow_monitor.hpp"
#include "openflow/group.hpp"
#include "openflow/handshake.hpp"
#include "openflow/multipart.hpp"
#include "openflow/stats.hpp"

namespace linkfab::openflow {

namespace asio = boost::asio;

struct Session::State {
  asio::any_io_executor executor;
  std::function<void(const Error&)> on_closed;
  std::function<void(PortReason, const Port&)> on_port_status;
  std::function<void()> on_foreign_change;
  std::shared_ptr<Connection> connection;
  bool connected = false;
  std::uint64_t datapath_id = 0;

  // The functions below are coroutines that may outlive the Session: they hold its state, not
  // itself.
  static asio::awaitable<Result<void>> connect(std::shared_ptr<State> self, std::string path,
                                               std::chrono::milliseconds limit);
  // Hands on what the connection reports, from now on.
  static void follow(const std::shared_ptr<State>& self);
};

namespace {

// Asks for a dump and decodes its parts one after the other into one list.
template <class T, class Encode, class Decode>
asio::awaitable<Result<std::vector<T>>> dump(std::shared_ptr<Connection> connection,
                                             std::string attempt, Encode encode_request,
                                             Decode decode) {
  Exchange exchange(connection, 1);
  connection->send(encode_request(exchange.xid(0)));
  const auto answered = co_await exchange.answered(0, Clock::now() + patience);
  if (!answered) co_return unanswered(std::move(attempt), answered.error());
  if (exchange.refusal()) co_return refused(std::move(attempt), exchange.refusal()->error);
  std::vector<T> all;
  for (const Bytes& part : exchange.replies()) {
    const auto decoded = decode(multipart_content(part), all);
    if (!decoded) co_return std::unexpected(decoded.error());
  }
  co_return all;
}

}  // namespace

asio::awaitable<Result<void>> Session::State::connect(std::shared_ptr<State> self, std::string path,
                                                      std::chrono::milliseconds limit) {
  const TimePoint deadline = Clock::now() + limit;
  const auto connection = self->connection;
  const auto opened = co_await connection->open(std::move(path));
  if (!opened) co_return opened;
  follow(self);
  const auto datapath_id = co_await shake_hands(connection, deadline);
  if (!datapath_id) {
    connection->close(datapath_id.error());
    co_return std::unexpected(datapath_id.error());
  }
  if (connection->closed()) co_return std::unexpected(connection->end());
  self->datapath_id = *datapath_id;
  self->connected = true;
  co_return Result<void>{};
}

void Session::State::follow(const std::shared_ptr<State>& self) {
  const std::weak_ptr<State> weak = self;
  self->connection->on_port_status = [weak](const PortStatus& status) {
    const auto state = weak.lock();
    if (!state) return;
    if (const auto callback = state->on_port_status) callback(status.reason, status.port);
  };
  self->connection->on_foreign_change = [weak] {
    const auto state = weak.lock();
    if (!state) return;
    if (const auto callback = state->on_foreign_change) callback();
  };
  self->connection->on_closed = [weak](const Error& reason) {
    const auto state = weak.lock();
    if (!state || !std::exchange(state->connected, false)) return;
    if (const auto callback = state->on_closed) callback(reason);
  };
}

Session::Session(asio::any_io_executor executor) : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->connection = std::make_shared<Connection>(state_->executor);
}

Session::~Session() {
  state_->on_closed = nullptr;
  state_->on_port_status = nullptr;
  state_->on_foreign_change = nullptr;
  state_->connection->close({Errc::unreachable, "use the switch", "the session was closed"});
}

void Session::on_closed(std::function<void(const Error&)> callback) {
  state_->on_closed = std::move(callback);
}

void Session::on_port_status(std::function<void(PortReason, const Port&)> callback) {
  state_->on_port_status = std::move(callback);
}

void Session::on_foreign_change(std::function<void()> callback) {
  state_->on_foreign_change = std::move(callback);
}

asio::awaitable<Result<void>> Session::connect(std::string path, std::chrono::milliseconds limit) {
  // A connection serves once: where an earlier attempt has failed, this is another.
  if (state_->connection->closed())
    state_->connection = std::make_shared<Connection>(state_->executor);
  return State::connect(state_, std::move(path), limit);
}

bool Session::connected() const {
  return state_->connected && !state_->connection->closed();
}

std::uint64_t Session::datapath_id() const {
  return state_->datapath_id;
}

asio::awaitable<Result<void>> Session::commit(const std::vector<Modification>& modifications) {
  return openflow::commit(state_->connection, modifications);
}

asio::awaitable<Result<void>> Session::apply(const std::vector<Modification>& modifications) {
  return openflow::apply(state_->connection, modifications);
}

asio::awaitable<Result<std::vector<FlowStats>>> Session::flows(Cookie cookie, Cookie mask) {
  return dump<FlowStats>(
      state_->connection, "read the switch's flows",
      [cookie, mask](Xid xid) { return encode_flow_stats_request(cookie, mask, xid); },
      &decode_flow_stats);
}

asio::awaitable<Result<std::vector<FlowText>>> Session::described_flows(PortName name) {
  return dump<FlowText>(
      state_->connection, "read the switch's flows",
      [](Xid xid) { return encode_flow_stats_request(0, 0, xid); },
      [name = std::move(name)](ByteView body, std::vector<FlowText>& flows) {
        return describe_flow_stats(body, name, flows);
      });
}

asio::awaitable<Result<std::vector<Group>>> Session::groups() {
  return dump<Group>(state_->connection, "read the switch's groups", &encode_group_desc_request,
                     &decode_group_desc);
}

asio::awaitable<Result<std::vector<Port>>> Session::ports() {
  return dump<Port>(state_->connection, "read the switch's ports", &encode_port_desc_request,
                    &decode_port_desc);
}

asio::awaitable<Result<void>> Session::watch(std::vector<TableId> tables) {
  const auto connection = state_->connection;
  const auto count = static_cast<std::uint32_t>(tables.size());
  Exchange exchange(connection, count);
  for (std::uint32_t i = 0; i < count; ++i)
    connection->send(encode_flow_monitor_request(i, tables[i], exchange.xid(i)));
  const std::string attempt = "watch the switch's flows";
  const auto answered = co_await exchange.answered(count - 1, Clock::now() + patience);
  if (!answered) co_return unanswered(attempt, answered.error());
  if (exchange.refusal()) co_return refused(attempt, exchange.refusal()->error);
  co_return Result<void>{};
}

}  // namespace linkfab::openflow
