// linkfab up: the lab of a file, made or changed.
#include "tools/cli/up.hpp"

#include <csignal>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "api/listen_address.hpp"
#include "fabric/edit.hpp"
#include "fabric/hosts.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/lookup.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"
#include "tools/cli/agent.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/local_host.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/read_topology.hpp"
#include "tools/cli/settle.hpp"
#include "tools/cli/show.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

Result<void> check_name(const fabric::LabView& lab, const ovsdb::Replica& replica,
                        const fabric::Topology& wanted, bool replace) {
  if (replace || lab.name == wanted.name || lab.name.empty() || !fabric::has_lab(replica))
    return {};
  return failure(
      Errc::conflict, "start lab " + wanted.name,
      fmt::format("lab {} is running; `linkfab down` takes it down, `linkfab up --replace` "
                  "puts this one in its place",
                  lab.name));
}

awaitable<Result<int>> write(Client& client, const Invocation& invocation,
                             const fabric::Topology& wanted) {
  const bool replace = invocation.has("replace");
  const auto named = check_name(fabric::view(client.replica()), client.replica(), wanted, replace);
  if (!named) co_return std::unexpected(named.error());
  auto converged = fabric::converge(client.replica(), wanted);
  if (!converged) co_return std::unexpected(converged.error());
  auto& change = *converged;
  if (change.empty()) {
    auto confirmed = co_await client.confirm();
    if (!confirmed) co_return std::unexpected(confirmed.error());
    co_return success;
  }
  const fabric::Touched touched{.before = fabric::running_lab(client.replica()).topology,
                                .after = wanted,
                                .restarted = {},
                                .played = {},
                                .stopped = {}};
  record(change, client.replica(), author(invocation), {.verb = "up " + wanted.name}, touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return success;
}

int report_lab(const Invocation& invocation, const fabric::LabView& lab) {
  const auto progress = fabric::progress(lab);
  if (invocation.json()) {
    print_json(to_json(lab, progress));
  } else {
    const bool coloured = coloured_output();
    print(node_table(lab.nodes, coloured));
    if (!lab.links.empty()) print("\n" + link_table(lab.links, false, coloured));
  }
  return report_errors(progress);
}

int say_interrupted(const std::string& again) {
  print_error(
      fmt::format("{}: interrupted; the lab stays as far as it is: the same command goes on, "
                  "`linkfab down` takes it down",
                  again));
  return interrupted;
}

// The place where the agent is to serve its metrics: "127.0.0.1:9464"; empty: it was not given.
std::string metrics_place(const Invocation& invocation) {
  if (!invocation.has("metrics")) return {};
  if (!invocation.own_database)
    throw UsageError("--metrics is for the agent that `up` starts; with --db it starts none");
  const auto address = api::parse_listen_address(invocation.value("metrics"));
  if (!address) throw UsageError("--metrics: " + format(address.error()));
  return format(*address);
}

// An agent that ran before does not change the place.
Result<void> check_metrics(const Invocation& invocation, const ovsdb::Replica& replica) {
  const auto wanted = metrics_place(invocation);
  const auto local = local_host(fabric::hosts(replica), invocation);
  const auto served =
      local ? fabric::copy_of(local->capabilities, "metrics").value_or("") : std::string();
  if (wanted.empty() || wanted == served) return {};
  return failure(Errc::conflict, "serve metrics on " + wanted,
                 fmt::format("linkfabd runs already, {}; `linkfab down` ends one that `up` "
                             "started, another is started with --metrics or $LINKFAB_METRICS",
                             served.empty() ? "without metrics" : "with metrics on " + served));
}

awaitable<Result<int>> bring_up(Client& client, const Invocation& invocation,
                                const fabric::Topology& wanted, const bool& stop) {
  auto connected = co_await client.connect();
  if (!connected) co_return std::unexpected(connected.error());
  if (auto served = check_metrics(invocation, client.replica()); !served)
    co_return std::unexpected(served.error());
  const Client::Attempt attempt = [&](Client& its) { return write(its, invocation, wanted); };
  auto written = co_await client.retry(attempt);
  if (!written) co_return std::unexpected(written.error());
  if (invocation.has("no-wait")) co_return success;
  const auto look = [&client] { return fabric::view(client.replica()); };
  auto settled = co_await settle(client, look, [&stop] { return stop; });
  if (!settled && !stop) co_return std::unexpected(settled.error());
  if (stop) co_return interrupted;
  co_return report_lab(invocation, look());
}

Result<int> up(const Invocation& invocation) {
  const auto& file = invocation.words.front();
  (void)metrics_place(invocation);  // before anything is done
  const auto wanted = read_file_or_say(file);
  if (!wanted) return std::unexpected(wanted.error());
  return bring_up(invocation, *wanted, "up " + file);
}

}  // namespace

Result<int> bring_up(const Invocation& invocation, const fabric::Topology& wanted,
                     const std::string& again) {
  if (auto agent = ensure_agent(invocation); !agent) return std::unexpected(agent.error());
  bool stop = false;
  const auto status =
      run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
        Client client(executor, invocation, fabric::state_columns());
        boost::asio::signal_set signals(executor, SIGINT, SIGTERM);
        signals.async_wait([&](boost::system::error_code error, int) {
          if (error) return;
          stop = true;
          client.wake();
        });
        auto brought = co_await bring_up(client, invocation, wanted, stop);
        if (stop) co_return say_interrupted(again);
        co_return brought;
      });
  if (!status && invocation.own_database && !fabric::agent_alive(invocation.paths))
    return std::unexpected(
        agent_failure(invocation.paths, again, "linkfabd has ended: " + format(status.error())));
  return status;
}

const Command up_command{
    .name = "up",
    .group = "Lab",
    .synopsis = "FILE [--replace] [--metrics ADDRESS:PORT] [--no-wait] [--json]",
    .summary = "Start the lab of a topology file, or change the running one into it",
    .text =
        "Only what differs is changed: run it again after every edit of FILE. Starts the agent, "
        "linkfabd, where none\n"
        "runs, which needs root. Waits until every node and link is as the file wants it and exits "
        "with 0; else each\n"
        "failure is on standard error and the status is 1. Ctrl-C leaves the lab as far as it "
        "is.\n",
    .examples =
        "  linkfab plan lab.json           what would be done\n"
        "  sudo linkfab up lab.json\n"
        "  sudo linkfab up other.json --replace\n"
        "  sudo linkfab up lab.json --metrics 127.0.0.1:9464\n",
    .options = {{"replace", "", "put this lab in the place of a running one of another name"},
                {"metrics", "ADDRESS:PORT",
                 "have the agent serve metrics for Prometheus there (default: $LINKFAB_METRICS)"},
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 1,
    .most_words = 1,
    .run = up,
};

}  // namespace linkfab::cli
