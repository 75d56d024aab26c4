// The inside of the agent: what it owns, in the order in which it is made, and what wakes it.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/backoff.hpp"
#include "core/fd.hpp"
#include "fabric/agent.hpp"
#include "fabric/desired.hpp"
#include "fabric/flow_table.hpp"
#include "fabric/host_devices.hpp"
#include "fabric/nodes.hpp"
#include "fabric/owners.hpp"
#include "fabric/reconciler.hpp"
#include "fabric/scenarios.hpp"
#include "fabric/servers.hpp"
#include "fabric/underlay.hpp"
#include "fabric/vswitch.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::fabric {

struct Agent::State {
  State(boost::asio::io_context& its_context, AgentOptions its_options, Fd its_lock);

  boost::asio::awaitable<Result<void>> run();
  void wake();

  // Once, in this order. The Host row comes last: it tells clients that the agent is ready.
  boost::asio::awaitable<Result<void>> start();
  boost::asio::awaitable<Result<void>> start_database();
  boost::asio::awaitable<Result<void>> start_own_database(const std::string& remote);
  boost::asio::awaitable<Result<void>> start_switch();
  boost::asio::awaitable<Result<void>> prepare_bridge();
  [[nodiscard]] std::string datapath() const;
  void tell_datapath() const;
  // The system's Open vSwitch may have been started too early to answer its datapath
  // (docs/decisions/deaf-datapath.md).
  boost::asio::awaitable<Result<void>> wake_datapath();
  void look_at_datapath();
  Result<void> first_look();
  boost::asio::awaitable<Result<void>> write_rows();
  [[nodiscard]] ovsdb::Transaction own_rows(bool with_fabric) const;
  void abandon();

  // As long as it runs.
  boost::asio::awaitable<void> loop();
  boost::asio::awaitable<void> wait_for_work();
  void forget_removed(const Scope& scope);
  boost::asio::awaitable<bool> connect_switch();
  boost::asio::awaitable<void> pause_for(std::chrono::milliseconds time);
  // What it stands on, where somebody has deleted it.
  boost::asio::awaitable<bool> prepare_switch();
  // At the flows, where somebody has changed them; at everything from time to time, for what nobody
  // tells of. True: the flows were read again.
  boost::asio::awaitable<bool> look_again(bool at_everything);
  [[nodiscard]] TimePoint look_due() const;
  boost::asio::awaitable<void> watch_devices();
  // The rows of processes that have ended.
  boost::asio::awaitable<void> remove_orphans();
  // The bridge's management socket, once it is there.
  boost::asio::awaitable<Result<void>> connect_flows();
  // Of a shared database: says that it is there, and who has not said so for a while.
  boost::asio::awaitable<void> beat();
  [[nodiscard]] ovsdb::Datum silent_hosts();
  // Also of a shared database: how long the network to other hosts takes.
  boost::asio::awaitable<void> measure_underlay();
  [[nodiscard]] std::set<std::string> read_echoes();
  void ask_echoes();
  void tell_underlay();
  boost::asio::awaitable<void> number_wanted_tunnels();
  [[nodiscard]] bool is_first_host() const;
  // An operator has taken this host out, and no node is on it any more.
  [[nodiscard]] bool is_dismissed() const;
  boost::asio::awaitable<void> resign();
  boost::asio::awaitable<bool> write_status();  // false: the database has not taken it
  boost::asio::awaitable<void> write_statistics();
  [[nodiscard]] Result<Measurements> measure();
  // What scenarios change in their time, apart from the steps of the reconciler.
  boost::asio::awaitable<void> play();
  void play_due();
  void follow_scenarios(const ovsdb::Changes& changes);
  void look_at_played();
  void report_scenarios();
  [[nodiscard]] Scope scope_of_devices(const std::set<std::string>& devices) const;
  void acknowledge();
  // Something that keeps the whole fabric from following, or its end (an empty text).
  void trouble(const std::string& subject, const std::string& text);
  [[nodiscard]] bool taken_down() const;
  boost::asio::awaitable<Result<void>> leave();

  boost::asio::io_context& context;
  AgentOptions options;
  Fd lock;
  DatabaseServer database_server;
  PrivateSwitch private_switch;
  bool own_switch = false;
  bool maybe_deaf = false;  // the datapath, which others share
  bool fresh = false;       // there was no database here before
  std::string switch_dir;
  std::string cluster_address;  // of this host's member of the cluster; empty: it has none

  std::unique_ptr<ovsdb::Session> database_session;
  std::unique_ptr<Vswitch> vswitch;
  std::unique_ptr<FlowTable> flows;
  std::unique_ptr<HostDevices> devices;
  std::unique_ptr<Nodes> nodes;
  std::unique_ptr<Gateways> gateways;
  std::unique_ptr<SwitchNodes> switches;
  std::unique_ptr<ControlChannels> channels;
  std::unique_ptr<Reconciler> reconciler;
  std::unique_ptr<boost::asio::posix::stream_descriptor> device_events;

  Desired desired;
  Owners owners;
  Scenarios scenarios;
  Backoff bridge_backoff;    // asking for a bridge that is not there
  Scope pending;             // what needs a look
  bool whole_switch = true;  // the flows are to be compared with the switch's
  // The switch was restarted and waits for its flows: it has them, and is to be told so.
  bool flows_held = false;
  TimePoint next_look{};       // again at everything
  bool flows_changed = false;  // by somebody else
  TimePoint next_flow_look{};
  struct Heard {
    std::int64_t beat = -1;
    TimePoint since{};
  };
  std::map<std::string, Heard> heard;  // by host
  Underlay underlay;
  std::unique_ptr<Echoes> echoes;  // as long as there is whom to ask
  std::set<std::string> crossed;   // hosts that tunnels lead to
  bool crossings_changed = true;   // since then
  bool database_back = false;      // the status rows may not be what was written
  std::int64_t acknowledged = -1;  // the next_cfg that was acted on
  std::int64_t statistics_told = 0;
  DurationHistogram steps;
  std::map<std::string, Endpoint> endpoints;    // by device, of all that are or were wanted
  std::map<std::string, std::string> troubles;  // Host.error, by subject
  boost::asio::steady_timer timer;
  boost::asio::steady_timer play_timer;
  bool awake = false;
  bool stopping = false;
  bool resigned = false;
};

}  // namespace linkfab::fabric
