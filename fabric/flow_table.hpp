// The flows and groups of the fabric bridge: what is wanted of each link and segment against what
// the switch has.
//
// It owns the OpenFlow connection and makes a new one when the switch goes away, because a switch
// that was restarted has no flows: connecting, reading what is there and installing the difference
// in one atomic bundle is the same step at the first start and at every later one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/flows.hpp"
#include "openflow/session.hpp"

namespace linkfab::fabric {

// By owner: the name of a link or segment, or pipeline_name.
using WantedTables = std::map<std::string, Tables>;

class FlowTable {
 public:
  FlowTable(boost::asio::any_io_executor executor, std::string socket);

  // The connection ended; the owner calls connect() again.
  void on_closed(std::function<void(const Error& reason)> callback);

  // Somebody else changed what the switch has: observe(), and compare.
  void on_foreign_change(std::function<void()> callback);

  // Connects and dumps what the switch has. Errc::unreachable until the bridge exists.
  boost::asio::awaitable<Result<void>> connect(std::chrono::milliseconds limit);
  [[nodiscard]] bool connected() const;
  // False with a switch that cannot tell of foreign changes: Open vSwitch before 2.16.
  [[nodiscard]] bool watched() const { return watched_; }
  // Reads anew what the switch has, which somebody may have changed; replace_all() then compares
  // with that.
  boost::asio::awaitable<Result<void>> observe();

  // Makes the switch have exactly `wanted`, in one bundle: also removes whatever else is ours in
  // it.
  boost::asio::awaitable<Result<void>> replace_all(const WantedTables& wanted);

  // Makes these owners have what is wanted; an empty Tables removes the owner. One owner changes by
  // plain messages, several in one bundle; when the bundle is refused, the owners are tried one by
  // one, and those that fail are in the result.
  boost::asio::awaitable<std::map<std::string, Error>> change(const WantedTables& wanted);

  // Forgets what a segment has learned: its ports are others now.
  boost::asio::awaitable<Result<void>> unlearn(const std::string& segment);

  [[nodiscard]] std::size_t flow_count() const;

 private:
  [[nodiscard]] std::vector<openflow::Modification> difference(const WantedTables& wanted) const;
  void installed(const std::string& owner, const Tables& tables);

  boost::asio::any_io_executor executor_;
  std::string socket_;
  std::unique_ptr<openflow::Session> session_;
  std::function<void(const Error&)> closed_;
  std::function<void()> foreign_change_;
  bool watched_ = false;
  std::map<std::string, Tables> tables_;     // as installed, by owner
  std::vector<openflow::Flow> found_flows_;  // dumped at connect, not yet told apart by owner
  std::vector<openflow::Group> found_groups_;
};

}  // namespace linkfab::fabric
