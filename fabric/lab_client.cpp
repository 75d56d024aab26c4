#include "fabric/lab_client.hpp"

#include <set>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fabric/change_log.hpp"
#include "fabric/edit.hpp"
#include "fabric/hosts.hpp"
#include "fabric/lab_snapshot.hpp"
#include "fabric/live_view.hpp"
#include "fabric/rows.hpp"
#include "fabric/sharing.hpp"
#include "ovsdb/session.hpp"

namespace linkfab::fabric {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto idle_time = 60s;
constexpr int most_attempts = 10;

}  // namespace

struct LabClient::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor its_executor, std::string its_remotes, ovsdb::TlsFiles its_tls)
      : executor(std::move(its_executor)),
        remotes(std::move(its_remotes)),
        tls(std::move(its_tls)),
        idle(executor) {}

  void open();
  void woken_by_change();
  awaitable<void> close_when_idle();

  asio::any_io_executor executor;
  std::string remotes;
  ovsdb::TlsFiles tls;
  std::unique_ptr<ovsdb::Session> session;
  std::optional<LiveView> view;
  std::uint64_t version = 0;
  std::set<asio::steady_timer*> waiting;
  asio::steady_timer idle;
  Clock::time_point used;
  bool closed = false;
};

void LabClient::State::open() {
  session = std::make_unique<ovsdb::Session>(executor, session_options(remotes, tls));
  auto monitor = state_columns();
  monitor.tables["Change"] = change_columns(true);
  monitor.tables["Snapshot"] = snapshot_columns(true);
  session->monitor(std::move(monitor));
  view.emplace(session->replica(database));
  session->on_change([this](const auto&, const ovsdb::Changes& changes, bool) {
    view->note(changes);
    woken_by_change();
  });
  session->on_connection([this](bool, const std::string&) { woken_by_change(); });
  session->start();
  asio::co_spawn(executor, close_when_idle(), asio::detached);
}

void LabClient::State::woken_by_change() {
  ++version;
  for (auto* timer : waiting) timer->cancel();
}

awaitable<void> LabClient::State::close_when_idle() {
  const auto self = shared_from_this();
  while (!closed && (!waiting.empty() || Clock::now() < used + idle_time)) {
    boost::system::error_code stopped;
    idle.expires_after(idle_time);
    co_await idle.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }
  view.reset();
  session.reset();
}

LabClient::LabClient(asio::any_io_executor executor, const std::string& remotes,
                     const ovsdb::TlsFiles& tls)
    : state_(std::make_shared<State>(std::move(executor), remotes, tls)) {}

// Only the reactor's own failure makes a timer's cancel() throw.
LabClient::~LabClient() {  // NOLINT(bugprone-exception-escape)
  state_->closed = true;
  state_->idle.cancel();
  state_->session.reset();
}

awaitable<Result<void>> LabClient::connect() {
  const auto state = state_;
  state->used = Clock::now();
  if (!state->session) state->open();
  if (state->session->connected()) co_return Result<void>{};
  auto connected = co_await state->session->wait_connected(10s);
  if (!connected)
    co_return failure(connected.error().code, "connect to the database " + state->remotes,
                      connected.error().cause);
  co_return Result<void>{};
}

const ovsdb::Replica& LabClient::replica() const {
  static const ovsdb::Replica nothing;
  return state_->session ? state_->session->replica(database) : nothing;
}

const LabView& LabClient::view() {
  static const LabView nothing;
  return state_->view ? state_->view->view() : nothing;
}

bool LabClient::connected() const {
  return state_->session && state_->session->connected();
}

std::uint64_t LabClient::version() const {
  return state_->version;
}

awaitable<bool> LabClient::changed(std::uint64_t known, milliseconds limit) {
  const auto state = state_;
  if (state->version != known) co_return true;
  asio::steady_timer timer(state->executor, limit);
  state->waiting.insert(&timer);
  boost::system::error_code woken;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  state->waiting.erase(&timer);
  state->used = Clock::now();
  co_return state->version != known;
}

awaitable<Result<std::optional<std::int64_t>>> LabClient::commit(Make make) {
  using Number = Result<std::optional<std::int64_t>>;
  for (int i = 1;; ++i) {
    const auto known = version();
    auto change = make(replica());
    if (!change) co_return std::unexpected(change.error());
    if (change->empty()) co_return Number{std::nullopt};
    const auto reply = co_await state_->session->transact(std::move(*change));
    if (reply) {
      const auto number = change_number(*reply);
      if (!number) co_return std::unexpected(number.error());
      co_return Number{*number};
    }
    if (reply.error().code != Errc::conflict || i == most_attempts)
      co_return std::unexpected(reply.error());
    (void)co_await changed(known, 100ms);
  }
}

awaitable<bool> LabClient::dealt_with(std::int64_t number, milliseconds limit) {
  const auto end = Clock::now() + limit;
  for (;;) {
    const auto known = version();
    if (least_cfg(replica()) >= number) co_return true;
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (left <= 0ms) co_return false;
    (void)co_await changed(known, left);
  }
}

}  // namespace linkfab::fabric
