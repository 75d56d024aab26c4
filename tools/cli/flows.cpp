// linkfab flows and reset: the tables of a switch node.
#include <algorithm>
#include <functional>
#include <tuple>

#include <fmt/format.h>

#include "fabric/rows.hpp"
#include "fabric/switch_settings.hpp"
#include "openflow/session.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/switch_view.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;

// Connects with the lab, and with the switch that the first word names.
using UseSwitch = std::function<awaitable<Result<int>>(const SwitchLab&, openflow::Session&)>;
Result<int> with_switch(const Invocation& invocation, const UseSwitch& use) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::state_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const auto lab = switch_lab(invocation, client);
    if (!lab) co_return std::unexpected(lab.error());
    const auto& name = invocation.words.front();
    const auto node = lab->find(name);
    if (!node) co_return std::unexpected(node.error());
    if ((*node)->state == fabric::NodeState::stopped)
      co_return failure(Errc::refused, "speak with switch " + name,
                        "it is stopped; `linkfab start " + name + "`");
    openflow::Session session(executor);
    auto opened = co_await session.connect(lab->management_socket(name), 5s);
    if (!opened) co_return std::unexpected(opened.error());
    co_return co_await use(*lab, session);
  });
}

Json::Value to_json(const openflow::FlowText& flow) {
  Json::Value json(Json::objectValue);
  json["table"] = flow.table;
  json["priority"] = flow.priority;
  json["cookie"] = fmt::format("{:#x}", flow.cookie);
  json["packets"] = Json::UInt64{flow.packets};
  json["bytes"] = Json::UInt64{flow.bytes};
  json["duration_s"] = flow.duration;
  json["idle_timeout_s"] = flow.idle_timeout;
  json["hard_timeout_s"] = flow.hard_timeout;
  json["match"] = flow.match;
  json["actions"] = flow.actions;
  return json;
}

std::string timeouts(const openflow::FlowText& flow) {
  std::string text;
  if (flow.idle_timeout != 0) text += fmt::format("idle {}s", flow.idle_timeout);
  if (flow.hard_timeout != 0)
    text += fmt::format("{}hard {}s", text.empty() ? "" : ", ", flow.hard_timeout);
  return text.empty() ? "-" : text;
}

Result<int> flows(const Invocation& invocation) {
  return with_switch(
      invocation, [&](const SwitchLab& lab, openflow::Session& session) -> awaitable<Result<int>> {
        const auto& name = invocation.words.front();
        // Named: what a condition yields in a co_await is destroyed twice by GCC 12.
        openflow::PortName port_name;
        if (!invocation.has("numbers")) port_name = lab.port_name(name);
        auto found = co_await session.described_flows(port_name);
        if (!found) co_return std::unexpected(found.error());
        std::ranges::sort(*found, {}, [](const openflow::FlowText& flow) {
          return std::tuple(flow.table, -int{flow.priority}, flow.match);
        });
        if (invocation.json()) {
          Json::Value json(Json::objectValue);
          json["switch"] = name;
          json["datapath_id"] = fmt::format("{:016x}", session.datapath_id());
          json["flows"] = Json::Value(Json::arrayValue);
          for (const auto& flow : *found) json["flows"].append(to_json(flow));
          print_json(json);
          co_return success;
        }
        if (found->empty()) fmt::print(stderr, "no flows: every frame is dropped\n");
        Table table(
            {"TABLE", "PRIORITY", "PACKETS", "BYTES", "AGE", "TIMEOUT", "MATCH", "ACTIONS"});
        for (const auto& flow : *found)
          table.add({std::to_string(flow.table), std::to_string(flow.priority),
                     std::to_string(flow.packets), std::to_string(flow.bytes),
                     fmt::format("{}s", flow.duration), timeouts(flow),
                     flow.match.empty() ? "any" : flow.match, flow.actions});
        if (!table.empty()) print(table.text(coloured_output()));
        co_return success;
      });
}

Result<int> reset(const Invocation& invocation) {
  return with_switch(
      invocation, [&](const SwitchLab& lab, openflow::Session& session) -> awaitable<Result<int>> {
        const auto& name = invocation.words.front();
        const auto settings =
            fabric::parse_switch_settings(lab.topology.nodes.at(name).switch_settings);
        std::vector<openflow::Modification> changes{
            openflow::DeleteFlowsByCookie{.cookie = 0, .mask = 0, .table = {}},
            openflow::DeleteGroup{openflow::all_groups}, openflow::DeleteMeters{}};
        // With a controller it is for that to say, or for the fail mode once it is gone.
        if (settings["controller"].empty() && fabric::fail_mode(settings) == "standalone")
          changes.emplace_back(openflow::AddFlow{
              {.priority = 0, .actions = {openflow::Output{openflow::normal_port}}}});
        auto done = co_await session.apply(changes);
        if (!done) co_return std::unexpected(done.error());
        co_return success;
      });
}

}  // namespace

const Command flows_command{
    .name = "flows",
    .group = "Switches",
    .synopsis = "NODE [--numbers] [--json]",
    .summary = "List the flows of a switch node",
    .text =
        "Its tables as they are, whoever filled them, with the ports called as what is at the "
        "other end of their links: "
        "in_port=h1:eth0, output:s2:eth1. What is not known here is shown in hexadecimal. Needs "
        "root.\n",
    .examples = "  sudo linkfab flows s1\n  sudo linkfab flows s1 --numbers\n",
    .options = {{"numbers", "", "show ports as OpenFlow numbers"}, json_option},
    .least_words = 1,
    .most_words = 1,
    .run = flows,
};

const Command reset_command{
    .name = "reset",
    .group = "Switches",
    .synopsis = "NODE",
    .summary = "Delete all flows, groups and meters of a switch node",
    .text =
        "Where it has no controller and its fail mode is standalone, it learns again as at its "
        "start; else it drops\n"
        "everything until its controller says otherwise. Needs root.\n",
    .examples = "  sudo linkfab reset s1\n",
    .least_words = 1,
    .most_words = 1,
    .run = reset,
};

}  // namespace linkfab::cli
