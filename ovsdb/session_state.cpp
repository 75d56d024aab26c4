// The life of a session's connections: opening, monitors, loss, and the alarm behind it.
#include "ovsdb/session_state.hpp"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;

constexpr const char* server_database = "_Server";

TimePoint now() {
  return Clock::now();
}

// A server that has not joined yet knows no cluster: an identity of zeros.
bool joined(const Row& row) {
  const auto cluster = get(row, "cid").uuids();
  return !cluster.empty() && cluster.front() != Uuid{};
}

}  // namespace

Session::State::State(asio::any_io_executor its_executor, SessionOptions its_options)
    : executor(std::move(its_executor)),
      options(std::move(its_options)),
      reconnect(options.remotes, options.probe_interval),
      alarm(executor),
      reason{Errc::unreachable, "connect to OVSDB", "the session is not started"} {}

void Session::State::subscribe(Monitor monitor) {
  const std::string database = monitor.database;
  const auto changed = [this, database](const Changes& changes, bool resync) {
    if (on_change && database != server_database) on_change(database, changes, resync);
    if (database == server_database) return check_server();
    if (resync) check_filled();
  };
  const auto failed = [this, database](const Error& why) {
    if (!rpc) return;  // It is being closed.
    // A server from before there were clusters.
    if (database == server_database && why.code == Errc::not_found) return begin_monitors();
    drop(why);
  };
  subscriptions[database] = std::make_unique<Subscription>(
      std::move(monitor), Subscription::Events{.changed = changed, .failed = failed});
}

void Session::State::start() {
  if (std::exchange(running, true)) return;
  if (!subscriptions.contains(server_database))
    subscribe({.database = server_database,
               .tables = {{"Database", {"name", "model", "connected", "leader", "cid"}}}});
  reason = {Errc::unreachable, "connect to OVSDB at " + reconnect.remote(), "no answer yet"};
  reconnect.start(now());
  step();
}

void Session::State::stop(const Error& why) {
  running = false;
  reconnect.stop();
  alarm.cancel();
  disconnect(why);
  wake_waiters();
}

void Session::State::step() {
  switch (reconnect.due(now())) {
    case Reconnect::Action::none:
      break;
    case Reconnect::Action::connect:
      begin_connection();
      break;
    case Reconnect::Action::probe:
      if (rpc) rpc->request("echo", R"(["probe"])", [](const Answer&) {});
      break;
    case Reconnect::Action::move_on:
      return move_on(withheld.value_or(reason));
    case Reconnect::Action::give_up:
      return drop({Errc::unreachable, "connect to OVSDB at " + reconnect.remote(),
                   "the server does not answer"});
  }
  set_alarm();
}

// Bytes that arrive push the next probe away without touching the timer: it rings early, and step()
// finds nothing to do.
void Session::State::set_alarm() {
  const auto next = reconnect.next();
  if (!next) return;
  alarm.expires_at(*next);
  alarm.async_wait([weak = weak_from_this()](boost::system::error_code code) {
    if (const auto self = weak.lock(); self && !code) self->step();
  });
}

void Session::State::begin_connection() {
  Result<Remote> remote = parse_remote(reconnect.remote());
  if (!remote) return drop(remote.error());
  const bool encrypted = remote->kind == Remote::Kind::tls;
  if (encrypted && !options.tls)
    return drop(
        {Errc::unsupported, "connect to " + reconnect.remote(), "this program does not speak TLS"});
  // The State outlives what it says here: it is held by the coroutine that runs the conversation.
  rpc = std::make_shared<Rpc>(
      encrypted ? options.tls(executor, std::move(*remote))
                : make_stream(executor, std::move(*remote)),
      Rpc::Events{.opened = [this] { opened(); },
                  .received = [this] { reconnect.received(now()); },
                  .notified = [this](const std::string& method,
                                     const Json::Value& params) { notified(method, params); }});
  const auto converse = [](std::shared_ptr<State> self,
                           std::shared_ptr<Rpc> mine) -> asio::awaitable<void> {
    const Error end = co_await mine->run();
    if (self->rpc == mine) self->drop(end);
  };
  asio::co_spawn(executor, converse(shared_from_this(), rpc), [](const std::exception_ptr& broken) {
    if (broken)
      std::rethrow_exception(broken);  // A callback's: it belongs to whoever runs the loop.
  });
}

void Session::State::opened() {
  reconnect.opened(now());
  set_alarm();
  subscriptions.at(server_database)->begin(*rpc);  // The rest follows when it is seen to serve.
}

void Session::State::begin_monitors() {
  served = true;
  withheld.reset();
  reconnect.served();
  restore_locks();
  for (const auto& [database, subscription] : subscriptions)
    if (database != server_database) subscription->begin(*rpc);
  check_filled();
}

void Session::State::notified(const std::string& method, const Json::Value& params) {
  if (method == "locked" || method == "stolen") {
    if (params.isArray() && params.size() == 1 && params[0].isString())
      lock_changed(params[0].asString(), method == "locked");
    return;
  }
  for (const auto& [database, subscription] : subscriptions)
    if (subscription->notified(method, params)) return;
}

void Session::State::check_filled() {
  if (connected || !rpc || !served) return;
  for (const auto& [database, subscription] : subscriptions)
    if (database != server_database && !subscription->filled()) return;
  connected = true;
  reconnect.established(now());
  wake_waiters();
  if (on_connection) on_connection(true, {});
}

// A server of a cluster that is not in touch with a majority answers nothing and says nothing,
// until it is. And where only a leader will do, it must be that of every database that is monitored
// here and clustered there.
void Session::State::check_server() {
  const Subscription& server = *subscriptions.at(server_database);
  const std::string attempt = "connect to OVSDB at " + reconnect.remote();
  lone = false;
  for (const auto& [uuid, row] : server.replica().rows("Database")) {
    const std::string name = get(row, "name").string();
    const bool ours = subscriptions.size() == 1 || subscriptions.contains(name);
    if (!ours || get(row, "model").string() != "clustered") continue;
    clustered = true;
    const bool alone = !get(row, "connected").boolean();
    lone = lone || alone;
    if (alone && !(options.any_copy && joined(row)))
      return withhold({Errc::unreachable, attempt,
                       joined(row) ? "the cluster of the database has no majority"
                                   : "the server has not joined the cluster of the database yet"});
    if (options.leader_only && !get(row, "leader").boolean())
      return drop({Errc::unreachable, attempt, "this server is not the leader of " + name});
  }
  if (!served) begin_monitors();
}

void Session::State::withhold(const Error& why) {
  if (served) return move_on(why);
  reason = why;
  if (!std::exchange(withheld, why)) reconnect.unserved(now());
  set_alarm();
  rpc->abandon(why);
}

void Session::State::move_on(const Error& why) {
  reconnect.moved(now());
  disconnect(why);
  if (running) set_alarm();
}

void Session::State::drop(const Error& why) {
  if (!running) return;
  reconnect.lost(now());
  disconnect(why);
  if (running) set_alarm();
}

void Session::State::disconnect(const Error& why) {
  reason = why;
  reason.code = Errc::unreachable;
  const bool was_connected = std::exchange(connected, false);
  served = false;
  clustered = false;
  lone = false;
  withheld.reset();
  for (const auto& [database, subscription] : subscriptions) subscription->end();
  if (const auto ended = std::exchange(rpc, nullptr)) ended->close(reason);
  lose_locks();
  if (was_connected && on_connection) on_connection(false, format(why));
}

void Session::State::wake_waiters() {
  for (asio::steady_timer* waiter : waiters) waiter->cancel();
}

}  // namespace linkfab::ovsdb
