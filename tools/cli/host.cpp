// linkfab hosts and host: the machines that share a lab.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fabric/cluster.hpp"
#include "fabric/host_change.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "fabric/underlay.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/settle.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::Placement;

using Count = std::map<std::string, std::size_t>;

// In a lab that is not shared all nodes are on its only host.
Count count_nodes(const ovsdb::Replica& replica) {
  Count count;
  const auto hosts = fabric::hosts(replica);
  for (const auto& [uuid, row] : replica.rows("Node")) {
    const auto host = ovsdb::get(row, "host").string();
    if (!host.empty() || hosts.size() != 1)
      ++count[host];
    else
      ++count[hosts.begin()->first];
  }
  return count;
}

std::string own_labels(const fabric::Host& host) {
  auto labels = host.labels;
  labels.erase("host");
  return labels.empty() ? "-" : fabric::labels_text(labels);
}

// What a host that is not heard of has told is of then.
std::string ways_text(const fabric::Host& host) {
  if (!host.answers()) return "";
  std::vector<std::string> parts;
  for (const auto& [name, way] : host.underlay)
    parts.push_back(name + " " + fabric::format_way(way));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void print_hosts(const Invocation& invocation, const ovsdb::Replica& replica) {
  auto count = count_nodes(replica);
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["hosts"] = Json::Value(Json::arrayValue);
    for (const auto& [name, host] : fabric::hosts(replica)) {
      auto each = to_json(host);
      each["nodes"] = Json::UInt64{count[name]};
      json["hosts"].append(std::move(each));
    }
    return print_json(json);
  }
  const auto all = fabric::hosts(replica);
  const bool crossed =
      std::ranges::any_of(all, [](const auto& each) { return !each.second.underlay.empty(); });
  std::vector<std::string> header{"HOST", "ADDRESS", "LABELS", "NODES", "VERSION", "STATE"};
  if (crossed) header.emplace_back("UNDERLAY");
  Table table(std::move(header));
  for (const auto& [name, host] : all) {
    const auto state = fabric::host_state(host);
    std::vector<Cell> row{name,
                          host.address.empty() ? "-" : host.address,
                          own_labels(host),
                          std::to_string(count[name]),
                          host.version.empty() ? "-" : host.version,
                          Cell(state, state == "silent" ? Colour::red : colour_of_state(state))};
    if (crossed) row.emplace_back(ways_text(host));
    table.add(std::move(row));
  }
  if (table.empty())
    fmt::print(stderr, "there is no host\n");
  else
    print(table.text(coloured_output()));
}

Result<int> hosts(const Invocation& invocation) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    auto monitor = fabric_only();
    monitor.tables["Node"] = {"name", "host"};
    Client client(executor, invocation, monitor);
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    print_hosts(invocation, client.replica());
    co_return success;
  });
}

fabric::HostWish wish_of(const Invocation& invocation) {
  fabric::HostWish wish;
  if (invocation.has("address")) wish.address = invocation.value("address");
  for (const auto& label : invocation.values("label")) {
    const auto equals = label.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("--label {}: write K=V; K= takes it away", label));
    wish.labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return wish;
}

using Make = std::function<Result<ovsdb::Transaction>(const ovsdb::Replica&)>;

// An unknown word is wrong usage, as are options of another one.
Make change_of(const Invocation& invocation) {
  const auto& verb = invocation.words[0];
  const auto& name = invocation.words[1];
  const auto only_of = [&](const char* option, const char* its) {
    if (invocation.has(option) && verb != its)
      throw UsageError(fmt::format("--{} goes with `linkfab host {}`", option, its));
  };
  only_of("address", "add");
  only_of("label", "add");
  only_of("force", "remove");
  if (verb == "add")
    return [name, wish = wish_of(invocation), by = author(invocation)](const auto& replica) {
      return fabric::add_host(replica, name, wish, by);
    };
  if (verb == "drain")
    return [name, by = author(invocation)](const auto& replica) {
      return fabric::drain_host(replica, name, by);
    };
  if (verb == "remove")
    return [name, force = invocation.has("force"), by = author(invocation)](const auto& replica) {
      return fabric::remove_host(replica, name, force, by);
    };
  throw UsageError(fmt::format("'{}' is none of add, drain and remove", verb));
}

// Where nobody answers there is nobody to wait for: a host is made before its agent comes.
awaitable<Result<void>> commit(Client& client, ovsdb::Transaction change) {
  const auto all = fabric::hosts(client.replica());
  if (std::ranges::any_of(all, [](const auto& host) { return host.second.answers(); }))
    co_return co_await client.commit(std::move(change));
  const auto reply = co_await client.transact(std::move(change));
  if (!reply) co_return std::unexpected(reply.error());
  co_return Result<void>{};
}

