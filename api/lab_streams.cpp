// What the API shows of nodes and links as they work: consoles.
#include <utility>

#include <fmt/format.h>

#include "api/console.hpp"
#include "api/http_status.hpp"
#include "api/lab_api_state.hpp"
#include "api/problem.hpp"
#include "core/log.hpp"

namespace linkfab::api {

using boost::asio::awaitable;

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

}  // namespace

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
  log::info(fmt::format("api: {}: console of node {}",
                        call.request.user ? "user " + std::to_string(*call.request.user) : "TCP",
                        name));
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
  router.add({.method = "GET",
              .pattern = "/api/v1/nodes/{node}/console",
              .query = {},
              .answer = [this](Call call) { return console(std::move(call)); }});
}

}  // namespace linkfab::api
