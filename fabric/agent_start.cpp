#include <algorithm>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "core/version.hpp"
#include "fabric/agent_state.hpp"
#include "fabric/cluster.hpp"
#include "fabric/datapath.hpp"
#include "fabric/remote_file.hpp"
#include "fabric/rows.hpp"
#include "fabric/schema_update.hpp"
#include "netem/timers.hpp"
#include "ovsdb/linkfab_schema.hpp"
#include "ovsdb/tls.hpp"

// How an agent comes up: its databases, its switch, its rows, and the first step over everything.
namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

// A server that ends before it has answered is started again.
awaitable<Result<void>> Agent::State::start_own_database(const std::string& remote) {
  constexpr int tries = 5;
  for (int i = 1;; ++i) {
    if (auto started = database_server.start(); !started) co_return started;
    const milliseconds limit = database_server.member() ? seconds{1} : seconds{10};
    auto ready =
        co_await update_schema(context.get_executor(), remote, ovsdb::linkfab_schema(), limit);
    if (ready) ready = co_await database_server.grant_access();
    if (ready || ready.error().code != Errc::unreachable) co_return ready;
    // A member waits for the others for as long as it takes.
    if (stopping || (i >= tries && !database_server.member())) co_return ready;
    log::repeated("database", format(ready.error()));
    co_await pause_for(milliseconds{100});
  }
}

awaitable<Result<void>> Agent::State::start_database() {
  const std::string remote = options.db.empty() ? options.paths.db_remote() : options.db;
  fresh = options.db.empty() && ::access(options.paths.db_file().c_str(), F_OK) != 0;
  if (options.db.empty()) {
    remove_remote(options.paths);
    if (auto started = co_await start_own_database(remote); !started) co_return started;
  } else if (auto told =
                 write_remote(options.paths, {.remotes = remote, .tls = options.sharing.tls});
             !told) {
    co_return told;
  }
  auto conversation = session_options(remote, options.sharing.tls);
  if (options.db.empty()) conversation.probe_interval = seconds{30};  // it may hang, and not end
  database_session = std::make_unique<ovsdb::Session>(context.get_executor(), conversation);
  auto followed = options.shared ? columns_of_host(options.host) : wanted_columns();
  followed.tables.emplace("Scenario", followed_scenario_columns());
  database_session->monitor(std::move(followed));
  database_session->on_change([this](const std::string&, const ovsdb::Changes& changes, bool) {
    auto scope = desired.apply(database_session->replica(database), changes);
    crossings_changed = crossings_changed || !scope.empty();
    pending.add(std::move(scope));
    owners.apply(changes, [this](const ovsdb::Row& row) {
      return desired.elsewhere().is_self(ovsdb::get(row, "host").string());
    });
    follow_scenarios(changes);
    if (reconciler)
      for (const auto& change : changes)
        if (change.after.empty()) reconciler->status().drop(change.uuid);
    // The beats of hosts alone are nothing to act on.
    if (!pending.empty() || std::ranges::any_of(changes, [](const ovsdb::Change& change) {
          return change.table != "Host";
        }))
      wake();
  });
  database_session->on_connection([this](bool connected, const std::string& reason) {
    if (connected) {
      log::ended("database");
      database_back = true;
      wake();
    } else if (!stopping) {
      log::repeated("database", reason);
    }
  });
  database_session->start();
  for (;;) {
    const auto connected = co_await database_session->wait_connected(seconds{10});
    if (connected || stopping || !database_server.member()) co_return connected;
    log::repeated("database", format(connected.error()));
  }
}

// A server of our own that ends meanwhile is started again.
awaitable<Result<void>> Agent::State::prepare_bridge() {
  constexpr int tries = 5;
  for (int i = 1;; ++i) {
    if (auto connected = co_await vswitch->wait_connected(seconds{10}); !connected)
      co_return connected;
    auto prepared = co_await vswitch->prepare();
    const bool lost = !prepared && prepared.error().code == Errc::unreachable;
    if (!lost || !own_switch || i == tries) co_return prepared;
    log::repeated("Open vSwitch", format(prepared.error()));
    co_await pause_for(milliseconds{100});
  }
}

