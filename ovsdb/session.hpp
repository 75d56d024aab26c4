// A session with one ovsdb service: requests out, replies and monitor updates in (RFC 7047).
//
// It reconnects by itself (ovsdb/reconnect.hpp), over several remotes in turn, and registers its
// monitor and locks again, so that a caller sees one replica that jumps, never a stream with holes.
// A transaction in flight when the connection breaks comes back as Errc::unreachable: it may or may
// not have been applied, and only the replica can tell.
//
// A server of a cluster that is not in touch with a majority counts as not connected: it would
// leave every change without an answer. It is watched until it is again, or, with other remotes,
// left for one that is. Who wants to read what such a server last knew says so: any_copy.
//
// One thread: everything runs on the executor given at construction, callbacks included. Callbacks
// may start transactions but must not destroy the session.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "ovsdb/remote.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::ovsdb {

class Stream;
using StreamMaker = std::function<std::shared_ptr<Stream>(boost::asio::any_io_executor, Remote)>;

// Which columns of which tables of a database to replicate. An empty column list means all columns.
struct Monitor {
  std::string database;
  std::map<std::string, std::vector<std::string>> tables;
  // Of these tables only rows for which at least one of the clauses holds (ovsdb-server(7),
  // "Conditional Monitoring"): a row comes and goes as it does so, too. A server that knows no
  // conditions sends all rows. The columns of clauses are replicated, too.
  std::map<std::string, std::vector<Clause>> where{};
};

struct SessionOptions {
  // "unix:/path", "tcp:host:port", "ssl:host:port", "tcp:[::1]:6640"
  std::vector<std::string> remotes;
  // What makes the stream to an ssl: remote (ovsdb/tls.hpp); without, such a remote is
  // Errc::unsupported.
  StreamMaker tls;
  // An echo after this long without a byte; 0: never; nullopt: 5 s, but never at a unix: remote.
  std::optional<std::chrono::milliseconds> probe_interval;
  // A reply later than this is Errc::timeout; 0: wait for ever.
  std::chrono::milliseconds request_timeout{30000};
  // The same where the server is one of a cluster: a change that it has handed on to a leader which
  // then dies is never answered.
  std::chrono::milliseconds cluster_timeout{5000};
  // Of a cluster: stay on the leader (needs _Server).
  bool leader_only = false;
  // Of a cluster: also a server without a majority, for as long as it has one. Then the replica may
  // be old and changes are never answered.
  bool any_copy = false;
};

class Session {
 public:
  Session(boost::asio::any_io_executor executor, SessionOptions options);
  ~Session();  // closes at once; requests in flight return Errc::unreachable
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Call these before start().
  void monitor(Monitor monitor);  // at most one a database
  // The replica changed. `resync` is true for the first dump and the one after each reconnection.
  void on_change(
      std::function<void(const std::string& database, const Changes& changes, bool resync)>
          callback);
  // Connected and all monitors filled (true), or the connection was lost (false, with the reason).
  void on_connection(std::function<void(bool connected, const std::string& reason)> callback);

  // Connects, and keeps connecting with back-off until stop() or destruction.
  void start();
  void stop();

  [[nodiscard]] bool connected() const;
  // Connected to a server without a majority: only with any_copy.
  [[nodiscard]] bool without_majority() const;
  // Done once connected() or the time is over: then Errc::unreachable with the last reason.
  boost::asio::awaitable<Result<void>> wait_connected(std::chrono::milliseconds limit);

  // Done when the server has answered. Errc::unreachable at once where there is no connection.
  boost::asio::awaitable<Result<Reply>> transact(Transaction transaction);
  // Any other method: the raw result.
  boost::asio::awaitable<Result<Json::Value>> request(std::string method, Json::Value params);

  // RFC 7047 §4.1.8 to §4.1.10. Names are of the form [A-Za-z_][A-Za-z0-9_]*. The result of lock()
  // and steal() says whether it is held now; on_lock tells of later changes.
  boost::asio::awaitable<Result<bool>> lock(std::string name);
  boost::asio::awaitable<Result<bool>> steal(std::string name);
  boost::asio::awaitable<Result<void>> unlock(std::string name);
  void on_lock(std::function<void(const std::string& name, bool held)> callback);

  [[nodiscard]] const Replica& replica(const std::string& database) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::ovsdb
