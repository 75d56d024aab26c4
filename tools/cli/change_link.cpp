#include "tools/cli/change_link.hpp"

#include <map>

#include <fmt/format.h>

#include "fabric/hosts.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/placement.hpp"
#include "fabric/rows.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/show.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_shown = 20;

fabric::EndView view(const FoundEnd& end, const fabric::Hosts& hosts) {
  fabric::EndView view;
  view.endpoint = end.endpoint;
  if (!end.host.empty()) view.unheard = fabric::why_unheard(hosts, end.host);
  if (!end.impairment) return view;
  const auto impairment = fabric::decode_impairment(*end.impairment);
  view.toward = impairment ? netem::format(*impairment) : format(impairment.error());
  return view;
}

fabric::LinkView view(const FoundLink& link, const fabric::Hosts& hosts) {
  fabric::LinkView view{.name = link.name,
                        .kind = link.kind,
                        .wanted = link.wanted,
                        .state = link.state,
                        .error = link.error,
                        .subtract_underlay = link.subtract_underlay,
                        .ends = {}};
  for (const auto& end : link.ends) view.ends.push_back(cli::view(end, hosts));
  mark_unheard(view);
  return view;
}

// False, and said, where it is in error.
bool report_state(const std::string& object, const std::string& state, const std::string& error) {
  if (state != "error" && state != "dangling") return true;
  print_error(fmt::format("{}: {}", object, error.empty() ? state : error));
  return false;
}

// Reads those that are not as they should be, in the hope of few.
awaitable<Result<int>> summarise(Client& client, const std::vector<FoundLink>& links) {
  ovsdb::Transaction read{fabric::database};
  const auto select = [&](const char* table, const char* state) {
    read.select(table, ovsdb::by_column("state", state), {"_uuid", "state", "error"});
  };
  select("Link", "error");
  select("Link", "dangling");
  select("Segment", "error");
  const auto bad = co_await client.select(std::move(read));
  if (!bad) co_return std::unexpected(bad.error());
  std::map<ovsdb::Uuid, const ovsdb::Row*> rows;
  for (const auto& selected : *bad)
    for (const auto& row : selected)
      if (const auto id = ovsdb::get(row, "_uuid").uuid()) rows[*id] = &row;
  int status = success;
  for (const auto& link : links) {
    const auto row = rows.find(link.row);
    if (row != rows.end() &&
        !report_state(link.object(), ovsdb::get(*row->second, "state").string(),
                      ovsdb::get(*row->second, "error").string()))
      status = failed;
  }
  print(fmt::format("{} links; `linkfab links` lists them\n", links.size()));
  co_return status;
}

}  // namespace

Result<int> run_change(const Invocation& invocation, const Client::Attempt& attempt) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric_only());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    co_return co_await client.retry(attempt);
  });
}

awaitable<Result<int>> report_link(Client& client, const Invocation& invocation, FoundLink link) {
  std::vector<std::string> words{link.name};
  const std::vector<FoundLink> links{std::move(link)};
  co_return co_await report_links(client, invocation, std::move(words), links);
}

awaitable<Result<int>> report_links(Client& client, const Invocation& invocation,
                                    std::vector<std::string> words,
                                    const std::vector<FoundLink>& links) {
  if (links.size() > most_shown && !invocation.json()) co_return co_await summarise(client, links);
  const bool one = words.size() == 1 && !is_pattern(words.front());
  auto found = co_await find_links(client, std::move(words));
  if (!found) co_return std::unexpected(found.error());
  const auto now = co_await complete(client, std::move(*found));
  if (!now) co_return std::unexpected(now.error());
  ovsdb::Transaction read{fabric::database};
  read.select("Scenario", {}, fabric::shown_scenario_columns());
  const auto rows = co_await client.select(std::move(read));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<fabric::ScenarioView> scenarios;
  for (const auto& row : rows->front()) scenarios.push_back(fabric::view_scenario(row));
  std::vector<fabric::LinkView> shown;
  const auto hosts = fabric::hosts(client.replica());
  for (const auto& link : *now) {
    shown.push_back(view(link, hosts));
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
  for (const auto& link : *now)
    if (!report_state(link.object(), link.state, link.error)) status = failed;
  co_return status;
}

}  // namespace linkfab::cli
