// What a Session and its coroutines share. A coroutine that is suspended while the Session is
// destroyed finds a stopped State when it goes on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ovsdb/reconnect.hpp"
#include "ovsdb/rpc.hpp"
#include "ovsdb/session.hpp"
#include "ovsdb/subscription.hpp"

namespace linkfab::ovsdb {

struct Session::State : std::enable_shared_from_this<State> {
  State(boost::asio::any_io_executor its_executor, SessionOptions its_options);

  void subscribe(Monitor monitor);
  void start();
  void stop(const Error& reason);

  // Does what the clockwork says is due, and sets the alarm for the next time.
  void step();
  void set_alarm();
  void begin_connection();
  void opened();
  void begin_monitors();
  void notified(const std::string& method, const Json::Value& params);
  // The connection is of no use any more, or its opening failed.
  void drop(const Error& why);
  // Closes and tells; the next try is the caller's business.
  void disconnect(const Error& why);
  void check_filled();
  // Of each new connection the server is asked first how it stands with its cluster.
  void check_server();
  // It cannot serve for now: its connection is kept, for it tells when it can, but of no use.
  void withhold(const Error& why);
  // Closes for one that may serve better; the next remote is tried at once.
  void move_on(const Error& why);
  void wake_waiters();

  void lock_changed(const std::string& name, bool held);
  void restore_locks();
  void lose_locks();

  using Answer = Result<Json::Value>;
  // `arrived` is called at once when the answer is there: before anything that came after it is
  // looked at, and before the coroutine goes on.
  using Arrived = std::function<void(const Answer&)>;
  static boost::asio::awaitable<Answer> request(std::shared_ptr<State> state, std::string method,
                                                Result<std::string> params, Arrived arrived = {});
  static boost::asio::awaitable<Result<void>> wait_connected(std::shared_ptr<State> state,
                                                             std::chrono::milliseconds limit);
  static boost::asio::awaitable<Result<bool>> acquire(std::shared_ptr<State> state,
                                                      std::string name, bool steal);
  static boost::asio::awaitable<Result<void>> release(std::shared_ptr<State> state,
                                                      std::string name);

  boost::asio::any_io_executor executor;
  SessionOptions options;
  Reconnect reconnect;
  boost::asio::steady_timer alarm;
  std::shared_ptr<Rpc> rpc;  // the conversation that counts, if any
  std::map<std::string, std::unique_ptr<Subscription>> subscriptions;
  std::map<std::string, bool> locks;  // wanted → held
  std::set<boost::asio::steady_timer*> waiters;
  bool running = false;
  bool served = false;            // by this connection: its monitors were asked for
  bool clustered = false;         // this connection's server
  bool lone = false;              // it has no majority
  std::optional<Error> withheld;  // why this connection's server does not serve
  bool connected = false;
  Error reason;  // why there is no connection

  std::function<void(const std::string&, const Changes&, bool)> on_change;
  std::function<void(bool, const std::string&)> on_connection;
  std::function<void(const std::string&, bool)> on_lock;
};

}  // namespace linkfab::ovsdb
