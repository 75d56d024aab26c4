#include "containers/exec_session.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <unistd.h>
#include <utility>
#include <variant>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "containers/engine_json.hpp"
#include "containers/json_fields.hpp"
#include "containers/standard_stream.hpp"
#include "containers/stream_frames.hpp"
#include "containers/terminal.hpp"

namespace linkfab::containers {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using std::chrono::milliseconds;

namespace {

constexpr int killed_by = 128;
constexpr int cannot_execute = 126;
constexpr int command_not_found = 127;

// Docker before version 25 gives both failures the status 126 and says which it was in what looks
// like the command's own output.
bool says_not_found(std::string_view opening) {
  const auto has = [opening](std::string_view part) {
    return opening.find(part) != std::string_view::npos;
  };
  return opening.starts_with("OCI runtime exec failed") &&
         (has("executable file not found") || has("no such file or directory"));
}

class ExecSession {
 public:
  ExecSession(HttpClient& http, std::string prefix, const std::string& container, ExecSpec spec)
      : http_(http),
        prefix_(std::move(prefix)),
        container_(container),
        spec_(std::move(spec)),
        attempt_("execute " + (spec_.command.empty() ? "a command" : spec_.command.front()) +
                 " in container " + container),
        timer_(http.executor()),
        stdin_(http.executor(), STDIN_FILENO),
        stdout_(http.executor(), STDOUT_FILENO),
        stderr_(http.executor(), STDERR_FILENO) {}

  awaitable<Result<int>> run();

 private:
  // nullopt: the command has closed its output; a number: we end with this status.
  using Ended = Result<std::optional<int>>;

  awaitable<Result<Json::Value>> call(std::string method, std::string path, std::string body);
  awaitable<Ended> output(UpgradedConnection& connection);
  awaitable<Ended> show(std::string_view part);
  awaitable<void> input(UpgradedConnection& connection);
  awaitable<int> follow_terminal(asio::signal_set& signals);
  awaitable<bool> resize();
  awaitable<Result<int>> exit_status();
  awaitable<void> wait(milliseconds time);
  awaitable<void> forever();

