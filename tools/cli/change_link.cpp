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
  std::vector<std::string> words{link.name};
  co_return co_await report_links(client, invocation, std::move(words));
}

awaitable<Result<int>> report_links(Client& client, const Invocation& invocation,
                                    std::vector<std::string> words) {
  const bool one = words.size() == 1 && !is_pattern(words.front());
  const auto now = co_await find_links(client, std::move(words));
  if (!now) co_return std::unexpected(now.error());
  ovsdb::Transaction read{fabric::database};
  read.select("Scenario", {}, fabric::shown_scenario_columns());
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<fabric::ScenarioView> scenarios;
  for (const auto& row : rows->front()) scenarios.push_back(fabric::view_scenario(row));
  std::vector<fabric::LinkView> shown;
  for (const auto& link : *now) {
    shown.push_back(view(link));
    mark_scenarios(shown.back(), scenarios);
  }
  if (!invocation.json()) {
    print(link_table(shown, false, coloured_output()));
  } else if (one) {
    print_json(to_json(shown.front(), false));
  } else {
    Json::Value json(Json::objectValue);
    json["links"] = Json::Value(Json::arrayValue);
    for (const auto& link : shown) json["links"].append(to_json(link, false));
    print_json(json);
  }
  int status = success;
  for (const auto& link : *now) {
    if (link.state != "error" && link.state != "dangling") continue;
    print_error(fmt::format("{}: {}", link.object(), link.error.empty() ? link.state : link.error));
    status = failed;
  }
  co_return status;
}

}  // namespace linkfab::cli
