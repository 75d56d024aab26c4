// A client of the Linkfab database inside a program that serves others: a replica of the lab as
// long as anybody asks for it, and changes that are waited for as those of the command line are.
//
// Nothing is connected before the first connect(), and the replica is given up a while after the
// last: an agent whose API nobody uses does not pay for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/lab_view.hpp"
#include "ovsdb/replica.hpp"
#include "ovsdb/tls.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

class LabClient {
 public:
  LabClient(boost::asio::any_io_executor executor, const std::string& remotes,
            const ovsdb::TlsFiles& tls = {});
  ~LabClient();
  LabClient(const LabClient&) = delete;
  LabClient& operator=(const LabClient&) = delete;

  // Until the replica is there. To be awaited before each use of what follows.
  boost::asio::awaitable<Result<void>> connect();
  // Of state_columns() (fabric/rows.hpp), the history and the snapshots.
  [[nodiscard]] const ovsdb::Replica& replica() const;
  // Of the replica as it is; what a change costs: fabric/live_view.hpp. Valid until the next
  // suspension.
  [[nodiscard]] const LabView& view();
  [[nodiscard]] bool connected() const;

  // Grows with each change of the replica but its counters.
  [[nodiscard]] std::uint64_t version() const;
  // Done when the version is another than `known`: true; or after `limit`: false.
  boost::asio::awaitable<bool> changed(std::uint64_t known, std::chrono::milliseconds limit);

  // Commits what `make` makes of the replica, a closed change (fabric/edit.hpp), and makes it anew
  // where another client was faster. The change's number; nullopt: it was empty.
  using Make = std::function<Result<ovsdb::Transaction>(const ovsdb::Replica& replica)>;
  boost::asio::awaitable<Result<std::optional<std::int64_t>>> commit(Make make);
  // Done once the agent has dealt with a change: true; or after `limit`: false.
  boost::asio::awaitable<bool> dealt_with(std::int64_t number, std::chrono::milliseconds limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace linkfab::fabric