  HttpClient& http_;
  std::string prefix_;
  std::string container_;
  ExecSpec spec_;
  std::string attempt_;
  std::string id_;
  StreamFrames frames_;
  std::string opening_;  // of the output
  asio::steady_timer timer_;
  StandardStream stdin_;
  StandardStream stdout_;
  StandardStream stderr_;
};

awaitable<Result<int>> ExecSession::run() {
  const auto created = co_await call("POST", "/containers/" + percent_encode(container_) + "/exec",
                                     to_text(to_json(spec_)));
  if (!created) co_return std::unexpected(created.error());
  id_ = text_field(*created, "Id");

  Json::Value start(Json::objectValue);
  start["Detach"] = false;
  start["Tty"] = spec_.tty;
  HttpRequest request{.attempt = attempt_,
                      .method = "POST",
                      .target = prefix_ + "/exec/" + percent_encode(id_) + "/start",
                      .body = to_text(start)};
  auto connection = co_await http_.upgrade(std::move(request));
  if (!connection) co_return std::unexpected(connection.error());
  {
    using namespace asio::experimental::awaitable_operators;
    const IgnoredSigpipe without_sigpipe;
    // A raw terminal must not be left behind, so the ends that can be caught are, and before it is
    // raw.
    asio::signal_set signals(http_.executor());
    if (spec_.tty) {
      for (const int signal : {SIGWINCH, SIGTERM, SIGHUP, SIGINT}) signals.add(signal);
    }
    std::optional<RawTerminal> raw;
    if (spec_.tty && spec_.stdin_open) raw.emplace(STDIN_FILENO);
    const auto first =
        co_await (output(*connection) || input(*connection) || follow_terminal(signals));
    if (const int* signalled = std::get_if<2>(&first)) co_return *signalled;
    const Ended& ended = std::get<0>(first);
    if (!ended) co_return std::unexpected(ended.error());
    if (*ended) co_return **ended;
  }
  co_return co_await exit_status();
}

awaitable<Result<Json::Value>> ExecSession::call(std::string method, std::string path,
                                                 std::string body) {
  HttpRequest request{.attempt = attempt_,
                      .method = std::move(method),
                      .target = prefix_ + path,
                      .body = std::move(body)};
  const auto answer = co_await http_.exchange(std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  auto value = parse_json(answer->body);
  if (!value) co_return failure(value.error().code, attempt_, format(value.error()));
  co_return std::move(*value);
}

awaitable<ExecSession::Ended> ExecSession::output(UpgradedConnection& connection) {
  std::array<char, 32768> buffer;
  std::string_view part = connection.early;
  for (;;) {
    auto shown = co_await show(part);
    if (!shown || *shown) co_return shown;
    boost::system::error_code error;
    const auto count = co_await connection.socket.async_read_some(
        asio::buffer(buffer), asio::redirect_error(use_awaitable, error));
    // A reset is an end too, of a command that left input unread.
    const bool ended = error == asio::error::eof || error == asio::error::connection_reset;
    if (ended && frames_.complete()) co_return std::nullopt;
    if (error) {
      co_return failure(Errc::unreachable, attempt_,
                        "the engine closed the connection in the middle of the output");
    }
    part = std::string_view(buffer.data(), count);
  }
}

awaitable<ExecSession::Ended> ExecSession::show(std::string_view part) {
  while (!part.empty()) {
    StreamFrames::Piece piece{.stream = OutputStream::output, .bytes = part};
    if (spec_.tty) {
      part = {};
    } else {
      const auto next = frames_.next(part);
      if (!next) co_return failure(next.error().code, attempt_, format(next.error()));
      piece = *next;
    }
    constexpr std::size_t longest_opening = 1024;
    opening_ += piece.bytes.substr(0, longest_opening - opening_.size());
    auto& stream = piece.stream == OutputStream::error ? stderr_ : stdout_;
    const auto written = co_await stream.write(piece.bytes);
    if (written) continue;
    // What becomes of a command in a pipeline whose reader ends.
    if (written.error().code == Errc::unreachable) co_return killed_by + SIGPIPE;
    co_return failure(written.error().code, attempt_, format(written.error()));
  }
  co_return std::nullopt;
}

// Ends by being cancelled only: that our input is at its end, or that the command does not read it,
// ends nothing.
awaitable<void> ExecSession::input(UpgradedConnection& connection) {
  std::array<char, 32768> buffer;
  boost::system::error_code error;
  while (spec_.stdin_open && !error) {
    const auto count = co_await stdin_.read(buffer);
    if (!count || *count == 0) break;
    co_await asio::async_write(connection.socket, asio::buffer(buffer.data(), *count),
                               asio::redirect_error(use_awaitable, error));
  }
  if (!error) connection.socket.shutdown(asio::socket_base::shutdown_send, error);
  co_await forever();
}

awaitable<int> ExecSession::follow_terminal(asio::signal_set& signals) {
  if (!spec_.tty) co_await forever();
  // Until the engine has started the command there is no terminal to resize.
  for (int attempt = 0; attempt < 10 && !co_await resize(); ++attempt) {
    co_await wait(milliseconds{20});
  }
  for (;;) {
    const int signal = co_await signals.async_wait(use_awaitable);
    if (signal != SIGWINCH) co_return killed_by + signal;
    co_await resize();
  }
}

awaitable<bool> ExecSession::resize() {
  const auto size = terminal_size(STDIN_FILENO);
  if (!size) co_return true;
  HttpRequest request{.attempt = attempt_,
                      .method = "POST",
                      .target = fmt::format("{}/exec/{}/resize?h={}&w={}", prefix_,
                                            percent_encode(id_), size->rows, size->columns),
                      .body = {}};
  const auto answer = co_await http_.exchange(std::move(request));
  co_return answer.has_value();
}

// The output can end before the engine has noticed that the command has, and a command can close
// its output and go on.
awaitable<Result<int>> ExecSession::exit_status() {
  milliseconds pause{10};
  constexpr milliseconds longest_pause{500};
  constexpr int patience = 20;
  for (int unknown = 0; unknown < patience;) {
    const auto state = co_await call("GET", "/exec/" + percent_encode(id_) + "/json", {});
    if (!state) co_return std::unexpected(state.error());
    const Json::Value& code = field(*state, "ExitCode");
    if (!field(*state, "Running").isBool() || !field(*state, "Running").asBool()) {
      if (code.isInt() && code.asInt() == cannot_execute && says_not_found(opening_))
        co_return command_not_found;
      if (code.isInt()) co_return code.asInt();
      ++unknown;
    }
    co_await wait(pause);
    pause = std::min(2 * pause, longest_pause);
  }
  co_return failure(Errc::failed, attempt_,
                    "the command has ended and the engine has no exit status");
}

awaitable<void> ExecSession::wait(milliseconds time) {
  timer_.expires_after(time);
  co_await timer_.async_wait(use_awaitable);
}

awaitable<void> ExecSession::forever() {
  asio::steady_timer timer(http_.executor(), asio::steady_timer::time_point::max());
  co_await timer.async_wait(use_awaitable);
}

}  // namespace

awaitable<Result<int>> run_exec(HttpClient& http, std::string prefix, std::string container,
                                ExecSpec spec) {
  ExecSession session(http, std::move(prefix), container, std::move(spec));
  co_return co_await session.run();
}

}  // namespace linkfab::containers
