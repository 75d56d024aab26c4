#include "ovsdb/unixctl.hpp"

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "ovsdb/json_text.hpp"
#include "ovsdb/rpc.hpp"

namespace linkfab::ovsdb {
namespace {

namespace asio = boost::asio;

// What the conversation and its caller share: either may end first.
struct ControlCall {
  explicit ControlCall(const asio::any_io_executor& executor) : timer(executor) {}
  void end(Result<Json::Value> with) {
    if (!result) result = std::move(with);
    timer.cancel();
  }
  std::optional<Result<Json::Value>> result;
  asio::steady_timer timer;
};

asio::awaitable<void> converse(std::shared_ptr<Rpc> rpc, std::shared_ptr<ControlCall> call) {
  Error end = co_await rpc->run();
  call->end(std::unexpected(std::move(end)));
}

Result<std::string> arguments_text(const std::vector<std::string>& arguments) {
  Json::Value json(Json::arrayValue);
  for (const auto& argument : arguments) json.append(argument);
  std::string text;
  if (auto done = append_json(text, json); !done) return std::unexpected(done.error());
  return text;
}

// Its errors are lines for a terminal.
std::string trimmed(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

asio::awaitable<Result<std::string>> unixctl(asio::any_io_executor executor, std::string socket,
                                             std::string command,
                                             std::vector<std::string> arguments,
                                             std::chrono::milliseconds limit) {
  const std::string attempt = command + " at " + socket;
  const auto params = arguments_text(arguments);
  if (!params) co_return std::unexpected(params.error());
  auto remote = parse_remote("unix:" + socket);
  if (!remote) co_return std::unexpected(remote.error());
  const auto call = std::make_shared<ControlCall>(executor);
  call->timer.expires_after(limit);
  const auto rpc = std::make_shared<Rpc>(
      make_stream(executor, std::move(*remote)),
      Rpc::Events{.opened = [] {}, .received = [] {}, .notified = [](const auto&, const auto&) {}});
  rpc->request(command, *params,
               [call](Result<Json::Value> result) { call->end(std::move(result)); });
  asio::co_spawn(executor, converse(rpc, call), asio::detached);
  boost::system::error_code ignored;
  if (!call->result)
    co_await call->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  auto result = std::move(call->result);
  rpc->close({Errc::unreachable, attempt, "it was closed"});
  if (!result)
    co_return failure(Errc::timeout, attempt, fmt::format("no reply within {} ms", limit.count()));
  if (!*result) {
    Error error = std::move(result->error());
    co_return failure(error.code, attempt, trimmed(std::move(error.cause)));
  }
  co_return (*result)->isString() ? (*result)->asString() : std::string{};
}

}  // namespace linkfab::ovsdb
