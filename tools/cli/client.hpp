// A command's conversation with the Linkfab database and, through it, with the agent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/result.hpp"
#include "fabric/hosts.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/session.hpp"
#include "ovsdb/snapshot.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

class Client {
 public:
  // Whose copy of the database: of a cluster that of a server with a majority, or of any, which may
  // be old and takes no change.
  enum class Copy { present, any };
  Client(boost::asio::any_io_executor executor, const Invocation& invocation,
         std::optional<ovsdb::Monitor> monitor, Copy copy = Copy::present);
  ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Where the database is the local agent's, one must be running.
  boost::asio::awaitable<Result<void>> connect(
      std::chrono::milliseconds limit = std::chrono::seconds{10});
  [[nodiscard]] bool without_majority() const { return session_.without_majority(); }
  [[nodiscard]] const ovsdb::Replica& replica() const;
  [[nodiscard]] bool has_fabric_row() const;

  boost::asio::awaitable<Result<ovsdb::Reply>> transact(ovsdb::Transaction transaction);
  // The rows of each select of a transaction that does nothing else.
  boost::asio::awaitable<Result<std::vector<std::vector<ovsdb::Row>>>> select(
      ovsdb::Transaction transaction);

  boost::asio::awaitable<Result<ovsdb::Snapshot>> snapshot(
      std::map<std::string, std::vector<std::string>> tables);

  // Commits a closed change (fabric/edit.hpp) and waits until the agent has dealt with it; with
  // --no-wait, does not. Errc::timeout where something keeps it from that (Patience).
  boost::asio::awaitable<Result<void>> commit(ovsdb::Transaction change);
  // Nothing is to be changed, by what the server of this host knows. In a lab that several hosts
  // share it may know less than the others: there it is committed that nothing is.
  boost::asio::awaitable<Result<void>> confirm();
  // Tries again where another client was faster: Errc::conflict.
  using Attempt = std::function<boost::asio::awaitable<Result<int>>(Client&)>;
  boost::asio::awaitable<Result<int>> retry(Attempt attempt);
  // Fresh Interface.statistics in the replica.
  boost::asio::awaitable<Result<void>> refresh_statistics();

  // Done when the replica has changed or after wake(): true; or after `limit`: false.
  boost::asio::awaitable<bool> change(std::chrono::milliseconds limit);
  // Done when `condition` holds. An error when the agent ends meanwhile, or of somebody else's
  // database when it takes longer than --timeout.
  boost::asio::awaitable<Result<void>> wait_until(std::string attempt,
                                                  std::function<bool()> condition);
  void wake() { changed_.cancel(); }

 private:
  // Until all hosts that answer have told so much. Errc::timeout as in commit().
  boost::asio::awaitable<Result<void>> wait_for_hosts(std::string attempt, std::int64_t number,
                                                      std::int64_t fabric::Host::* told);

  const Invocation& invocation_;
  boost::asio::steady_timer changed_;
  ovsdb::Session session_;
};

// What a read of the running lab fails with where no agent runs.
[[nodiscard]] Error no_agent();
// The same wherever the database is the local agent's and there is none.
[[nodiscard]] Result<void> check_agent(const Invocation& invocation);

// Runs a command's coroutine to its end on an io_context of its own.
using Task = std::function<boost::asio::awaitable<Result<int>>(boost::asio::any_io_executor)>;
[[nodiscard]] Result<int> run_task(const Task& task);

// The sequence numbers that every command needs, and nothing else.
[[nodiscard]] ovsdb::Monitor fabric_only();

// The options that commit() and wait_until() look at.
inline constexpr Option no_wait_option{"no-wait", "", "return once the change is in the database"};
inline constexpr Option timeout_option{"timeout", "TIME",
                                       "with --db: how long to wait for the agent (default: 60s)"};
inline constexpr Option json_option{"json", "", "print JSON"};

}  // namespace linkfab::cli
