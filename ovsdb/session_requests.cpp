// What a session's callers wait for: replies, the connection, locks.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "ovsdb/json_text.hpp"
#include "ovsdb/session_state.hpp"

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// A reply that is waited for. The timer is its alarm clock: cancelled when the reply is there.
struct Call {
  explicit Call(const asio::any_io_executor& executor) : timer(executor) {}
  std::optional<Result<Json::Value>> result;
  asio::steady_timer timer;
};

TimePoint deadline(milliseconds limit) {
  return limit == milliseconds{0} ? TimePoint::max() : Clock::now() + limit;
}

// RFC 7047 §3.1, <id>.
bool is_id(std::string_view name) {
  const auto letter = [](char c) {
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), part);
}

std::unexpected<Error> bad_lock_name(const std::string& name) {
  return failure(Errc::invalid, "lock \"" + name + "\"",
                 "a lock's name is made of letters, digits and _, and does not begin with a digit");
}

std::string lock_params(const std::string& name) {
  return "[\"" + name + "\"]";
}

}  // namespace

asio::awaitable<Result<Json::Value>> Session::State::request(std::shared_ptr<State> state,
                                                             std::string method,
                                                             Result<std::string> params,
                                                             Arrived arrived) {
  if (!params) co_return std::unexpected(params.error());
  const std::string attempt = "OVSDB request " + method;
  const auto rpc = state->rpc;
  if (!rpc || state->withheld) co_return failure(Errc::unreachable, attempt, format(state->reason));

  const auto call = std::make_shared<Call>(state->executor);
  const auto limit =
      state->clustered ? state->options.cluster_timeout : state->options.request_timeout;
  call->timer.expires_at(deadline(limit));
  const auto id = rpc->request(method, *params, [call, arrived](Result<Json::Value> result) {
    if (arrived) arrived(result);
    call->result = std::move(result);
    call->timer.cancel();
  });
  boost::system::error_code woken;
  if (!call->result)
    co_await call->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (call->result) co_return std::move(*call->result);
  rpc->forget(id);
  if (woken) co_return failure(Errc::failed, attempt, "the caller gave up");
  co_return failure(Errc::timeout, attempt, fmt::format("no reply within {} ms", limit.count()));
}

asio::awaitable<Result<void>> Session::State::wait_connected(std::shared_ptr<State> state,
                                                             milliseconds limit) {
  if (!state->connected) {
    asio::steady_timer timer(state->executor, limit);
    state->waiters.insert(&timer);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    state->waiters.erase(&timer);
  }
  if (state->connected) co_return Result<void>{};
  co_return std::unexpected(state->reason);
}

// A lock asked for stays wanted: it is asked for again on each new connection, but never stolen
// twice.
asio::awaitable<Result<bool>> Session::State::acquire(std::shared_ptr<State> state,
                                                      std::string name, bool steal) {
  if (!is_id(name)) co_return bad_lock_name(name);
  if (!state->rpc || state->withheld)
    co_return failure(Errc::unreachable, "lock \"" + name + "\"", format(state->reason));
  const auto [known, fresh] = state->locks.try_emplace(name, false);
  if (!fresh) {
    if (known->second || !steal) co_return known->second;
    // The server allows no second request for a lock that is queued for.
    state->rpc->request("unlock", lock_params(name), [](const Answer&) {});
  }
  bool held = false;
  // Named, because GCC 12 destroys such temporaries of a co_await expression twice.
  const Arrived arrived = [&held, &locks = state->locks, name](const Answer& answer) {
    if (!answer || !(*answer)["locked"].isBool()) return;
    held = (*answer)["locked"].asBool();
    if (const auto lock = locks.find(name); lock != locks.end()) lock->second = held;
  };
  Answer answer = co_await request(state, steal ? "steal" : "lock", lock_params(name), arrived);
  if (!answer) {
    if (fresh) state->locks.erase(name);
    co_return std::unexpected(std::move(answer.error()));
  }
  co_return held;
}

asio::awaitable<Result<void>> Session::State::release(std::shared_ptr<State> state,
                                                      std::string name) {
  if (state->locks.erase(name) == 0) co_return Result<void>{};
  if (!state->rpc) co_return Result<void>{};  // With the connection the server forgot it too.
  const auto answer = co_await request(state, "unlock", lock_params(name));
  if (!answer && answer.error().code != Errc::unreachable)
    co_return std::unexpected(answer.error());
  co_return Result<void>{};
}

void Session::State::lock_changed(const std::string& name, bool held) {
  const auto lock = locks.find(name);
  if (lock == locks.end() || std::exchange(lock->second, held) == held) return;
  if (on_lock) on_lock(name, held);
}

void Session::State::restore_locks() {
  for (const auto& [name, held] : locks)
    rpc->request("lock", lock_params(name), [this, name](const Answer& answer) {
      if (answer && (*answer)["locked"].isBool()) lock_changed(name, (*answer)["locked"].asBool());
    });
}

void Session::State::lose_locks() {
  std::vector<std::string> lost;
  for (const auto& [name, held] : locks)
    if (held) lost.push_back(name);
  for (const std::string& name : lost) lock_changed(name, false);
}

}  // namespace linkfab::ovsdb
