#include "fabric/agent.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <malloc.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "fabric/agent_lock.hpp"
#include "fabric/agent_state.hpp"
#include "fabric/earlier_boot.hpp"
#include "fabric/names.hpp"

namespace linkfab::fabric {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t many = 100;  // interfaces
// Looks may take only a part of a processor's time, so that an idle agent is idle: one 1,000th.
constexpr Clock::duration look_interval = seconds{10};
constexpr Clock::duration longest_look_interval = seconds{100};
constexpr int look_share = 1000;
constexpr int look_share_unwatched = 200;  // where the switch does not tell of changed flows
// Somebody may change them all the time.
constexpr Clock::duration flow_look_interval = milliseconds{100};
constexpr int flow_look_share = 20;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

Clock::duration processor_time() {
  return std::chrono::microseconds{std::clock() / (CLOCKS_PER_SEC / 1'000'000)};
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::create(asio::io_context& context, AgentOptions options) {
  if (options.host.empty()) options.host = host_name();
  options.shared = is_shared(options.paths, options.db, options.sharing);
  auto lock = take_agent_lock(options.paths);
  if (!lock) return std::unexpected(lock.error());
  return std::unique_ptr<Agent>(
      new Agent(std::make_unique<State>(context, std::move(options), std::move(*lock))));
}

Agent::Agent(std::unique_ptr<State> state) : state_(std::move(state)) {}
Agent::~Agent() = default;

awaitable<Result<void>> Agent::run() {
  co_return co_await state_->run();
}

void Agent::stop() {
  state_->stopping = true;
  state_->wake();
}

Result<Measurements> Agent::measure() {
  return state_->measure();
}

Agent::State::State(asio::io_context& its_context, AgentOptions its_options, Fd its_lock)
    : context(its_context),
      options(std::move(its_options)),
      lock(std::move(its_lock)),
      database_server(context.get_executor(), options.paths, options.sharing),
      private_switch(context.get_executor(), options.paths),
      desired({.host = options.host, .shared = options.shared}),
      owners(context.get_executor(), [this] { wake(); }),
      scenarios(options.paths.scenario_dir()),
      timer(context),
      play_timer(context) {}

void Agent::State::wake() {
  awake = true;
  timer.cancel();
}

awaitable<Result<void>> Agent::State::run() {
  if (auto started = co_await start(); !started) {
    abandon();
    co_return started;
  }
  asio::co_spawn(context, watch_devices(), asio::detached);
  asio::co_spawn(context, play(), asio::detached);
  if (options.shared) {
    asio::co_spawn(context, beat(), asio::detached);
    asio::co_spawn(context, measure_underlay(), asio::detached);
  }
  co_await loop();
  if (resigned || taken_down()) co_return co_await leave();
  co_return Result<void>{};
}

awaitable<Result<void>> Agent::State::start() {
  if (auto started = co_await start_database(); !started) co_return started;
  // Where a full disk or the like forbids it, the first look corrects what clients see meanwhile.
  if (const auto forgotten =
          co_await forget_earlier_boot(*database_session, options.host, options.shared);
      !forgotten)
    log::warning(format(forgotten.error()));
  if (auto started = co_await start_switch(); !started) co_return started;
  if (auto observed = first_look(); !observed) co_return observed;
  co_return co_await write_rows();
}

awaitable<void> Agent::State::loop() {
  while (!stopping && !taken_down()) {
    co_await wait_for_work();
    if (stopping) co_return;
    bool connected = vswitch->prepared();
    if (!connected) connected = co_await prepare_switch();
    if (connected && !flows->connected()) connected = co_await connect_switch();
    if (!connected) {
      co_await write_status();
      continue;
    }
    pending.add(reconciler->due(Clock::now()));
    pending.add(scope_of_devices(devices->read_changes()));
    const bool back = std::exchange(database_back, false);
    if (back) {
      reconciler->status().forget();
      pending.add(desired.everything());
    }
    co_await remove_orphans();
    co_await number_wanted_tunnels();
    const std::int64_t seen = desired.next_cfg();
    const bool other_switch = std::exchange(whole_switch, false);
    const auto begin = Clock::now();
    const auto used_before = processor_time();
    const bool everything = other_switch || begin >= next_look;
    bool whole = other_switch;
    if (!whole) whole = co_await look_again(everything);
    Scope scope = std::exchange(pending, {});
    for (const auto& endpoint : scope.interfaces)
      endpoints[device_name(options.paths.instance, endpoint)] = endpoint;
    if (!scope.empty() || whole) {
      const auto start = Clock::now();
      co_await reconciler->step(scope, whole);
      steps.add(Clock::now() - start);
    }
    // A switch that was lost on the way has not all of it: what became of the scope is told when it
    // is back.
    if (!flows->connected()) {
      pending.add(std::move(scope));
      continue;
    }
    forget_removed(scope);
    if (everything) {
      const int share = flows->watched() ? look_share : look_share_unwatched;
      const auto used = share * (processor_time() - used_before);
      next_look = begin + (other_switch ? look_interval
                                        : std::clamp(used, look_interval, longest_look_interval));
    }
    flows_held = flows_held || other_switch;
    if (flows_held) {
      auto process = private_switch.process();
      const auto released = co_await vswitch->release_restored_flows(std::move(process));
      trouble("restored flows", released ? std::string() : format(released.error()));
      flows_held = !released;
    }
    if (seen != acknowledged && !reconciler->removing()) acknowledged = seen;
    acknowledge();
    tell_underlay();
    if (scenarios.take_news() || back) report_scenarios();
    co_await write_status();
    // What a step over much of a lab needed for its messages goes back to the system.
    if (scope.interfaces.size() >= many) ::malloc_trim(0);
    if (desired.next_stats() != statistics_told) co_await write_statistics();
    if (is_dismissed()) co_await resign();
  }
}

awaitable<void> Agent::State::wait_for_work() {
  // The other ends of what the last step set up or down may have to follow.
  if (std::exchange(awake, false) || !pending.empty() || devices->carriers_changed()) co_return;
  const auto now = Clock::now();
  auto due = std::min(reconciler->next_try().value_or(TimePoint::max()), look_due());
  if (flows_held) due = std::min(due, now + milliseconds{100});
  timer.expires_at(std::max(due, now + milliseconds{10}));
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  awake = false;
}

void Agent::State::forget_removed(const Scope& scope) {
  for (const auto& endpoint : scope.interfaces)
    if (!desired.has_interface(endpoint))
      endpoints.erase(device_name(options.paths.instance, endpoint));
}

// Another bridge, or another fail mode, has other flows than were seen last.
awaitable<bool> Agent::State::prepare_switch() {
  log::warning("Open vSwitch: the fabric bridge was deleted or changed; making it anew");
  const auto prepared = co_await vswitch->prepare();
  // The end of the old bridge's connection also ends the wait for the new one, which is wanted by
  // then.
  const bool wanted = prepared || vswitch->prepared();
  trouble("fabric bridge", wanted ? std::string() : format(prepared.error()));
  next_look = {};
  if (wanted) co_return true;
  co_await pause_for(seconds{1});
  co_return false;
}

TimePoint Agent::State::look_due() const {
  return flows_changed ? std::min(next_look, next_flow_look) : next_look;
}

awaitable<bool> Agent::State::look_again(bool at_everything) {
  const auto begin = Clock::now();
  if (!at_everything && !(flows_changed && begin >= next_flow_look)) co_return false;
  if (at_everything) {
    look_at_datapath();
    if (const auto looked = devices->look(); !looked) log::warning(format(looked.error()));
    pending.add(scope_of_devices(devices->read_changes()));
    pending.add(reconciler->everything());
  }
  flows_changed = false;
  const auto seen = co_await flows->observe();
  const auto took = Clock::now() - begin;
  next_flow_look = begin + took + std::max(flow_look_interval, flow_look_share * took);
  if (!seen) log::warning(format(seen.error()));
  co_return seen.has_value();
}

awaitable<Result<void>> Agent::State::connect_flows() {
  const std::string subject = "bridge";
  auto connected = co_await flows->connect(seconds{5});
  const auto now = Clock::now();
  if (connected) {
    bridge_backoff.clear(subject);
  } else if (!bridge_backoff.holds(subject, now)) {
    const bool first = !bridge_backoff.next();
    bridge_backoff.fail(subject, now);
    if (!first) co_await vswitch->ask_again();
  }
  co_return connected;
}

// A switch that was restarted has none of our flows; a private one comes back by itself, the
// system's by its supervisor.
awaitable<bool> Agent::State::connect_switch() {
  const auto connected = co_await connect_flows();
  if (connected) {
    trouble("Open vSwitch", {});
    whole_switch = true;
    co_return true;
  }
  trouble("Open vSwitch",
          fmt::format("{}; what ovs-vswitchd says about it is in {}", format(connected.error()),
                      own_switch ? switch_dir + "/ovs-vswitchd.log" : "its log"));
  co_await pause_for(milliseconds{50});
  co_return false;
}

// Before another try of what everything depends on.
awaitable<void> Agent::State::pause_for(milliseconds time) {
  asio::steady_timer pause(context, time);
  boost::system::error_code ignored;
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  awake = true;
}

awaitable<void> Agent::State::watch_devices() {
  device_events = std::make_unique<asio::posix::stream_descriptor>(context, ::dup(devices->fd()));
  while (!stopping) {
    boost::system::error_code failed;
    co_await device_events->async_wait(asio::posix::stream_descriptor::wait_read,
                                       asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return;
    auto changed = scope_of_devices(devices->read_changes());
    if (devices->take_watched_changed()) changed.add(reconciler->due_gateways());
    if (changed.empty()) continue;
    pending.add(changed);
    wake();
  }
}

Scope Agent::State::scope_of_devices(const std::set<std::string>& changed) const {
  Scope scope;
  for (const auto& name : changed) {
    if (const auto known = endpoints.find(name); known != endpoints.end()) {
      scope.interfaces.insert(known->second);
      // A device that is gone may mean that its node is.
      if (devices->find(name) == nullptr) scope.nodes.insert(known->second.node);
    }
  }
  // The other end of a link follows.
  for (const auto& name : devices->take_carrier_changes()) {
    const auto known = endpoints.find(name);
    if (known == endpoints.end()) continue;
    const auto* attachment = desired.attachment(known->second);
    if (attachment != nullptr && attachment->kind == Attachment::Kind::link)
      for (const auto& peer : desired.peers(known->second)) scope.interfaces.insert(peer);
    if (options.shared) scope.interfaces.insert(known->second);
  }
  return scope;
}

void Agent::State::acknowledge() {
  if (const auto row = desired.host_row(); row && acknowledged >= 0)
    reconciler->status().set("Host", *row, {{"cur_cfg", acknowledged}});
}

void Agent::State::trouble(const std::string& subject, const std::string& text) {
  if (text.empty()) {
    log::ended(subject);
    troubles.erase(subject);
  } else {
    log::repeated(subject, text);
    troubles[subject] = text;
  }
  std::vector<ovsdb::Atom> lines;
  for (const auto& [its_subject, its_text] : troubles)
    lines.emplace_back(its_subject + ": " + its_text);
  if (const auto row = desired.host_row())
    reconciler->status().set("Host", *row, {{"error", ovsdb::Datum::set(std::move(lines))}});
}

awaitable<void> Agent::State::remove_orphans() {
  const auto ended = owners.ended();
  if (ended.empty() || !database_session->connected()) co_return;
  const std::string host = options.shared ? options.host : "";
  auto change = remove_owned(ended, host);
  const auto removed = co_await database_session->transact(std::move(change));
  trouble("processes that have ended", removed ? std::string() : format(removed.error()));
}

awaitable<bool> Agent::State::write_status() {
  if (!database_session->connected()) co_return false;
  if (!reconciler->status().pending()) co_return true;
  const auto written = co_await database_session->transact(reconciler->status().take());
  if (written) {
    log::ended("status");
    co_return true;
  }
  // A row may have gone in the meantime; whatever it was, what stands there is not known now.
  log::repeated("status", format(written.error()));
  database_back = true;
  wake();
  co_return false;
}

bool Agent::State::taken_down() const {
  if (!options.until_down || !nodes || !reconciler) return false;
  const auto down = desired.options().find("down");
  // A switch that never came up has kept everything from being made.
  const bool none_made = own_switch && !flows->connected() && devices->all().empty();
  return down != desired.options().end() && down->second == "true" &&
         desired.topology().nodes.empty() && nodes->empty() && (pending.empty() || none_made);
}

// An agent that was started for a lab, and could not start, leaves none of its servers behind; the
// log stays, and so does a database that was there before: what is in it may not have been read.
void Agent::State::abandon() {
  const bool anothers = !options.db.empty();
  if (!options.until_down || !(fresh || anothers) || !desired.topology().nodes.empty()) return;
  if (nodes) (void)nodes->remove_directories();
  if (own_switch) (void)private_switch.stop();
  if (anothers) return;
  if (database_session) database_session->stop();
  (void)database_server.stop();
  std::error_code ignored;
  fs::remove_all(options.paths.state_dir, ignored);
}

awaitable<Result<void>> Agent::State::leave() {
  log::info(resigned ? "this host is removed; leaving" : "the lab is down; leaving");
  stopping = true;
  flows.reset();  // its end with the bridge is not a fault
  if (auto removed = co_await vswitch->remove_all(); !removed) co_return removed;
  if (auto removed = nodes->remove_directories(); !removed) co_return removed;
  if (own_switch)
    if (auto stopped = private_switch.stop(); !stopped) co_return stopped;
  database_session->stop();
  if (options.db.empty())
    if (auto stopped = database_server.stop(); !stopped) co_return stopped;
  std::error_code ignored;
  if (options.db.empty()) fs::remove_all(options.paths.state_dir, ignored);
  remove_run_directory(options.paths);
  co_return Result<void>{};
}

}  // namespace linkfab::fabric