awaitable<Result<void>> Agent::State::start_switch() {
  const std::string system_socket = options.system_ovs_dir + "/db.sock";
  const bool system_runs = accepts(system_socket);
  own_switch = options.open_vswitch == SwitchChoice::private_one ||
               (options.open_vswitch == SwitchChoice::automatic &&
                (private_switch.running() || !system_runs));
  if (!own_switch && !system_runs)
    co_return failure(Errc::unreachable, "connect to " + system_socket,
                      "Open vSwitch does not run; `systemctl start openvswitch-switch`, or leave "
                      "out --ovs system");
  if (options.datapath == kernel_datapath && !kernel_has_openvswitch())
    co_return failure(Errc::unsupported, "use the kernel's datapath",
                      "this kernel has no openvswitch; `linkfab doctor` says where to get it, "
                      "`--datapath netdev` does without");
  switch_dir = own_switch ? private_switch.directory() : options.system_ovs_dir;
  if (own_switch)
    if (auto started = co_await private_switch.start(); !started) co_return started;
  vswitch = std::make_unique<Vswitch>(context.get_executor(),
                                      VswitchOptions{.remote = "unix:" + switch_dir + "/db.sock",
                                                     .instance = options.paths.instance,
                                                     .bridge = options.bridge,
                                                     .datapath_type = options.datapath,
                                                     .own_switch = own_switch});
  vswitch->on_ports_changed([this](const std::set<std::string>& changed) {
    if (!reconciler) return;
    pending.add(scope_of_devices(changed));
    wake();
  });
  vswitch->on_switch_gone([this](const std::string& node) {
    pending.nodes.insert(node);
    wake();
  });
  vswitch->on_connection([](bool connected, const std::string& reason) {
    if (!connected)
      log::repeated("Open vSwitch", reason);
    else
      log::ended("Open vSwitch");
  });
  vswitch->start();
  if (auto prepared = co_await prepare_bridge(); !prepared) co_return prepared;
  if (auto woken = co_await wake_datapath(); !woken) co_return woken;
  tell_datapath();
  flows = std::make_unique<FlowTable>(context.get_executor(),
                                      switch_dir + "/" + options.bridge + ".mgmt");
  flows->on_closed([this](const Error&) {
    if (!stopping) log::warning("switch: the connection ended");
    vswitch->abort_waits();
    whole_switch = true;
    wake();
  });
  flows->on_foreign_change([this] {
    flows_changed = true;
    wake();
  });
  // Of a bridge that somebody deletes meanwhile, and of a switch of our own, the loop sees to it.
  const auto deadline = Clock::now() + seconds{20};
  for (;;) {
    const auto connected = co_await connect_flows();
    if (connected || !vswitch->prepared()) co_return Result<void>{};
    if (Clock::now() > deadline) {
      if (!own_switch) co_return std::unexpected(connected.error());
      log::repeated("Open vSwitch", format(connected.error()));
      co_return Result<void>{};
    }
    asio::steady_timer pause(context, milliseconds{20});
    boost::system::error_code ignored;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

awaitable<Result<void>> Agent::State::write_rows() {
  // A client that was quicker has made the one row that there may be, which is told in a moment; a
  // full disk may take longer.
  constexpr int quick_tries = 50;
  if (database_server.member()) {
    const auto status = co_await cluster_status(context.get_executor(), options.paths);
    if (status) cluster_address = status->address;
  }
  for (int i = 1;; ++i) {
    const bool first = !desired.fabric_row();
    auto rows = own_rows(first);
    const auto written = co_await database_session->transact(std::move(rows));
    if (written || stopping) {
      log::ended("database");
      co_return written ? Result<void>{} : std::unexpected(written.error());
    }
    const bool quick = first && i < quick_tries;
    if (!quick) log::repeated("database", format(written.error()));
    co_await pause_for(quick ? milliseconds{20} : milliseconds{1000});
  }
}

ovsdb::Transaction Agent::State::own_rows(bool with_fabric) const {
  ovsdb::Transaction transaction{database};
  if (with_fabric) transaction.insert("Fabric", {{"name", ""}});
  ovsdb::Columns columns{
      {"name", options.host},
      {"bridge", options.bridge},
      {"version", project_version},
      {"pid", static_cast<std::int64_t>(::getpid())},
      {"capabilities",
       ovsdb::Datum::map(
           {{"until_down", options.until_down ? "true" : "false"},
            {"open_vswitch", vswitch->version().empty() ? "unknown" : vswitch->version()},
            {"private_switch", own_switch ? "true" : "false"},
            {"switch_dir", switch_dir},
            {"datapath", datapath()},
            {"forwarding", options.forwarding == Forwarding::tc ? "tc" : "openflow"},
            {"metrics", options.metrics},
            {"shared", options.shared ? "true" : "false"},
            {"cluster_address", cluster_address},
            {"machine", this_machine()},
            {"run_dir", options.paths.run_dir}})},
      {"error", ovsdb::Datum()}};  // of an agent before this one
  if (!options.address.empty()) columns.emplace_back("address", options.address);
  // Its name is what its rights hang on, and no column that it may write again.
  if (const auto row = desired.host_row())
    transaction.update("Host", ovsdb::by_uuid(*row), {columns.begin() + 1, columns.end()});
  else
    transaction.insert("Host", columns);
  return transaction;
}

Result<void> Agent::State::first_look() {
  auto opened = HostDevices::open(options.paths.instance);
  if (!opened) return std::unexpected(opened.error());
  devices = std::make_unique<HostDevices>(std::move(*opened));
  if (auto seen = devices->observe(); !seen) return seen;
  nodes = std::make_unique<Nodes>(
      context.get_executor(),
      NodesOptions{.paths = options.paths,
                   .init_program = options.init_program,
                   .console_program = options.console_program,
                   .engine_socket = options.engine_socket.empty()
                                        ? containers::Engine::default_socket()
                                        : options.engine_socket});
  nodes->on_changed([this](const std::string& name) {
    if (!name.empty()) pending.nodes.insert(name);
    wake();
  });
  if (auto prepared = nodes->prepare(); !prepared) return prepared;
  gateways =
      std::make_unique<Gateways>(context.get_executor(), options.paths, options.relay_program);
  switches = std::make_unique<SwitchNodes>(*vswitch);
  channels = std::make_unique<ControlChannels>(context.get_executor(), options.paths, switch_dir,
                                               options.relay_program);
  reconciler =
      std::make_unique<Reconciler>(PortRules{.instance = options.paths.instance,
                                             .userspace_datapath = datapath() == userspace_datapath,
                                             .forwarding = options.forwarding,
                                             .timer_resolution = netem::timer_resolution()},
                                   desired, scenarios.overlay(), underlay, *nodes, *devices,
                                   *vswitch, *flows, *gateways, *switches, *channels);
  if (const auto self = desired.elsewhere().hosts().find(options.host);
      self != desired.elsewhere().hosts().end())
    underlay.adopt(self->second.underlay);
  // Left half-made: devices without a mark belong to no interface that could be named.
  std::set<std::string> unmarked;
  for (const auto& [name, known] : devices->all())
    if (!known.mark) unmarked.insert(name);
  for (const auto& [name, error] : devices->remove(unmarked)) log::warning(format(error));
  pending.add(reconciler->everything());
  log::info(fmt::format(
      "instance {} on bridge {} ({} Open vSwitch{}): {} nodes, {} links, {} segments wanted",
      options.paths.instance, options.bridge, own_switch ? "private" : "system",
      vswitch->version().empty() ? "" : " " + vswitch->version(), desired.topology().nodes.size(),
      desired.topology().links.size(), desired.topology().segments.size()));
  awake = true;
  return {};
}

}  // namespace linkfab::fabric
