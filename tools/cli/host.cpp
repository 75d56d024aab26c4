// linkfab hosts and host: the machines that share a lab.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "fabric/cluster.hpp"
#include "fabric/host_change.hpp"
#include "fabric/host_columns.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/any_copy.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/host_table.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/progress_line.hpp"
#include "tools/cli/settle.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::Placement;

// An agent that goes undoes what it has made first.
constexpr std::chrono::seconds leave_limit{60};

ovsdb::Monitor host_columns() {
  auto monitor = fabric_only();
  monitor.tables["Node"] = {"name", "host"};
  return monitor;
}

void print_hosts(const Invocation& invocation, const HostTable& hosts) {
  if (invocation.json()) return print_json(host_json(hosts));
  const auto text = host_text(hosts, coloured_output());
  if (text.empty())
    fmt::print(stderr, "there is no host\n");
  else
    print(text);
}

// What a server of the cluster knows that has no majority; else how the one of this host is. `why`
// is what nobody could be asked for.
awaitable<Result<int>> hosts_without_majority(boost::asio::any_io_executor executor,
                                              const Invocation& invocation, Error why) {
  Client client(executor, invocation, host_columns(), Client::Copy::any);
  HostTable table{.now = std::chrono::system_clock::now()};
  const auto read = co_await client.connect(copy_limit);
  if (read) table.replica = &client.replica();
  table.without_majority = !read || client.without_majority();
  if (table.without_majority && invocation.own_database) {
    const auto cluster = co_await fabric::cluster_status(executor, invocation.paths);
    if (cluster) table.cluster = *cluster;
  }
  if (!read && !table.cluster) co_return std::unexpected(std::move(why));
  if (table.without_majority)
    print_error(Error{why.code, std::move(why.attempt), why.cause + "; " + lone_notice(table)});
  print_hosts(invocation, table);
  co_return success;
}

Result<int> hosts(const Invocation& invocation) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, host_columns());
    auto connected = co_await client.connect(majority_limit);
    if (!connected && connected.error().code == Errc::unreachable && !check_agent(invocation))
      co_return std::unexpected(connected.error());
    if (!connected && connected.error().code == Errc::unreachable)
      co_return co_await hosts_without_majority(executor, invocation, connected.error());
    if (!connected) co_return std::unexpected(connected.error());
    print_hosts(
        invocation,
        {.replica = &client.replica(), .cluster = {}, .now = std::chrono::system_clock::now()});
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

// Its agent takes its row away last. One that falls silent on its way is not waited for.
awaitable<int> wait_until_gone(Client& client, const Invocation& invocation) {
  const auto& name = invocation.words[1];
  ProgressLine line;
  const auto end = std::chrono::steady_clock::now() + leave_limit;
  for (;;) {
    const auto all = fabric::hosts(client.replica());
    const auto host = all.find(name);
    if (host == all.end()) co_return success;
    // This one's own takes its database with it.
    if (!check_agent(invocation)) co_return success;
    if (!host->second.answers() || std::chrono::steady_clock::now() > end) break;
    line.show(fmt::format("waiting for host {} to clean up and go", name));
    co_await client.change(std::chrono::milliseconds{200});
  }
  print_error(fmt::format(
      "host {} is removed, but its agent has not gone yet; `linkfab hosts` lists it until then",
      name));
  co_return failed;
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
    int status = success;
    if (invocation.words[0] == "remove") status = co_await wait_until_gone(client, invocation);
    print_hosts(
        invocation,
        {.replica = &client.replica(), .cluster = {}, .now = std::chrono::system_clock::now()});
    const int reported = report_errors(fabric::progress(look()));
    co_return status == success ? reported : status;
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
        "has come yet). Nodes come to hosts that are up. Where one is silent HEARD says when its "
        "agent last reached the database.\n"
        "\n"
        "Without a majority of the database's cluster it is said what was last known, as of when, "
        "and which members the one of\n"
        "this host has heard of; the exit status is 1 where nothing can be told.\n",
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
        "`remove` is for a host that is drained: its agent undoes what it has made, and goes; that "
        "is waited for. One that does\n"
        "not answer any more is forgotten; with --force its nodes are placed elsewhere first. Be "
        "sure that it is dead: it would\n"
        "keep them.\n",
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
