// linkfab down: the host as it was before.
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/fd.hpp"
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
#include "tools/cli/progress_line.hpp"
#include "tools/cli/settle.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto end_limit = 60s;

struct Removed {
  std::string lab;
  std::size_t nodes = 0;
  std::size_t links = 0;
  bool anything = false;
  bool agent_ends = false;   // it was started by `up`, and ends with the lab
  bool others_stay = false;  // nodes of processes, which keep the agent
};

bool ends_with_lab(const ovsdb::Replica& replica, const Invocation& invocation) {
  const auto local = local_host(fabric::hosts(replica), invocation);
  return local && fabric::copy_of(local->capabilities, "until_down") == "true";
}

std::size_t count(const ovsdb::Replica& replica, const char* table) {
  return static_cast<std::size_t>(std::ranges::count_if(
      replica.rows(table), [](const auto& row) { return !fabric::is_owned(row.second); }));
}

awaitable<Result<int>> write(Client& client, const Invocation& invocation) {
  auto change = fabric::take_down(client.has_fabric_row());
  const fabric::Touched touched{.before = fabric::running_lab(client.replica()).topology,
                                .after = {},
                                .restarted = {},
                                .played = {},
                                .stopped = {}};
  record(change, client.replica(), author(invocation), {.verb = "down " + touched.before.name},
         touched);
  auto done = co_await client.commit(std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return success;
}

awaitable<Result<int>> take_down(Client& client, const Invocation& invocation, Removed& removed) {
  auto connected = co_await client.connect();
  if (!connected) co_return std::unexpected(connected.error());
  removed.lab = fabric::view(client.replica()).name;
  removed.nodes = count(client.replica(), "Node");
  removed.links = count(client.replica(), "Link") + count(client.replica(), "Segment");
  removed.anything = fabric::has_lab(client.replica());
  removed.others_stay = fabric::has_owned(client.replica());
  removed.agent_ends = ends_with_lab(client.replica(), invocation) && !removed.others_stay;
  if (!removed.anything && !removed.agent_ends) co_return success;
  const Client::Attempt attempt = [&](Client& its) { return write(its, invocation); };
  auto done = co_await client.retry(attempt);
  // An agent that ends with its lab may be gone before its last word is read.
  if (!done && !(removed.agent_ends && done.error().code == Errc::unreachable))
    co_return std::unexpected(done.error());
  co_return success;
}

awaitable<Result<int>> wait_for_end(boost::asio::any_io_executor executor,
                                    const Invocation& invocation) {
  boost::asio::steady_timer timer(executor);
  ProgressLine line;
  line.show("waiting for linkfabd to clean up");
  const auto end = steady_clock::now() + end_limit;
  while (fabric::agent_alive(invocation.paths)) {
    if (steady_clock::now() >= end)
      co_return failure(
          Errc::timeout, "take down the lab",
          fmt::format("linkfabd still runs after 60s; see {}", invocation.paths.log_file()));
    timer.expires_after(20ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
  // Its database is the last that it removes.
  if (::access(invocation.paths.db_file().c_str(), F_OK) == 0)
    co_return std::unexpected(agent_failure(invocation.paths, "take down the lab",
                                            "linkfabd has ended before all was removed"));
  co_return success;
}

void report(const Invocation& invocation, const Removed& removed) {
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["lab"] = removed.lab.empty() ? Json::Value() : Json::Value(removed.lab);
    json["nodes"] = Json::UInt64{removed.nodes};
    json["links"] = Json::UInt64{removed.links};
    json["agent_ended"] = removed.agent_ends;
    print_json(json);
  } else if (!removed.anything) {
    print(removed.others_stay ? "nothing to take down; `linkfab ps` lists nodes of processes "
                                "(ubridge), which go with them\n"
                              : "nothing to take down\n");
  } else {
    print(fmt::format("took down lab {}: {} nodes, {} links\n", removed.lab, removed.nodes,
                      removed.links));
  }
}

// What is left of an agent that did not get as far as a lab. It was kept for whoever wants to know
// why, but not for ever.
void remove_traces(const fabric::Paths& paths) {
  const auto lock = open_file(paths.lock_file(), O_RDWR);
  if (lock && ::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) return;  // one starts just now
  std::error_code ignored;
  for (const auto& file : {paths.run_dir + "/db.log", paths.log_file(), paths.lock_file()})
    std::filesystem::remove(file, ignored);
  std::filesystem::remove(paths.run_dir, ignored);  // fails where there is anything else
}

Result<int> down(const Invocation& invocation) {
  Removed removed;
  if (invocation.own_database && !fabric::agent_alive(invocation.paths)) {
    // What an agent that was killed has left behind only an agent can take away.
    if (::access(invocation.paths.db_file().c_str(), F_OK) != 0) {
      remove_traces(invocation.paths);
      report(invocation, removed);
      return success;
    }
    if (auto agent = ensure_agent(invocation); !agent) return std::unexpected(agent.error());
  }
  const auto status =
      run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
        Client client(executor, invocation, fabric::state_columns());
        co_return co_await take_down(client, invocation, removed);
      });
  // An agent may be on its way out already, with the last process that had nodes.
  const bool leaving = !status && invocation.own_database &&
                       ::access(invocation.paths.db_socket().c_str(), F_OK) != 0;
  if (!status && !leaving) return status;
  removed.agent_ends = removed.agent_ends || leaving;
  if (removed.agent_ends && invocation.own_database && !invocation.has("no-wait")) {
    const auto ended = run_task(
        [&](boost::asio::any_io_executor executor) { return wait_for_end(executor, invocation); });
    if (!ended) return ended;
  }
  report(invocation, removed);
  return success;
}

}  // namespace

const Command down_command{
    .name = "down",
    .group = "Lab",
    .synopsis = "[--no-wait] [--json]",
    .summary = "Take the lab down and leave the host as it was",
    .text =
        "Removes every node, link and segment of the instance with all devices, namespaces and "
        "containers that were made\n"
        "for them. An agent that `linkfab up` started ends too.\n",
    .examples = "  sudo linkfab down\n",
    .options = {no_wait_option, timeout_option, json_option},
    .run = down,
};

}  // namespace linkfab::cli
