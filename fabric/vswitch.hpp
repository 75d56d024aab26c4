// The fabric bridge and its ports in the Open_vSwitch database, and only what of it is ours.
//
// Everything made here carries external_ids:linkfab-instance; rows without it are foreign, read at
// most. Each write makes ovs-vswitchd go through its whole configuration, so the ports of a step go
// in one transaction, and nothing is written that stands there already.
//
// Every port refers to one shared QoS row of type linux-noop: without it ovs-vswitchd deletes our
// qdiscs when it opens the device. Every port asks for its OpenFlow number, so that flows stay
// right while a device comes and goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/topology.hpp"
#include "openflow/flow.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::fabric {

inline constexpr const char* switch_database = "Open_vSwitch";
// Keys of external_ids: whose a row is, and of which switch node.
inline constexpr const char* instance_key = "linkfab-instance";
inline constexpr const char* switch_key = "linkfab-switch";

// What the switch's database holds of one of our ports.
struct SwitchPort {
  ovsdb::Uuid row;        // of Port
  ovsdb::Uuid interface;  // of Interface
  Endpoint endpoint;
  openflow::PortNo requested;
  std::int64_t ofport = 0;  // 0: not assigned yet; -1: no such device now
  std::string error;
};

struct VswitchOptions {
  std::string remote;  // "unix:/run/openvswitch/db.sock"
  std::string instance;
  std::string bridge;
  // Of the bridge (fabric/datapath.hpp). None: what the bridge has, and for a new one the kernel's,
  // or that in user space where the kernel has none; prepare() fills it in.
  std::optional<std::string> datapath_type;
  bool own_switch = false;  // a private Open vSwitch: its global settings are ours to make
};

class Vswitch {
 public:
  Vswitch(boost::asio::any_io_executor executor, VswitchOptions options);

  // Ports of ours changed behind our back: gone, another number, an error. By device name. None:
  // prepared() is not so any more.
  void on_ports_changed(std::function<void(const std::set<std::string>& devices)> callback);
  void on_connection(std::function<void(bool connected, const std::string& reason)> callback);
  void start() { session_.start(); }
  [[nodiscard]] bool connected() const { return session_.connected(); }
  boost::asio::awaitable<Result<void>> wait_connected(std::chrono::milliseconds limit);

  // Bridges and ports of switch nodes (fabric/switch_nodes.hpp) that are gone, by whoever's hand.
  void on_switch_gone(std::function<void(const std::string& node)> callback) {
    switch_gone_ = std::move(callback);
  }

  // Makes the bridge and the QoS row where they are missing and waits until the switch has them;
  // where all is in place, it writes nothing.
  // Errc::conflict where a bridge of that name is foreign; Errc::unreachable where ovs-vswitchd
  // does not take it up (it is not running).
  boost::asio::awaitable<Result<void>> prepare();
  // Is all that prepare() makes as it made it? Somebody may have deleted the bridge. True while the
  // database cannot be asked.
  [[nodiscard]] bool prepared() const;
  // Are there bridges of somebody else in the kernel's datapath?
  [[nodiscard]] bool shares_kernel_datapath() const;
  // Removes all bridges, their ports and the rows that are ours, and waits until the switch has let
  // go of them.
  boost::asio::awaitable<Result<void>> remove_all();

  struct Attach {
    std::string device;
    Endpoint endpoint;
    openflow::PortNo number;
  };
  // One transaction; done when ovs-vswitchd has acted on it. Errors of single ports are in
  // find(device)->error after it.
  boost::asio::awaitable<Result<void>> change(std::vector<Attach> attach,
                                              std::vector<std::string> detach);

  // The switch's database as far as it is followed, and its <database-schema>.
  [[nodiscard]] const ovsdb::Replica& replica() const;
  boost::asio::awaitable<Result<Json::Value>> schema();
  [[nodiscard]] const VswitchOptions& options() const { return options_; }
  [[nodiscard]] std::optional<ovsdb::Uuid> root_row() const;
  // A transaction of whoever has rows there; done when ovs-vswitchd has acted on it, and what it
  // wrote back is in the replica.
  boost::asio::awaitable<Result<void>> commit(ovsdb::Transaction transaction);

  // The switch keeps forwarding from the flows in the datapath while it restarts, until release():
  // see docs/decisions. Only on a switch of our own; the `process` that was released last is left
  // alone, for each write costs ovs-vswitchd a look at every port.
  boost::asio::awaitable<Result<void>> release_restored_flows(std::string process);

  // Asks ovs-vswitchd to compare its bridges with the database once more, and waits for nothing. It
  // gives up a bridge that it cannot make at once, and by itself does not try again: it cannot
  // while the tap device of one that was just killed is there ("Device or resource busy").
  boost::asio::awaitable<void> ask_again();

  // The switch went away: whoever waits for it to apply a change gets Errc::unreachable now.
  void abort_waits();

  [[nodiscard]] const SwitchPort* find(const std::string& device) const;
  [[nodiscard]] const std::map<std::string, SwitchPort>& ports() const { return ports_; }
  // Has the switch given the number that the port asks for to another one? Somebody may have made
  // two ask for the same.
  [[nodiscard]] bool number_taken(const SwitchPort& port) const;
  // A free number, reserved from now on.
  [[nodiscard]] std::optional<openflow::PortNo> reserve_number();
  void release_number(openflow::PortNo number);
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  boost::asio::awaitable<Result<void>> catch_up();
  // Is there nothing for prepare() to write, and nothing that ovs-vswitchd has yet to act on?
  [[nodiscard]] bool in_place() const;
  [[nodiscard]] std::string choose_datapath() const;
  void follow(const ovsdb::Changes& changes);
  void follow_port(const ovsdb::Uuid& row, std::set<std::string>& touched);
  void follow_interface(const ovsdb::Uuid& row, std::set<std::string>& touched);
  void follow_switch(const ovsdb::Change& change);
  boost::asio::awaitable<Result<void>> wait_applied(std::int64_t sequence);
  [[nodiscard]] std::optional<ovsdb::Uuid> own_row(const std::string& table) const;

  VswitchOptions options_;
  ovsdb::Session session_;
  boost::asio::any_io_executor executor_;
  std::map<std::string, SwitchPort> ports_;            // ours, by device
  std::map<ovsdb::Uuid, std::string> devices_by_row_;  // Port and Interface rows of ours
  std::set<std::uint32_t> numbers_;                    // in use or reserved
  std::map<ovsdb::Uuid, std::int64_t>
      strangers_;  // Interface rows that are not ours: their numbers
  std::uint32_t next_number_ = 1;
  std::int64_t applied_ = 0;  // Open_vSwitch.cur_cfg
  std::string version_;
  std::function<void(const std::set<std::string>&)> ports_changed_;
  std::function<void(const std::string&)> switch_gone_;
  struct Waiter;
  std::vector<Waiter*> waiters_;
};

}  // namespace linkfab::fabric
