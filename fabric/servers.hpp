// The servers that an agent starts for itself where the machine has none: ovsdb-server for the
// Linkfab database, and a private Open vSwitch (ovsdb-server and ovs-vswitchd).
//
// They are daemons of their own and outlive the agent, so that its end or restart interrupts
// nothing; the next agent finds them by the identity in their `.process` files. One that died is
// started again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "containers/process.hpp"
#include "core/result.hpp"
#include "fabric/paths.hpp"
#include "fabric/sharing.hpp"

namespace linkfab::fabric {

// One daemon and what identifies it on disk.
class Server {
 public:
  Server(boost::asio::any_io_executor executor, std::string name, std::string process_file);

  // Where `directory` has the set-group-ID bit, its group may use the server's sockets.
  // Starts it unless the one that was started last still runs, then watches it and starts it again
  // whenever it ends, until stop().
  Result<void> start(std::vector<std::string> command, std::string directory, std::string log_file);
  // Ends it and waits for its end.
  Result<void> stop();
  [[nodiscard]] bool running() const;
  // It runs, and was started by another command than this one.
  [[nodiscard]] bool runs_otherwise(const std::vector<std::string>& command) const;

  // The one that was started last.
  [[nodiscard]] std::optional<containers::ProcessId> process() const;

 private:
  Result<void> launch();
  boost::asio::awaitable<void> watch();

  boost::asio::any_io_executor executor_;
  std::string name_;
  std::string process_file_;
  std::vector<std::string> command_;
  std::string directory_;
  std::string log_file_;
  bool watching_ = false;
};

class DatabaseServer {
 public:
  DatabaseServer(boost::asio::any_io_executor executor, const Paths& paths, Sharing sharing = {});
  // One that runs and was told otherwise is started anew, which its clients notice as a pause.
  Result<void> start();
  Result<void> stop();
  // Of a cluster: then the database is there once it has joined, and serves where there is a
  // majority.
  [[nodiscard]] bool member() const { return member_; }
  // Once it answers: who else may do what (fabric/database_access.hpp).
  boost::asio::awaitable<Result<void>> grant_access();

 private:
  boost::asio::any_io_executor executor_;
  Paths paths_;
  Sharing sharing_;
  bool member_ = false;
  Server server_;
};

class PrivateSwitch {
 public:
  PrivateSwitch(boost::asio::any_io_executor executor, const Paths& paths);
  // Done when both are started. Waits for the eleventh second of the machine's uptime: ovs-vswitchd
  // up to 3.1 started earlier has no upcall handlers for ever.
  boost::asio::awaitable<Result<void>> start();
  Result<void> stop();
  // One that an earlier agent started still runs.
  [[nodiscard]] bool running() const { return vswitchd_.running(); }
  // Which ovs-vswitchd was started last; empty: none is known.
  [[nodiscard]] std::string process() const;
  [[nodiscard]] std::string remote() const { return "unix:" + directory_ + "/db.sock"; }
  [[nodiscard]] std::string directory() const { return directory_; }

 private:
  boost::asio::any_io_executor executor_;
  std::string directory_;
  Server database_;
  Server vswitchd_;
};

// Does somebody accept connections on this Unix socket?
[[nodiscard]] bool accepts(const std::string& socket);

}  // namespace linkfab::fabric
