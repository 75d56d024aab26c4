// linkfab console: the terminal of a node that emulates a machine.
#include <unistd.h>

#include <fmt/format.h>

#include "containers/console_client.hpp"
#include "core/units.hpp"
#include "fabric/hosts.hpp"
#include "fabric/machine.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/local_host.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;

awaitable<Result<int>> check_node(boost::asio::any_io_executor executor,
                                  const Invocation& invocation) {
  Client client(executor, invocation, fabric_only());
  auto connected = co_await client.connect();
  if (!connected) co_return std::unexpected(connected.error());
  const auto& name = invocation.words.front();
  std::vector<std::string> names{name};
  const auto found = co_await find_nodes(client, std::move(names));
  if (!found) co_return std::unexpected(found.error());
  ovsdb::Transaction read{fabric::database};
  read.select("Node", ovsdb::by_column("name", name), {"kind", "state", "error", "host"});
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  if (rows->front().empty()) co_return failure(Errc::not_found, "find node " + name, "it has gone");
  const auto& row = rows->front().front();
  const auto kind = ovsdb::get(row, "kind").string();
  const auto state = ovsdb::get(row, "state").string("pending");
  const auto attempt = "open the console of node " + name;
  if (auto here = check_here(attempt, name, ovsdb::get(row, "host").string(),
                             local_host(fabric::hosts(client.replica()), invocation));
      !here)
    co_return std::unexpected(here.error());
  if (kind != "vpcs" && kind != "qemu")
    co_return failure(
        Errc::unsupported, attempt,
        fmt::format("a {} node has none; `linkfab shell {}` gets you in", kind, name));
  if (state == "error")
    co_return failure(Errc::refused, attempt,
                      "it is in error: " + ovsdb::get(row, "error").string());
  if (state != "running")
    co_return failure(Errc::refused, attempt,
                      fmt::format("it is {}; `linkfab start {}` it first", state, name));
  co_return success;
}

milliseconds patience(const Invocation& invocation) {
  const auto text = invocation.value("wait");
  if (text.empty()) return std::chrono::seconds(2);
  const auto parsed = parse_duration(text);
  if (!parsed) throw UsageError(fmt::format("--wait: {}", format(parsed.error())));
  return std::chrono::ceil<milliseconds>(*parsed);
}

Result<int> console(const Invocation& invocation) {
  const auto limit = patience(invocation);
  const auto& name = invocation.words.front();
  const auto checked = run_task(
      [&](boost::asio::any_io_executor executor) { return check_node(executor, invocation); });
  if (!checked) return checked;
  const bool person = ::isatty(STDIN_FILENO) != 0;
  if (person) fmt::print(stderr, "console of {}; Ctrl-] leaves it\n", name);
  const auto attached =
      containers::attach_console(fabric::console_socket(invocation.paths.node_dir(name)), limit);
  if (!attached) {
    if (attached.error().code == Errc::denied)
      return failure(Errc::denied, attached.error().attempt, "needs root; try again with sudo");
    return failure(attached.error().code, "open the console of node " + name,
                   fmt::format("its program has ended; see {}/log, and `linkfab restart {}`",
                               invocation.paths.node_dir(name), name));
  }
  if (person) fmt::print(stderr, "\n");
  return success;
}

}  // namespace

const Command console_command{
    .name = "console",
    .group = "Nodes",
    .synopsis = "NODE [--wait TIME]",
    .summary = "Talk to a virtual PC or machine",
    .text =
        "The prompt of a vpcs node, the serial line of a qemu node, with the end of what it wrote "
        "before. Ctrl-] leaves it.\n"
        "Input that is no terminal is typed for you.\n",
    .examples =
        "  sudo linkfab console pc1\n"
        "  echo 'ping 10.0.0.2' | sudo linkfab console pc1 --wait 3s\n",
    .options = {{"wait", "TIME",
                 "without a terminal: leave when nothing has come for so long (default: 2s)"}},
    .least_words = 1,
    .most_words = 1,
    .run = console,
};

}  // namespace linkfab::cli
