#include "tools/cli/way_back.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fabric/lab_view.hpp"
#include "fabric/named_state.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/settle.hpp"

namespace linkfab::cli {

using boost::asio::awaitable;

Result<int> with_history(const Invocation& invocation,
                         const std::function<awaitable<Result<int>>(Client&)>& use) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    auto monitor = fabric::state_columns();
    monitor.tables["Change"] = fabric::change_columns(true);
    Client client(executor, invocation, monitor);
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    co_return co_await use(client);
  });
}

std::vector<fabric::Change> changes_of(const Client& client) {
  return fabric::decode_changes(client.replica().rows("Change"));
}

fabric::Topology running_topology(const Client& client) {
  return fabric::running_lab(client.replica()).topology;
}

awaitable<Result<std::vector<fabric::LabSnapshot>>> list_snapshots(Client& client,
                                                                   std::string with_topology) {
  const bool one = !with_topology.empty();
  ovsdb::Transaction read{fabric::database};
  read.select("Snapshot", {}, fabric::snapshot_columns(false));
  if (one)
    read.select("Snapshot", ovsdb::by_column("name", with_topology),
                fabric::snapshot_columns(true));
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  auto snapshots = fabric::decode_snapshots(rows->front());
  if (one && !rows->back().empty())
    std::ranges::replace(snapshots, with_topology, fabric::decode_snapshot(rows->back().front()),
                         &fabric::LabSnapshot::name);
  co_return snapshots;
}

awaitable<Result<fabric::Topology>> state_named(Client& client, std::string word) {
  std::vector<fabric::LabSnapshot> snapshots;
  if (fabric::check_snapshot_name(word)) {
    auto read = co_await list_snapshots(client, word);
    if (!read) co_return std::unexpected(read.error());
    snapshots = *std::move(read);
  }
  co_return fabric::named_state(client.replica(), snapshots, word);
}

awaitable<Result<int>> take_way_back(Client& client, const Invocation& invocation,
                                     MakeWayBack make) {
  std::int64_t number = 0;  // of the change that it becomes
  fabric::ChangeWords words;
  const auto write = [&](Client& its) -> awaitable<Result<int>> {
    const auto way = co_await make(its);
    if (!way) co_return std::unexpected(way.error());
    words = way->words;
    auto made = fabric::go_back(its.replica(), way->wanted, author(invocation), words);
    if (!made) co_return std::unexpected(made.error());
    auto& change = *made;
    number = change.empty() ? 0 : fabric::newest_change(its.replica()) + 1;
    if (change.empty()) co_return success;
    auto done = co_await its.commit(std::move(change));
    if (!done) co_return std::unexpected(done.error());
    co_return success;
  };
  const Client::Attempt attempt = write;
  auto written = co_await client.retry(attempt);
  if (!written) co_return std::unexpected(written.error());
  if (number > 0 && !invocation.has("no-wait")) {
    const auto look = [&client] { return fabric::view(client.replica()); };
    auto settled = co_await settle(client, look);
    if (!settled) co_return std::unexpected(settled.error());
  }
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["change"] = number > 0 ? Json::Value(Json::Int64{number}) : Json::Value();
    print_json(json);
  } else if (number == 0) {
    print("the lab is so already\n");
  } else {
    print(fmt::format("change {}: {}\n", number, words.verb));
  }
  if (number == 0 || invocation.has("no-wait")) co_return success;
  co_return report_errors(fabric::progress(fabric::view(client.replica())));
}

}  // namespace linkfab::cli
