// linkfab play: scenarios over time.
#include <algorithm>

#include <fmt/format.h>

#include "core/fd.hpp"
#include "core/suggest.hpp"
#include "fabric/edit.hpp"
#include "fabric/lab_json.hpp"
#include "fabric/play_record.hpp"
#include "fabric/rows.hpp"
#include "fabric/scenario_key.hpp"
#include "tools/cli/author.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/play_show.hpp"
#include "tools/cli/play_start.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::ScenarioView;

int print_scenarios(const Invocation& invocation, const std::vector<ScenarioView>& scenarios) {
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["scenarios"] = Json::Value(Json::arrayValue);
    for (const auto& scenario : scenarios) json["scenarios"].append(to_json(scenario));
    print_json(json);
  } else if (!scenarios.empty()) {
    print(scenario_table(scenarios, coloured_output()));
  }
  return success;
}

Result<int> list(const Invocation& invocation) {
  return with_scenarios(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const auto scenarios = co_await fresh_scenarios(client);
    if (!scenarios) co_return std::unexpected(scenarios.error());
    if (scenarios->empty() && !invocation.json())
      fmt::print(stderr, "nothing plays; `linkfab play LINK FILE` plays a file\n");
    co_return print_scenarios(invocation, *scenarios);
  });
}

// Those of that name; else those that play on the link of that name.
awaitable<Result<std::vector<std::string>>> chosen(Client& client, std::string text) {
  const auto scenarios = fabric::view_scenarios(client.replica());
  if (find_scenario(scenarios, text) != nullptr) co_return std::vector{text};
  std::vector<std::string> names;
  std::vector<std::string_view> known;
  const auto link = co_await find_link(client, text);
  for (const auto& scenario : scenarios) {
    known.push_back(scenario.name);
    const auto links = links_of(scenario.targets);
    if (link && std::ranges::find(links, link->name) != links.end()) names.push_back(scenario.name);
  }
  if (!names.empty()) co_return names;
  co_return failure(
      Errc::not_found, "stop " + text,
      link ? "nothing plays on " + link->object()
           : "there is no scenario and no link of that name" + did_you_mean(text, known));
}

awaitable<Result<int>> stop(Client& client, const Invocation& invocation) {
  const auto names = co_await chosen(client, invocation.value("stop"));
  if (!names) co_return std::unexpected(names.error());
  ovsdb::Transaction change{fabric::database};
  fabric::Touched touched;
  for (const auto& name : *names) {
    change.erase("Scenario", ovsdb::by_column("name", name));
    touched.stopped.insert(name);
  }
  change.comment("linkfab: stop playing");
  close_recorded(change, client, invocation,
                 {.verb = "play --stop", .about = fabric::named_objects(touches(touched))},
                 touched);
  if (auto done = co_await client.commit(std::move(change)); !done)
    co_return std::unexpected(done.error());
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["stopped"] = Json::Value(Json::arrayValue);
    for (const auto& name : *names) json["stopped"].append(name);
    print_json(json);
  }
  co_return success;
}

Result<int> print_record(const Invocation& invocation) {
  const auto name = invocation.value("record");
  if (const auto good = fabric::check_scenario_name(name); !good)
    return std::unexpected(good.error());
  const auto directory = invocation.paths.scenario_dir();
  const auto now = read_file(fabric::record_file(directory, name));
  if (!now) {
    if (now.error().code != Errc::not_found) return std::unexpected(now.error());
    return failure(Errc::not_found, "print the record of " + name,
                   fmt::format("there is none in {}", directory));
  }
  const auto old = read_file(fabric::old_record_file(directory, name));
  if (old) print(*old);
  const std::string_view header{fabric::record_header};
  print(old && now->starts_with(header) ? std::string_view{*now}.substr(header.size()) : *now);
  return success;
}

Result<int> play(const Invocation& invocation) {
  const bool file = !invocation.words.empty();
  for (const char* alone : {"stop", "record"})
    if (invocation.has(alone) && file)
      throw UsageError(fmt::format("--{} takes a scenario's name and no file", alone));
  if (invocation.has("stop"))
    return with_scenarios(invocation, [&](Client& client) -> awaitable<Result<int>> {
      const Client::Attempt attempt = [&](Client& its) { return stop(its, invocation); };
      co_return co_await client.retry(attempt);
    });
  if (invocation.has("record")) return print_record(invocation);
  if (file) return invocation.has("check") ? check_file(invocation) : play_file(invocation);
  for (const char* of_file :
       {"name", "from", "to", "loop", "once", "speed", "seed", "at-end", "bin", "check", "wait"})
    if (invocation.has(of_file))
      throw UsageError(
          fmt::format("--{} is of a scenario that is to be played: name its file", of_file));
  return list(invocation);
}

std::string key_table() {
  return "\nKeys of a file are those of `linkfab set`, and " +
         fmt::format("{}: {}.\n", fabric::extra_delay, fabric::scenario_keys().back().values);
}

}  // namespace

const Command play_command{
    .name = "play",
    .group = "Links",
    .synopsis = "[[LINK] FILE] [OPTION...]",
    .summary = "Play a scenario: let links change over time, as a file says",
    .text =
        "FILE is a table (CSV: time, link, from, to, and a column a key), a JSON document with "
        "steps, ramps, random\n"
        "values and flapping cables, or a packet delivery trace of mahimahi. docs/scenarios.md "
        "tells all of it.\n"
        "LINK, --from and --to are for steps that name none. Without FILE the scenarios that play "
        "are listed: where each\n"
        "is, how many steps were applied, and how late. The agent plays; this command returns when "
        "it has begun.\n"
        "\n"
        "What a link was set to is not changed: keys that the scenario does not name can be set "
        "meanwhile, and at its end,\n"
        "or with --stop, all is as `linkfab set` left it.\n",
    .examples =
        "  linkfab play r1--r2 drive.csv --from r1\n"
        "  linkfab play r1--r2 Verizon-LTE-driving.down --bin 20ms --to r2\n"
        "  linkfab play night.json --speed 10 --wait\n"
        "  linkfab play --check night.json\n"
        "  linkfab play\n"
        "  linkfab play --stop night\n"
        "  linkfab play --record night > night.csv\n",
    .options = {{"from", "NODE[:IF]", "only frames that this end of LINK sends"},
                {"to", "NODE[:IF]", "only frames toward this interface"},
                {"name", "NAME", "what to call it (default: after the file)"},
                {"loop", "", "begin again at the end"},
                {"once", "", "do not, though the file says so (a trace does)"},
                {"speed", "X", "so many times as fast (default: 1)"},
                {"seed", "N", "other random values (default: 0)"},
                {"at-end", "restore|keep", "what holds after the end (default: restore)"},
                {"bin", "TIME", "of a packet delivery trace: a rate each (default: 100ms)"},
                {"check", "", "read FILE, say what is wrong with it, play nothing"},
                {"wait", "", "return when it has ended"},
                {"stop", "NAME|LINK", "stop that scenario, or all that play on that link"},
                {"record", "NAME", "print what was played, when, and how late, as CSV"},
                no_wait_option,
                timeout_option,
                json_option},
    .most_words = 2,
    .more_text = key_table,
    .run = play,
};

}  // namespace linkfab::cli
