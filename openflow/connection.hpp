// The socket under a Session: messages out in the order in which they were given, messages in as
// they come, replies to whoever waits for their xid.
//
// It reads while it writes: a switch stops reading when its answers are not taken, so a peer that
// only writes can block both for ever.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "core/backoff.hpp"
#include "core/result.hpp"
#include "openflow/message.hpp"
#include "openflow/port.hpp"

namespace linkfab::openflow {

class Exchange;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(boost::asio::any_io_executor executor);

  // Called once, after everybody who waits for an answer was woken.
  std::function<void(const Error& reason)> on_closed;
  std::function<void(const PortStatus& status)> on_port_status;
  std::function<void()> on_foreign_change;  // of a watched flow, or of a group

  // Connects and starts to read.
  boost::asio::awaitable<Result<void>> open(std::string path);
  void send(Bytes bytes);
  void close(Error reason);

  // Has the switch greeted, as one that speaks OpenFlow 1.4?
  [[nodiscard]] bool agreed() const { return agreed_; }
  [[nodiscard]] bool closed() const { return end_.has_value(); }
  [[nodiscard]] const Error& end() const { return *end_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }

 private:
  friend class Exchange;

  boost::asio::awaitable<void> read();
  void write();
  void dispatch(const Message& message);
  void answer(const Message& message);
  void report_port(const Message& message);
  void report_flows(const Message& message);
  void report_foreign_change();
  Xid take_xids(std::uint32_t count);

  boost::asio::any_io_executor executor_;
  boost::asio::local::stream_protocol::socket socket_;
  std::string path_;
  Framer framer_;
  std::array<std::uint8_t, 65536> received_{};
  Bytes waiting_;  // to be written after
  Bytes writing_;  // what is being written
  Xid next_xid_;
  std::map<Xid, Exchange*> exchanges_;  // by first xid
  bool agreed_ = false;
  std::optional<Error> end_;
};

}  // namespace linkfab::openflow
