// What the API shows of nodes and links as they work: consoles and captures.
#include <array>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "api/console.hpp"
#include "api/http_status.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "core/log.hpp"
#include "core/units.hpp"

namespace linkfab::api {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

namespace {

// One of few that go on at the same time, for as long as it lives.
class Turn {
 public:
  explicit Turn(unsigned& taken) : taken_(&taken) { ++taken; }
  ~Turn() { --*taken_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  unsigned* taken_;
};

HttpResponse upgrade_required() {
  auto refused = problem(status::upgrade_required, "ask for a WebSocket");
  refused.headers.emplace_back("Upgrade", "websocket");
  refused.headers.emplace_back("Connection", "Upgrade");
  return refused;
}

// The command of the command line that talks to such a node; the error says why none does.
Result<std::string> console_command(const fabric::NodeView& node) {
  const auto attempt = "open a console of node " + node.name;
  if (node.kind == "host" || node.kind == "external")
    return failure(Errc::unsupported, attempt, fmt::format("a {} node has none", node.kind));
  if (node.state != "running")
    return failure(Errc::conflict, attempt, fmt::format("it is {}", node.state));
  return node.kind == "vpcs" || node.kind == "qemu" ? "console" : "shell";
}

std::string who(const HttpRequest& request) {
  return request.user ? "user " + std::to_string(*request.user) : "TCP";
}

// A program's output as it comes, a piece at a time: while nobody takes it the program waits.
class Output {
 public:
  Output(const asio::any_io_executor& executor, ClientProgram program)
      : program_(std::move(program)), pipe_(executor, program_.take_descriptor().release()) {}

  // What it has written, waited for until `limit`: then it is empty. nullopt: it has ended.
  awaitable<std::optional<std::string>> read(std::chrono::milliseconds limit) {
    asio::steady_timer timer(pipe_.get_executor(), limit);
    timer.async_wait([this](const boost::system::error_code& stopped) {
      boost::system::error_code ignored;
      if (!stopped) (void)pipe_.cancel(ignored);
    });
    boost::system::error_code error;
    const auto size = co_await pipe_.async_read_some(
        asio::buffer(piece_), asio::redirect_error(asio::use_awaitable, error));
    if (error && error != asio::error::operation_aborted) co_return std::nullopt;
    co_return std::string(piece_.data(), size);
  }
  awaitable<void> end() {
    program_.hang_up();
    boost::system::error_code ignored;
    (void)pipe_.close(ignored);
    co_await program_.end();
  }
  [[nodiscard]] std::string errors() const { return program_.errors(); }

 private:
  ClientProgram program_;
  asio::posix::stream_descriptor pipe_;
  std::array<char, std::size_t{64} << 10> piece_{};
};

awaitable<void> hand_on(Output& output, std::string first, HttpSink& sink) {
  constexpr auto look_again = 1s;
  bool taken = first.empty() || co_await sink.send(std::move(first));
  while (taken) {
    auto piece = co_await output.read(look_again);
    if (!piece) break;
    taken = piece->empty() ? !sink.gone() : co_await sink.send(std::move(*piece));
  }
  co_await output.end();
}

// The options of `linkfab capture` that a query stands for; nullopt: it makes no sense.
std::optional<ProgramWords> capture_options(const Query& query) {
  constexpr std::int64_t longest_frame = 262144;
  ProgramWords words;
  for (const auto& [name, value] : query) {
    if (name == "at" && value != "before" && value != "after" && value != "both")
      return std::nullopt;
    if (name == "snaplen" && !parse_integer(value, 1, longest_frame)) return std::nullopt;
    words.insert(words.end(), {"--" + name, value});
  }
  return words;
}

}  // namespace

awaitable<HttpResponse> LabApi::State::capture(Call call, bool segment) {
  constexpr unsigned most = 16;
  constexpr auto first_piece = 5s;
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  const auto& name = call.arguments[0];
  if (!link_item(name, segment))
    co_return problem(status::not_found, fmt::format("there is no '{}'", name));
  auto chosen = capture_options(call.query);
  if (!chosen)
    co_return problem(status::bad_request,
                      "at is before, after or both, snaplen a number of 1 to 262144");
  if (options.command_line.empty() || captures >= most)
    co_return problem(status::unavailable, options.command_line.empty()
                                               ? "this agent has no captures"
                                               : "too many captures are going on");
  HttpResponse answer{.content_type = "application/x-pcapng",
                      .body = {},
                      .allow = "",
                      .headers = {{"Cache-Control", "no-store"}}};
  if (call.request.method == "HEAD") co_return answer;
  auto words = options.command_line;
  words.insert(words.end(), {"capture", "--write", "-"});
  words.insert(words.end(), chosen->begin(), chosen->end());
  words.insert(words.end(), {"--", name});
  log::info(fmt::format("api: {}: capture of {}", who(call.request), name));
  auto turn = std::make_shared<Turn>(captures);
  auto program = ClientProgram::into_pipe(words);
  if (!program) co_return problem(program.error());
  auto output = std::make_shared<Output>(executor, *std::move(program));
  auto first = co_await output->read(first_piece);
  if (!first) {
    co_await output->end();
    co_return problem(status::unprocessable, output->errors());
  }
  const auto self = shared_from_this();
  answer.stream = [self, turn, output, first = *first](HttpSink& sink) -> awaitable<void> {
    co_await hand_on(*output, first, sink);
  };
  co_return answer;
}

awaitable<HttpResponse> LabApi::State::console(Call call) {
  constexpr unsigned most = 32;
  if (auto connected = co_await client->connect(); !connected) co_return problem(connected.error());
  const auto& name = call.arguments[0];
  const auto* node = find_node(client->view(), name);
  if (node == nullptr) co_return problem(status::not_found, fmt::format("there is no '{}'", name));
  const auto command = console_command(*node);
  if (!command) co_return problem(command.error());
  if (!call.request.websocket) co_return upgrade_required();
  if (options.command_line.empty() || consoles >= most)
    co_return problem(status::unavailable, options.command_line.empty()
                                               ? "this agent has no consoles"
                                               : "too many consoles are open");
  auto words = options.command_line;
  words.push_back(*command);
  words.push_back("--");
  words.push_back(name);
  const auto self = shared_from_this();
  auto turn = std::make_shared<Turn>(consoles);
  log::info(fmt::format("api: {}: console of node {}", who(call.request), name));
  HttpResponse answer;
  answer.subprotocol = "linkfab.v1";
  answer.conversation = [self, turn, words](HttpSocket& socket) -> awaitable<void> {
    auto program = ClientProgram::on_terminal(words, {});
    if (program)
      co_await run_console(*std::move(program), socket);
    else
      co_await socket.close();
  };
  co_return answer;
}

void LabApi::State::add_streams() {
  for (const bool segment : {false, true})
    add_route(
        {.method = "GET",
         .pattern = segment ? "/api/v1/segments/{segment}/capture" : "/api/v1/links/{link}/capture",
         .query = {"at", "filter", "snaplen"},
         .answer = [this, segment](Call call) { return capture(std::move(call), segment); },
         .produces = "application/x-pcapng"});
  add_route({.method = "GET",
             .pattern = "/api/v1/nodes/{node}/console",
             .query = {},
             .answer = [this](Call call) { return console(std::move(call)); }});
}

}  // namespace linkfab::api
