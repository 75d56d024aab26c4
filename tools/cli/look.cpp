// linkfab ps and links: the lab as it is.
#include <algorithm>

#include <fmt/format.h>

#include "fabric/lab_view.hpp"
#include "fabric/rows.hpp"
#include "fabric/scenario_rows.hpp"
#include "tools/cli/any_copy.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/read_traffic.hpp"
#include "tools/cli/show.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

Result<int> ps(const Invocation& invocation) {
  const auto columns = fabric::state_columns();
  return with_any_copy(invocation, columns, [&](Client& client) -> awaitable<Result<int>> {
    const auto lab = fabric::view(client.replica());
    if (invocation.json()) {
      Json::Value json(Json::objectValue);
      json["lab"] = lab.name;
      json["nodes"] = Json::Value(Json::arrayValue);
      for (const auto& node : lab.nodes) json["nodes"].append(to_json(node));
      json["errors"] = fabric::to_json(lab.errors);
      json["majority"] = !client.without_majority();
      print_json(json);
      co_return success;
    }
    if (lab.nodes.empty()) fmt::print(stderr, "no nodes; start a lab with `linkfab up FILE`\n");
    if (!lab.nodes.empty()) print(node_table(lab.nodes, coloured_output()));
    for (const auto& error : lab.errors) print_error(error);
    co_return success;
  });
}

Result<int> links(const Invocation& invocation) {
  const bool asked = !invocation.has("no-stats");
  const auto columns = asked ? fabric::all_columns() : fabric::state_columns();
  return with_any_copy(invocation, columns, [&](Client& client) -> awaitable<Result<int>> {
    // Counters are asked for by a change, which nobody takes without a majority.
    const bool lone = client.without_majority();
    const bool statistics = asked && !lone;
    // What scenarios say now comes with them.
    const bool plays =
        std::ranges::any_of(fabric::view_scenarios(client.replica()), fabric::overlays);
    if ((statistics || plays) && !lone && client.has_fabric_row()) {
      auto fresh = co_await client.refresh_statistics();
      if (!fresh) co_return std::unexpected(fresh.error());
    }
    const auto lab = fabric::view(client.replica());
    const auto chosen = co_await chosen_links(client, invocation.words, lab);
    if (!chosen) co_return std::unexpected(chosen.error());
    if (invocation.json()) {
      Json::Value json(Json::objectValue);
      json["lab"] = lab.name;
      json["majority"] = !lone;
      json["links"] = Json::Value(Json::arrayValue);
      for (const auto& link : *chosen) json["links"].append(to_json(link, statistics));
      print_json(json);
      co_return success;
    }
    if (chosen->empty()) fmt::print(stderr, "no links; `linkfab connect A B` makes one\n");
    if (!chosen->empty()) print(link_table(*chosen, statistics, coloured_output()));
    co_return success;
  });
}

}  // namespace

const Command ps_command{
    .name = "ps",
    .group = "Nodes",
    .synopsis = "[--json]",
    .summary = "List the nodes, their states and addresses",
    .text =
        "The states are pending, starting, running, paused, stopped and error; DETAIL says what is "
        "wrong or in progress. Where hosts\n"
        "share the lab HOST says where a node is; unknown is the state of those on a host that "
        "nothing is heard of.\n",
    .examples =
        "  linkfab ps\n  linkfab ps --json | jq -r '.nodes[] | select(.state != "
        "\"running\").name'\n",
    .options = {json_option},
    .run = ps,
};

const Command links_command{
    .name = "links",
    .group = "Links",
    .synopsis = "[LINK...] [--no-stats] [--json]",
    .summary = "List links and segments with impairments and counters",
    .text =
        "One line a direction: its impairment, and the frames and bytes that reached the node "
        "there, those dropped by the\n"
        "impairment and those in its queue now. A segment has one line a member. The states are "
        "up, cut, down (a node\n"
        "without carrier), dangling (an interface is gone) and error. Where a scenario plays, the "
        "impairment is the one\n"
        "of now (`linkfab play`).\n",
    .examples =
        "  linkfab links\n  linkfab links r1--r2 lan\n  linkfab links --json | jq "
        "'.links[0].ends'\n",
    .options = {{"no-stats", "", "do not ask for fresh counters"}, timeout_option, json_option},
    .most_words = 100000,
    .run = links,
};

}  // namespace linkfab::cli
