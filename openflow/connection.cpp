#include "openflow/connection.hpp"

#include <cerrno>
#include <limits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "openflow/exchange.hpp"
#include "openflow/flow_monitor.hpp"

namespace linkfab::openflow {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(asio::any_io_executor executor)
    : executor_(std::move(executor)), socket_(executor_), next_xid_(hello_xid) {}

asio::awaitable<Result<void>> Connection::open(std::string path) {
  path_ = std::move(path);
  const std::string attempt = "connect to the switch at " + path_;
  if (path_.size() >= 108) {  // sun_path
    close({Errc::invalid, attempt, "the path is longer than the 107 bytes a socket's can be"});
    co_return std::unexpected(end());
  }
  error_code error;
  const asio::local::stream_protocol::endpoint endpoint(path_);
  co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    const bool forbidden = error.value() == EACCES || error.value() == EPERM;
    close({forbidden ? Errc::denied : Errc::unreachable, attempt, error.message()});
    co_return std::unexpected(end());
  }
  asio::co_spawn(executor_, [self = shared_from_this()] { return self->read(); }, asio::detached);
  co_return Result<void>{};
}

void Connection::send(Bytes bytes) {
  if (waiting_.empty()) {
    waiting_ = std::move(bytes);
  } else {
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  }
  if (writing_.empty()) write();
}

void Connection::write() {
  if (waiting_.empty() || closed()) return;
  writing_ = std::exchange(waiting_, {});
  asio::async_write(
      socket_, asio::buffer(writing_), [self = shared_from_this()](error_code error, std::size_t) {
        self->writing_.clear();
        if (!error) return self->write();
        self->close({Errc::unreachable, "write to the switch at " + self->path_, error.message()});
      });
}

asio::awaitable<void> Connection::read() {
  const auto self = shared_from_this();
  while (!closed()) {
    error_code error;
    const auto count = co_await socket_.async_read_some(
        asio::buffer(received_), asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      const bool ended = error == asio::error::eof;
      close({Errc::unreachable, "read from the switch at " + path_,
             ended ? "it ended the connection" : error.message()});
      co_return;
    }
    framer_.append(ByteView(received_).first(count));
    while (!closed()) {
      const auto message = framer_.next();
      if (!message) close(message.error());
      if (!message || !*message) break;
      dispatch(**message);
    }
  }
}

void Connection::dispatch(const Message& message) {
  const bool before_agreement = message.type == Type::hello || message.type == Type::error;
  if (message.version != wire_version && !before_agreement) {
    return close({Errc::failed, "read from the switch at " + path_,
                  "it sent a message of another OpenFlow version than 1.4"});
  }
  switch (message.type) {
    case Type::echo_request:
      return send(encode_echo_reply(message));
    case Type::port_status:
      return report_port(message);
    case Type::multipart_reply:
      return is_flow_report(message) ? report_flows(message) : answer(message);
    case Type::requestforward:  // asked for groups only
      return report_foreign_change();
    case Type::hello:
      agreed_ = agrees(message);
      return answer(message);
    case Type::error:
    case Type::features_reply:
    case Type::barrier_reply:
    case Type::bundle_control:
      return answer(message);
    default:
      return;
  }
}

void Connection::answer(const Message& message) {
  const Xid xid = message.type == Type::hello ? hello_xid : message.xid;
  auto exchange = exchanges_.upper_bound(xid);
  if (exchange == exchanges_.begin()) return;
  --exchange;
  if (xid - exchange->first < exchange->second->count_) exchange->second->take(message);
}

void Connection::report_port(const Message& message) {
  const auto status = decode_port_status(message.body);
  if (!status) return close(status.error());
  // A copy, because the callback may take itself away.
  if (const auto callback = on_port_status) callback(*status);
}

void Connection::report_flows(const Message& message) {
  const auto others = others_changed_flows(message.body);
  if (!others) return close(others.error());
  if (*others) report_foreign_change();
}

void Connection::report_foreign_change() {
  if (const auto callback = on_foreign_change) callback();
}

void Connection::close(Error reason) {
  if (closed()) return;
  end_ = std::move(reason);
  error_code ignored;
  socket_.close(ignored);
  for (const auto& [xid, exchange] : exchanges_) exchange->wake();
  asio::post(executor_, [self = shared_from_this()] {
    self->on_port_status = nullptr;
    self->on_foreign_change = nullptr;
    if (const auto callback = std::exchange(self->on_closed, nullptr)) callback(*self->end_);
  });
}

Xid Connection::take_xids(std::uint32_t count) {
  if (next_xid_ > std::numeric_limits<Xid>::max() - count) next_xid_ = hello_xid + 1;
  return std::exchange(next_xid_, next_xid_ + count);
}

}  // namespace linkfab::openflow
