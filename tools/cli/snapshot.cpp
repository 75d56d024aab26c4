// linkfab snapshot: the lab kept under a name.
#include <chrono>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "fabric/edit.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/way_back.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::LabSnapshot;

std::string local_time(const LabSnapshot& snapshot) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(snapshot.time);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::localtime(static_cast<std::time_t>(seconds.time_since_epoch().count())));
}

awaitable<Result<int>> print_snapshots(Client& client, const Invocation& invocation) {
  const auto snapshots = co_await list_snapshots(client);
  if (!snapshots) co_return std::unexpected(snapshots.error());
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["snapshots"] = Json::Value(Json::arrayValue);
    for (const auto& snapshot : *snapshots) json["snapshots"].append(to_json(snapshot));
    print_json(json);
    co_return success;
  }
  Table table({"NAME", "TIME", "USER"});
  for (const auto& snapshot : *snapshots)
    table.add({snapshot.name, local_time(snapshot), snapshot.user});
  if (table.empty())
    fmt::print(stderr, "there is no snapshot; `linkfab snapshot NAME` makes one\n");
  else
    print(table.text(coloured_output()));
  co_return success;
}

awaitable<Result<int>> keep(Client& client, const Invocation& invocation, std::string name) {
  const auto others = co_await list_snapshots(client);
  if (!others) co_return std::unexpected(others.error());
  for (const auto& other : *others)
    if (other.name == name)
      co_return failure(Errc::exists, "keep snapshot " + name,
                        "the name is taken; choose another, or delete that one first");
  if (!fabric::has_lab(client.replica()))
    co_return failure(Errc::not_found, "keep snapshot " + name, "there is no lab");
  auto done = co_await client.transact(
      fabric::keep_snapshot(name, running_topology(client), author(invocation)));
  if (!done) co_return std::unexpected(done.error());
  co_return success;
}

awaitable<Result<int>> remove(Client& client, std::string name) {
  const auto all = co_await list_snapshots(client);
  if (!all) co_return std::unexpected(all.error());
  if (const auto there = fabric::find_snapshot(*all, name); !there)
    co_return std::unexpected(there.error());
  auto done = co_await client.transact(fabric::delete_snapshot(name));
  if (!done) co_return std::unexpected(done.error());
  co_return success;
}

Result<int> snapshot(const Invocation& invocation) {
  const bool named = !invocation.words.empty();
  if (named + invocation.has("list") + invocation.has("delete") != 1)
    throw UsageError("give one of NAME, --list and --delete NAME");
  if (named)
    if (auto good = fabric::check_snapshot_name(invocation.words.front()); !good)
      return std::unexpected(good.error());
  return with_history(invocation, [&](Client& client) -> awaitable<Result<int>> {
    if (invocation.has("list")) co_return co_await print_snapshots(client, invocation);
    if (invocation.has("delete")) co_return co_await remove(client, invocation.value("delete"));
    co_return co_await keep(client, invocation, invocation.words.front());
  });
}

}  // namespace

const Command snapshot_command{
    .name = "snapshot",
    .group = "History",
    .synopsis = "[NAME] [--list] [--delete SNAPSHOT] [--json]",
    .summary = "Keep the lab as it is under a name",
    .text =
        "What is wanted of every node, link and segment, as `linkfab export` writes it; not what "
        "runs inside of nodes.\n"
        "`linkfab rollback NAME` makes the lab so again, `linkfab diff NAME` compares. Snapshots "
        "are in the lab's\n"
        "database and go with it.\n",
    .examples =
        "  linkfab snapshot before-lunch\n"
        "  linkfab snapshot --list\n"
        "  linkfab snapshot --delete before-lunch\n",
    .options = {{"list", "", "list what is kept"},
                {"delete", "SNAPSHOT", "keep that one no longer"},
                json_option},
    .most_words = 1,
    .run = snapshot,
};

}  // namespace linkfab::cli
