// linkfab play FILE: reads, checks against what runs, and begins.
#include "tools/cli/play_start.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/lab_change.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/play_file.hpp"
#include "tools/cli/play_show.hpp"
#include "tools/cli/progress_line.hpp"
#include "tools/cli/settle.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::ScenarioView;

ovsdb::Monitor monitored() {
  return {.database = fabric::database,
          .tables = {{"Fabric", {}}, {"Host", {}}, {"Scenario", fabric::shown_scenario_columns()}}};
}

awaitable<Result<int>> write(Client& client, const Invocation& invocation,
                             const fabric::Scenario& scenario) {
  auto change = fabric::play(client.replica(), scenario, author(invocation));
  if (!change) co_return std::unexpected(change.error());
  auto done = co_await client.commit(*std::move(change));
  if (!done) co_return std::unexpected(done.error());
  co_return success;
}

// Until it has ended, or somebody took it away.
awaitable<Result<void>> wait_for_end(Client& client, const Invocation& invocation,
                                     std::string name) {
  ProgressLine line;
  const auto began = std::chrono::steady_clock::now();
  for (;;) {
    const auto scenarios = fabric::view_scenarios(client.replica());
    const auto* const it = find_scenario(scenarios, name);
    if (it == nullptr)
      co_return failure(Errc::failed, "wait for the end of " + name, "it was stopped");
    if (it->state == "ended" || it->state == "error") co_return Result<void>{};
    if (invocation.own_database && !fabric::agent_alive(invocation.paths))
      co_return failure(Errc::unreachable, "wait for the end of " + name,
                        fmt::format("linkfabd has ended; see {}", invocation.paths.log_file()));
    const auto played = std::chrono::duration<double>(std::chrono::steady_clock::now() - began);
    line.show(fmt::format("{}: {:.0f}s of {}", name, played.count() * it->speed,
                          linkfab::format(it->status.length)));
    co_await client.change(std::chrono::milliseconds{500});
  }
}

awaitable<Result<int>> start(Client& client, const Invocation& invocation, PlayFile file) {
  auto scenario = co_await resolve_or_say(client, std::move(file));
  if (!scenario) co_return std::unexpected(scenario.error());
  const auto name = scenario->name;
  const Client::Attempt attempt = [&](Client& its) { return write(its, invocation, *scenario); };
  auto written = co_await client.retry(attempt);
  if (!written) co_return std::unexpected(written.error());
  if (invocation.has("no-wait")) co_return success;
  if (invocation.has("wait"))
    if (auto ended = co_await wait_for_end(client, invocation, name); !ended)
      co_return std::unexpected(ended.error());
  const auto scenarios = co_await fresh_scenarios(client);
  if (!scenarios) co_return std::unexpected(scenarios.error());
  const auto* const it = find_scenario(*scenarios, name);
  if (it == nullptr) co_return failure(Errc::failed, "play " + name, "it was stopped");
  if (invocation.json())
    print_json(to_json(*it));
  else
    print(scenario_table({*it}, coloured_output()));
  if (it->state != "error") co_return success;
  print_error(fmt::format("play {}: {}", name, it->status.error));
  co_return failed;
}

int report_checked(const Invocation& invocation, const fabric::Scenario& scenario, bool links) {
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["name"] = scenario.name;
    json["steps"] = Json::UInt64{scenario.steps.size()};
    json["length"] = std::chrono::duration<double>(scenario.length).count();
    json["loop"] = scenario.loop;
    json["links_checked"] = links;
    print_json(json);
  } else {
    print(fmt::format("{}: {} step{} in {}{}; {}\n", scenario.name, scenario.steps.size(),
                      scenario.steps.size() == 1 ? "" : "s", linkfab::format(scenario.length),
                      scenario.loop ? ", in a loop" : "",
                      links ? "it can be played"
                            : "well written; its links were not looked at, no lab is running"));
  }
  return success;
}

}  // namespace

Result<int> with_scenarios(const Invocation& invocation,
                           const std::function<awaitable<Result<int>>(Client&)>& use) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, monitored());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    co_return co_await use(client);
  });
}

awaitable<Result<std::vector<ScenarioView>>> fresh_scenarios(Client& client) {
  if (client.has_fabric_row())
    if (auto fresh = co_await client.refresh_statistics(); !fresh)
      co_return std::unexpected(fresh.error());
  co_return fabric::view_scenarios(client.replica());
}

const ScenarioView* find_scenario(const std::vector<ScenarioView>& scenarios,
                                  const std::string& name) {
  const auto found = std::ranges::find(scenarios, name, &ScenarioView::name);
  return found == scenarios.end() ? nullptr : &*found;
}

Result<int> play_file(const Invocation& invocation) {
  auto file = read_scenario_or_say(invocation);
  if (!file) return std::unexpected(file.error());
  if (invocation.has("wait") && file->read.scenario.loop)
    throw UsageError("--wait would not end: the scenario is a loop; --once plays it once");
  return with_scenarios(invocation, [&](Client& client) -> awaitable<Result<int>> {
    co_return co_await start(client, invocation, *std::move(file));
  });
}

Result<int> check_file(const Invocation& invocation) {
  auto file = read_scenario_or_say(invocation);
  if (!file) return std::unexpected(file.error());
  if (!check_agent(invocation)) return report_checked(invocation, file->read.scenario, false);
  return with_scenarios(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const auto scenario = co_await resolve_or_say(client, *std::move(file));
    if (!scenario) co_return std::unexpected(scenario.error());
    const auto beside = fabric::check_beside(*scenario, fabric::view_scenarios(client.replica()));
    if (!beside) co_return std::unexpected(beside.error());
    co_return report_checked(invocation, *scenario, true);
  });
}

}  // namespace linkfab::cli
