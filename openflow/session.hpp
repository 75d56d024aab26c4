// A session with one switch over a stream socket, OpenFlow 1.4: for us always `<bridge>.mgmt`.
//
// Unlike ovsdb::Session it does not reconnect: when the connection ends, the switch may have been
// restarted and lost its flows, and only the owner knows what to install then. Every request in
// flight returns Errc::unreachable, on_closed is called once, and the owner makes a new Session.
//
// One thread: everything runs on the executor given at construction.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "openflow/flow.hpp"
#include "openflow/flow_text.hpp"
#include "openflow/port.hpp"

namespace linkfab::openflow {

class Session {
 public:
  explicit Session(boost::asio::any_io_executor executor);
  ~Session();  // closes at once
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void on_closed(std::function<void(const Error& reason)> callback);
  void on_port_status(std::function<void(PortReason reason, const Port& port)> callback);
  // Another controller, ovs-ofctl or a time-out changed a flow of a watched table, or a group.
  void on_foreign_change(std::function<void()> callback);

  // Connects to a Unix socket, agrees on version 1.4, asks for the features and for port-status
  // messages (off by default on .mgmt). Errc::unreachable where nobody listens, Errc::unsupported
  // for another version.
  boost::asio::awaitable<Result<void>> connect(std::string path, std::chrono::milliseconds limit);
  [[nodiscard]] bool connected() const;
  [[nodiscard]] std::uint64_t datapath_id() const;

  // All or nothing: one atomic, ordered bundle (§6.9), encoded before it is opened because a switch
  // drops one that idles, and committed when a barrier has shown that nothing in it was refused.
  // Errors name the modification refused. After Errc::timeout or Errc::unreachable it may or may
  // not have been made. The modifications must outlive the call, here and in apply().
  boost::asio::awaitable<Result<void>> commit(const std::vector<Modification>& modifications);
  // Plain messages and one barrier: for a single change, where a bundle's three round trips are too
  // many. Done when the barrier is answered; the first error is returned.
  boost::asio::awaitable<Result<void>> apply(const std::vector<Modification>& modifications);

  // Multipart dumps (§7.3.5), of the flows whose cookie matches.
  boost::asio::awaitable<Result<std::vector<FlowStats>>> flows(Cookie cookie, Cookie mask);
  // All flows, for people.
  boost::asio::awaitable<Result<std::vector<FlowText>>> described_flows(PortName name);
  boost::asio::awaitable<Result<std::vector<Group>>> groups();
  boost::asio::awaitable<Result<std::vector<Port>>> ports();

  // From now on, on_foreign_change tells of these tables' flows too. Errc::refused where the switch
  // has no flow monitors for OpenFlow 1.4.
  boost::asio::awaitable<Result<void>> watch(std::vector<TableId> tables);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::openflow