// Of the lab only the nodes that have moved.
fabric::LabView look_at_moved(const Client& client, const Placement& before) {
  auto lab = fabric::view(client.replica());
  std::erase_if(lab.nodes, [&](const fabric::NodeView& node) {
    const auto former = before.find(node.name);
    return former == before.end() || former->second == node.host;
  });
  lab.links.clear();
  lab.errors.clear();
  return lab;
}

// The database's member on a host that is removed and cannot leave by itself any more.
std::string member_to_kick(const Invocation& invocation, const ovsdb::Replica& replica) {
  if (invocation.words[0] != "remove") return {};
  const auto all = fabric::hosts(replica);
  const auto host = all.find(invocation.words[1]);
  if (host == all.end() || host->second.answers()) return {};
  const auto address = host->second.capabilities.find("cluster_address");
  return address == host->second.capabilities.end() ? std::string() : address->second;
}

// What counts is that the host is out; a member that nobody waits for any more is told of.
awaitable<void> kick(boost::asio::any_io_executor executor, const Invocation& invocation,
                     const std::string& member) {
  const auto kicked = co_await fabric::kick_member(executor, invocation.paths, member);
  if (!kicked)
    fmt::print(stderr,
               "linkfab: {}; until it is out, it counts for the majority. On a host with a member "
               "of the database, run ovs-appctl -t {}/db.ctl cluster/kick Linkfab {}\n",
               format(kicked.error()), invocation.paths.run_dir, member);
}

Result<int> host(const Invocation& invocation) {
  const auto make = change_of(invocation);
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    Placement before;
    const Client::Attempt attempt = [&](Client& its) -> awaitable<Result<int>> {
      before = fabric::present_placement(its.replica());
      auto change = make(its.replica());
      if (!change) co_return std::unexpected(change.error());
      if (change->empty()) co_return success;
      auto done = co_await commit(its, std::move(*change));
      if (!done) co_return std::unexpected(done.error());
      co_return success;
    };
    const auto member = member_to_kick(invocation, client.replica());
    auto written = co_await client.retry(attempt);
    if (!written) co_return std::unexpected(written.error());
    if (!member.empty()) co_await kick(executor, invocation, member);
    if (invocation.has("no-wait")) co_return success;
    const auto look = [&] { return look_at_moved(client, before); };
    auto settled = co_await settle(client, look);
    if (!settled) co_return std::unexpected(settled.error());
    print_hosts(invocation, client.replica());
    co_return report_errors(fabric::progress(look()));
  });
}

}  // namespace

const Command hosts_command{
    .name = "hosts",
    .group = "Hosts",
    .synopsis = "[--json]",
    .summary = "List the hosts that share the lab",
    .text =
        "The states are up, silent (the others have heard nothing of it for a while), draining, "
        "removed and no agent (none\n"
        "has come yet). Nodes come to hosts that are up.\n"
        "\n"
        "UNDERLAY is how long the network takes to the other hosts that links of the lab go to, "
        "one way: half of a round\n"
        "trip, as each agent measures it all the time.\n",
    .examples = "  linkfab hosts\n  linkfab hosts --json | jq -r '.hosts[].name'\n",
    .options = {json_option},
    .run = hosts,
};

const Command host_command{
    .name = "host",
    .group = "Hosts",
    .synopsis = "add|drain|remove HOST [--address ADDRESS] [--label K=V]... [--force] [--json]",
    .summary = "Add, drain or remove a host of a shared lab",
    .text =
        "`add` makes a host known before its agent comes, or changes its address and labels; one "
        "that was drained takes\n"
        "nodes again. Labels are what \"place\" in a topology file asks for; they have a say when "
        "nodes are placed, by\n"
        "`linkfab up`.\n"
        "\n"
        "`drain` places the nodes of a host elsewhere, where they are made anew, and keeps others "
        "away. It changes nothing\n"
        "where one of them cannot go, and says which.\n"
        "\n"
        "`remove` is for a host that is drained: its agent undoes what it has made, and goes. One "
        "that does not answer any\n"
        "more is forgotten; with --force its nodes are placed elsewhere first. Be sure that it is "
        "dead: it would keep them.\n",
    .examples =
        "  linkfab host add h2 --address 192.0.2.2 --label rack=1 --label disk=ssd\n"
        "  linkfab host drain h2\n"
        "  linkfab host remove h2\n"
        "  linkfab host remove h3 --force\n",
    .options = {{"address", "ADDRESS", "of its ends of tunnels to the other hosts"},
                {"label", "K=V", "a label, each time; without a value it goes"},
                {"force", "", "also with nodes on it, which are placed elsewhere"},
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 2,
    .most_words = 2,
    .run = host,
};

}  // namespace linkfab::cli
