#include "tools/cli/change_link.hpp"

#include <fmt/format.h>

#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/show.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

constexpr int most_attempts = 10;

fabric::EndView view(const FoundEnd& end) {
  fabric::EndView view;
  view.endpoint = end.endpoint;
  if (!end.impairment) return view;
  const auto impairment = fabric::decode_impairment(*end.impairment);
  view.toward = impairment ? netem::format(*impairment) : format(impairment.error());
  return view;
}

fabric::LinkView view(const FoundLink& link) {
  fabric::LinkView view{.name = link.name,
                        .kind = link.kind,
                        .wanted = link.wanted,
                        .state = link.state,
                        .error = link.error,
                        .ends = {}};
  for (const auto& end : link.ends) view.ends.push_back(cli::view(end));
  return view;
}

}  // namespace

Result<int> run_change(const Invocation& invocation, const Attempt& attempt) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric_only());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    for (int i = 1;; ++i) {
      auto result = co_await attempt(client);
      if (result || result.error().code != Errc::conflict || i == most_attempts) co_return result;
    }
  });
}

awaitable<Result<int>> report_link(Client& client, const Invocation& invocation, FoundLink link) {
  auto now = co_await find_link(client, link.name);
  if (!now) co_return std::unexpected(now.error());
  auto shown = view(*now);
  ovsdb::Transaction read{fabric::database};
  read.select("Scenario", {}, fabric::shown_scenario_columns());
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<fabric::ScenarioView> scenarios;
  for (const auto& row : rows->front()) scenarios.push_back(fabric::view_scenario(row));
  mark_scenarios(shown, scenarios);
  if (invocation.json()) {
    print_json(to_json(shown, false));
  } else {
    print(link_table({shown}, false, coloured_output()));
  }
  if (now->state != "error" && now->state != "dangling") co_return success;
  print_error(fmt::format("{}: {}", now->object(), now->error.empty() ? now->state : now->error));
  co_return failed;
}

}  // namespace linkfab::cli
