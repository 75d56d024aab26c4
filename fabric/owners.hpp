// Rows of the Linkfab database that live no longer than a process: the nodes and links of a program
// that joins things for others, and that may be killed at any time.
//
// The column `owner` of a Node or Link names the process ("PID START", containers/process.hpp);
// empty: the row is of the lab, and stays until a client takes it away. When the process ends, or
// has ended while no agent ran, the agent takes its rows away like a client would.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "ovsdb/replica.hpp"
#include "ovsdb/transaction.hpp"

namespace linkfab::fabric {

class Owners {
 public:
  // `on_end` is called when ended() has one more.
  Owners(boost::asio::any_io_executor executor, std::function<void()> on_end);
  ~Owners();
  Owners(const Owners&) = delete;
  Owners& operator=(const Owners&) = delete;

  // Follows the rows of this host. A text that names no process is of one that has ended.
  using IsHere = std::function<bool(const ovsdb::Row& row)>;
  void apply(const ovsdb::Changes& changes, const IsHere& is_here);

  // Those of which there are rows still.
  [[nodiscard]] std::set<std::string> ended() const;

 private:
  struct Watch;

  void follow(const ovsdb::Uuid& row, const std::string& owner);

  boost::asio::any_io_executor executor_;
  std::function<void()> on_end_;
  std::map<ovsdb::Uuid, std::string> rows_;
  std::map<std::string, std::shared_ptr<Watch>> watches_;  // by owner, each with rows
};

// The nodes and links of that owner on that host are erased. Where the database is one host's alone
// its rows name none.
void erase_owned(ovsdb::Transaction& change, const std::string& owner,
                 const std::string& host = {});
// Those of these owners, and the change is closed (fabric/edit.hpp).
[[nodiscard]] ovsdb::Transaction remove_owned(const std::set<std::string>& owners,
                                              const std::string& host = {});

}  // namespace linkfab::fabric
