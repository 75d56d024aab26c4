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
    if (database == server_database) return check_leader(resync);
    if (resync) check_filled();
  };
  subscriptions[database] = std::make_unique<Subscription>(
      std::move(monitor),
      Subscription::Events{.changed = changed, .failed = [this](const Error& why) { drop(why); }});
}

void Session::State::start() {
  if (std::exchange(running, true)) return;
  if (options.leader_only && !subscriptions.contains(server_database))
    subscribe({.database = server_database,
               .tables = {{"Database", {"name", "model", "connected", "leader"}}}});
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
  if (const auto server = subscriptions.find(server_database); server != subscriptions.end())
    server->second->begin(*rpc);  // The rest follows when this server is seen to lead.
  else
    begin_monitors();
}

void Session::State::begin_monitors() {
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
  if (connected || !rpc) return;
  for (const auto& [database, subscription] : subscriptions)
    if (!subscription->filled()) return;
  connected = true;
  reconnect.established(now());
  wake_waiters();
  if (on_connection) on_connection(true, {});
}

// Serves only a leader: of every database that is monitored here and clustered there, this server
// must be the leader and in touch with a majority.
void Session::State::check_leader(bool first) {
  const Subscription& server = *subscriptions.at(server_database);
  for (const auto& [uuid, row] : server.replica().rows("Database")) {
    const std::string name = get(row, "name").string();
    const bool ours = subscriptions.size() == 1 || subscriptions.contains(name);
    if (!ours || get(row, "model").string() != "clustered") continue;
    if (!get(row, "connected").boolean() || !get(row, "leader").boolean())
      return drop({Errc::unreachable, "connect to OVSDB at " + reconnect.remote(),
                   "this server is not the leader of " + name});
  }
  if (first) begin_monitors();
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
  for (const auto& [database, subscription] : subscriptions) subscription->end();
  if (const auto ended = std::exchange(rpc, nullptr)) ended->close(reason);
  lose_locks();
  if (was_connected && on_connection) on_connection(false, format(why));
}

void Session::State::wake_waiters() {
  for (asio::steady_timer* waiter : waiters) waiter->cancel();
}

}  // namespace linkfab::ovsdb
