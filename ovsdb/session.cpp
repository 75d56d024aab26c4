#include "ovsdb/session.hpp"

#include <utility>

#include "ovsdb/json_text.hpp"
#include "ovsdb/session_state.hpp"

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;

Result<std::string> text_of(const Json::Value& json) {
  std::string text;
  if (auto done = append_json(text, json); !done) return std::unexpected(std::move(done.error()));
  return text;
}

}  // namespace

Session::Session(asio::any_io_executor executor, SessionOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(options))) {}

Session::~Session() {
  state_->on_change = nullptr;
  state_->on_connection = nullptr;
  state_->on_lock = nullptr;
  state_->stop({Errc::unreachable, "use OVSDB session", "it was destroyed"});
}

void Session::monitor(Monitor monitor) {
  state_->subscribe(std::move(monitor));
}

void Session::on_change(std::function<void(const std::string&, const Changes&, bool)> callback) {
  state_->on_change = std::move(callback);
}

void Session::on_connection(std::function<void(bool, const std::string&)> callback) {
  state_->on_connection = std::move(callback);
}

void Session::on_lock(std::function<void(const std::string&, bool)> callback) {
  state_->on_lock = std::move(callback);
}

void Session::start() {
  state_->start();
}

void Session::stop() {
  state_->stop({Errc::unreachable, "use OVSDB session", "it was stopped"});
}

bool Session::connected() const {
  return state_->connected;
}

bool Session::without_majority() const {
  return state_->connected && state_->lone;
}

const Replica& Session::replica(const std::string& database) const {
  static const Replica none;
  const auto found = state_->subscriptions.find(database);
  return found != state_->subscriptions.end() ? found->second->replica() : none;
}

// What these return must not depend on `this`: it may be awaited when the session is gone. So they
// are no coroutines themselves, but hand the State to one.

asio::awaitable<Result<void>> Session::wait_connected(std::chrono::milliseconds limit) {
  return State::wait_connected(state_, limit);
}

asio::awaitable<Result<Reply>> Session::transact(Transaction transaction) {
  return [](std::shared_ptr<State> state, Transaction mine) -> asio::awaitable<Result<Reply>> {
    const auto answer = co_await State::request(state, "transact", mine.params_text());
    if (!answer) co_return std::unexpected(answer.error());
    co_return decode_reply(mine, *answer);
  }(state_, std::move(transaction));
}

asio::awaitable<Result<Json::Value>> Session::request(std::string method, Json::Value params) {
  return State::request(state_, std::move(method), text_of(params));
}

asio::awaitable<Result<bool>> Session::lock(std::string name) {
  return State::acquire(state_, std::move(name), false);
}

asio::awaitable<Result<bool>> Session::steal(std::string name) {
  return State::acquire(state_, std::move(name), true);
}

asio::awaitable<Result<void>> Session::unlock(std::string name) {
  return State::release(state_, std::move(name));
}

}  // namespace linkfab::ovsdb
