#include "containers/http_client.hpp"

#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "containers/http_exchange.hpp"

namespace linkfab::containers {

namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr std::size_t longest_body = std::size_t{64} << 20;
constexpr unsigned switching_protocols = 101;
constexpr unsigned first_error_status = 400;

}  // namespace

awaitable<Result<HttpAnswer>> HttpClient::exchange(HttpRequest request) {
  HttpExchange exchange(executor_, socket_path_, std::move(request));
  const auto opened = co_await exchange.open(false);
  if (!opened) co_return std::unexpected(opened.error());
  if (exchange.status() >= first_error_status) {
    co_return std::unexpected(co_await exchange.refusal());
  }
  auto body = co_await exchange.rest(longest_body);
  if (!body) co_return std::unexpected(body.error());
  co_return HttpAnswer{exchange.status(), std::move(*body)};
}

awaitable<Result<void>> HttpClient::stream(HttpRequest request, Listener listener) {
  HttpExchange exchange(executor_, socket_path_, std::move(request));
  auto opened = co_await exchange.open(false);
  if (!opened) co_return opened;
  if (exchange.status() >= first_error_status) {
    co_return std::unexpected(co_await exchange.refusal());
  }
  exchange.expire_never();
  if (listener.accepted) listener.accepted();
  for (;;) {
    if (listener.quiet) exchange.expire_after(*listener.quiet);
    const auto piece = co_await exchange.part();
    if (!piece) co_return std::unexpected(piece.error());
    if (piece->empty()) co_return Result<void>{};
    auto taken = listener.part(*piece);
    if (!taken) co_return taken;
  }
}

awaitable<Result<UpgradedConnection>> HttpClient::upgrade(HttpRequest request) {
  const std::string attempt = request.attempt;
  HttpExchange exchange(executor_, socket_path_, std::move(request));
  const auto opened = co_await exchange.open(true);
  if (!opened) co_return std::unexpected(opened.error());
  if (exchange.status() >= first_error_status) {
    co_return std::unexpected(co_await exchange.refusal());
  }
  if (exchange.status() != switching_protocols) {
    co_return failure(
        Errc::unsupported, attempt,
        "the engine did not upgrade the connection: status " + std::to_string(exchange.status()));
  }
  co_return exchange.release();
}

std::string percent_encode(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

}  // namespace linkfab::containers
