// linkfab start, stop, restart, pause and unpause.
#include <algorithm>

#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/settle.hpp"
#include "tools/cli/show.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

ovsdb::Monitor nodes_only() {
  auto monitor = fabric_only();
  monitor.tables["Node"] = {};
  monitor.tables["Interface"] = {};
  return monitor;
}

// Of the whole lab only the nodes that were named.
fabric::LabView look_at(const Client& client, const std::vector<std::string>& names) {
  auto lab = fabric::view(client.replica());
  std::erase_if(lab.nodes, [&](const fabric::NodeView& node) {
    return std::ranges::find(names, node.name) == names.end();
  });
  return lab;
}

// A host, and what somebody else runs, is not ours to start or stop.
Result<void> check_ours(const std::vector<FoundNode>& nodes, const std::string& state) {
  for (const auto& node : nodes) {
    const auto kind = ovsdb::get(node.columns, "kind").string();
    if (kind == "host" || kind == "external")
      return failure(Errc::refused, "change the state of node " + node.name,
                     fmt::format("its kind is {}: linkfab neither starts nor stops it", kind));
    if (kind == "switch" && state == "paused")
      return failure(Errc::refused, "pause node " + node.name,
                     "a switch cannot be paused; stop it");
  }
  return {};
}

// An empty state: restart.
ovsdb::Transaction change_nodes(const std::vector<FoundNode>& nodes, const std::string& state) {
  ovsdb::Transaction change{fabric::database};
  for (const auto& node : nodes) {
    const auto where = ovsdb::by_uuid(node.row);
    change.require_exists("Node", where);
    if (state.empty() || fabric::starts(node.columns, state))
      change.mutate("Node", where, "restart_request", "+=", 1);
    change.update("Node", where, {{"wanted", state.empty() ? "running" : state}});
  }
  return change;
}

fabric::Touched touched_nodes(const std::vector<FoundNode>& nodes, const std::string& state) {
  fabric::Touched touched;
  for (const auto& node : nodes) {
    touched.before.nodes[node.name].state =
        fabric::node_state(ovsdb::get(node.columns, "wanted").string());
    touched.after.nodes[node.name].state = fabric::node_state(state);
    if (state.empty()) touched.restarted.insert(node.name);
  }
  return touched;
}

void report(const Invocation& invocation, const fabric::LabView& lab) {
  if (!invocation.json()) {
    print(node_table(lab.nodes, coloured_output()));
    return;
  }
  Json::Value json(Json::arrayValue);
  for (const auto& node : lab.nodes) json.append(to_json(node));
  print_json(json);
}

awaitable<Result<int>> write(Client& client, const Invocation& invocation, std::string verb,
                             std::string state) {
  const auto nodes = co_await find_nodes(client, invocation.words);
  if (!nodes) co_return std::unexpected(nodes.error());
  if (auto ours = check_ours(*nodes, state); !ours) co_return std::unexpected(ours.error());
  auto change = change_nodes(*nodes, state);
  const auto touched = touched_nodes(*nodes, state);
  close_recorded(change, client, invocation,
                 {.verb = verb, .about = fabric::named_objects(touches(touched))}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return success;
}

Result<int> want(const Invocation& invocation, const std::string& verb, const std::string& state) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, nodes_only());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const Client::Attempt attempt = [&](Client& its) {
      return write(its, invocation, verb, state);
    };
    auto done = co_await client.retry(attempt);
    if (!done) co_return std::unexpected(done.error());
    if (invocation.has("no-wait")) co_return success;
    const auto look = [&] { return look_at(client, invocation.words); };
    auto settled = co_await settle(client, look);
    if (!settled) co_return std::unexpected(settled.error());
    report(invocation, look());
    co_return report_errors(fabric::progress(look()));
  });
}

}  // namespace

const Command start_command{
    .name = "start",
    .group = "Nodes",
    .synopsis = "NODE...",
    .summary = "Start nodes that are stopped",
    .text =
        "Waits until they run and their links are as before. Nodes that run already stay as they "
        "are.\n",
    .examples = "  linkfab start r1 r2\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 100000,
    .run = [](const Invocation& invocation) { return want(invocation, "start", "running"); },
};

const Command stop_command{
    .name = "stop",
    .group = "Nodes",
    .synopsis = "NODE...",
    .summary = "Stop nodes; their links lose the carrier",
    .text = "Links and impairments stay in the lab and are there again after `linkfab start`.\n",
    .examples = "  linkfab stop r2\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 100000,
    .run = [](const Invocation& invocation) { return want(invocation, "stop", "stopped"); },
};

const Command restart_command{
    .name = "restart",
    .group = "Nodes",
    .synopsis = "NODE...",
    .summary = "Restart nodes",
    .text = "Stops and starts them, and waits until they run again with all their links.\n",
    .examples = "  linkfab restart r1\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 100000,
    .run = [](const Invocation& invocation) { return want(invocation, "restart", ""); },
};

const Command pause_command{
    .name = "pause",
    .group = "Nodes",
    .synopsis = "NODE...",
    .summary = "Freeze nodes where they are",
    .text =
        "Their processes do not run until `linkfab unpause`. Their links stay up, like those of a "
        "machine that hangs.\n",
    .examples = "  linkfab pause r1\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 100000,
    .run = [](const Invocation& invocation) { return want(invocation, "pause", "paused"); },
};

const Command unpause_command{
    .name = "unpause",
    .group = "Nodes",
    .synopsis = "NODE...",
    .summary = "Let frozen nodes go on",
    .text = "Undoes `linkfab pause`.\n",
    .examples = "  linkfab unpause r1\n",
    .options = {no_wait_option, timeout_option, json_option},
    .least_words = 1,
    .most_words = 100000,
    .run = [](const Invocation& invocation) { return want(invocation, "unpause", "running"); },
};

}  // namespace linkfab::cli
