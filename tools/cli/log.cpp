// linkfab log: who changed what, and when.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <fnmatch.h>
#include <limits>
#include <ranges>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/units.hpp"
#include "fabric/change_log.hpp"
#include "fabric/link_term.hpp"
#include "ovsdb/json_text.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/find.hpp"
#include "tools/cli/show_difference.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using fabric::Change;
using fabric::Difference;
using fabric::Touch;

constexpr std::size_t default_number = 30;
constexpr std::size_t most_names_shown = 8;

// The two ends of a link's name, as far as each is said.
bool same_end(const fabric::LinkTerm::End& wanted, const fabric::LinkTerm::End& end) {
  return wanted.node == end.node && (!wanted.interface || wanted.interface == end.interface);
}

bool names_object(const std::string& text, const std::string& name) {
  if (::fnmatch(text.c_str(), name.c_str(), 0) == 0) return true;
  const auto wanted = fabric::parse_link_term(text).ends;
  const auto ends = fabric::parse_link_term(name).ends;
  if (wanted.size() != 2 || ends.size() != 2) return false;
  return (same_end(wanted[0], ends[0]) && same_end(wanted[1], ends[1])) ||
         (same_end(wanted[0], ends[1]) && same_end(wanted[1], ends[0]));
}

bool is_about(const Change& change, const std::vector<std::string>& objects) {
  if (objects.empty()) return true;
  return std::ranges::any_of(change.touches, [&](const Touch& touch) {
    return std::ranges::any_of(touch.names, [&](const std::string& name) {
      return std::ranges::any_of(
          objects, [&](const std::string& object) { return names_object(object, name); });
    });
  });
}

std::string time_text(const Change& change, bool utc, bool zone) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(change.time);
  const auto time = static_cast<std::time_t>(seconds.time_since_epoch().count());
  const auto broken_down = utc ? fmt::gmtime(time) : fmt::localtime(time);
  return zone ? fmt::format("{:%Y-%m-%d %H:%M:%S %z}", broken_down)
              : fmt::format("{:%Y-%m-%d %H:%M:%S}", broken_down);
}

std::string names_text(const Touch& touch) {
  std::string text =
      touch.names.size() == 1 ? touch.kind : fmt::format("{} {}s:", touch.names.size(), touch.kind);
  for (std::size_t i = 0; i < std::min(touch.names.size(), most_names_shown); ++i)
    text += (i == 0 ? " " : ", ") + touch.names[i];
  if (touch.names.size() > most_names_shown)
    text += fmt::format(" and {} more", touch.names.size() - most_names_shown);
  return text;
}

void print_whole(const Change& change, bool utc) {
  const bool coloured = coloured_output();
  print(paint(fmt::format("change {}", change.number), Colour::yellow, coloured));
  print(fmt::format("\nUser: {}{}\nDate: {}\nHow:  {}\n\n    {}\n\n", change.user,
                    change.uid ? fmt::format(" ({})", *change.uid) : "",
                    time_text(change, utc, true), change.how, change.summary));
  for (const auto& touch : change.touches) {
    const auto action = touch.before.isNull()  ? Difference::Action::add
                        : touch.after.isNull() ? Difference::Action::remove
                                               : Difference::Action::change;
    print(paint(fmt::format("{} {}", mark(action), names_text(touch)), colour(action), coloured) +
          "\n");
    if (action == Difference::Action::remove) continue;
    for (const auto& [name, before, after] : value_changes(touch))
      print(fmt::format("    {}\n", format(Difference::Field{name, before, after})));
  }
  print("\n");
}

void print_changes(const Invocation& invocation, const std::vector<Change>& changes) {
  const bool whole = invocation.has("patch");
  const bool utc = invocation.has("utc");
  if (invocation.json()) {
    Json::Value json(Json::objectValue);
    json["changes"] = Json::Value(Json::arrayValue);
    for (const auto& change : changes) json["changes"].append(to_json(change, whole));
    return print_json(json);
  }
  if (whole) {
    for (const auto& change : changes) print_whole(change, utc);
    return;
  }
  Table table({"NUMBER", "TIME", "USER", "CHANGE"});
  for (const auto& change : changes)
    table.add({std::to_string(change.number), time_text(change, utc, false),
               change.user.empty() ? "-" : change.user, change.summary});
  if (!table.empty()) print(table.text(coloured_output()));
}

// On a line of its own, as they come.
void print_next(const Invocation& invocation, const Change& change) {
  if (invocation.json()) {
    std::string line;
    if (ovsdb::append_json(line, to_json(change, invocation.has("patch")))) print(line + "\n");
  } else if (invocation.has("patch")) {
    print_whole(change, invocation.has("utc"));
  } else {
    print(fmt::format("{:<6}  {}  {}  {}\n", change.number,
                      time_text(change, invocation.has("utc"), false),
                      change.user.empty() ? "-" : change.user, change.summary));
  }
}

std::size_t wanted_number(const Invocation& invocation) {
  if (!invocation.has("number")) return default_number;
  const auto number = parse_integer(invocation.value("number"), 0, fabric::most_changes);
  if (!number) throw UsageError("--number: " + format(number.error()));
  return *number == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(*number);
}

awaitable<Result<int>> follow(Client& client, const Invocation& invocation, std::int64_t last) {
  for (;;) {
    co_await client.change(std::chrono::seconds{1});
    if (auto running = check_agent(invocation); !running)
      co_return failure(Errc::unreachable, "follow the history", "linkfabd has ended");
    auto changes = fabric::decode_changes(client.replica().rows("Change"));
    for (const auto& change : changes | std::views::reverse) {
      if (change.number <= last) continue;
      last = change.number;
      if (is_about(change, invocation.words)) print_next(invocation, change);
    }
  }
}

Result<int> log(const Invocation& invocation) {
  const auto number = wanted_number(invocation);
  const bool whole = invocation.has("patch") || !invocation.words.empty();
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    auto monitor = fabric_only();
    monitor.tables["Change"] = fabric::change_columns(whole);
    Client client(executor, invocation, monitor);
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    const auto last = fabric::newest_change(client.replica());
    auto changes = fabric::decode_changes(client.replica().rows("Change"));
    const bool nothing = changes.empty();
    std::erase_if(changes, [&](const Change& its) { return !is_about(its, invocation.words); });
    if (changes.size() > number)
      changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(number), changes.end());
    if (invocation.has("follow")) {
      for (const auto& change : changes | std::views::reverse) print_next(invocation, change);
      co_return co_await follow(client, invocation, last);
    }
    if (changes.empty() && !invocation.json())
      fmt::print(stderr, "{}\n",
                 nothing ? "nothing was changed yet" : "no change that is kept touched it");
    print_changes(invocation, changes);
    co_return success;
  });
}

}  // namespace

const Command log_command{
    .name = "log",
    .group = "History",
    .synopsis = "[-n N] [-p] [--utc] [--follow] [--json] [OBJECT...]",
    .summary = "Show what was changed, by whom and when",
    .text =
        "Every change of what is wanted, the newest first: by this program, by the HTTP API and "
        "the web view. OBJECT is\n"
        "the name of a node, link, segment or scenario, two ends of a link (r1--r2), or a pattern "
        "of names: then only\n"
        "changes that touched it. The newest 1000 changes are kept, as long as the lab's database "
        "is; what a process\n"
        "joins through ubridge goes with that process and is not listed. docs/history.md tells "
        "more.\n",
    .examples =
        "  linkfab log\n"
        "  linkfab log -n 5 r1--r2\n"
        "  linkfab log -p 'wan-*'          with all values, before and after\n"
        "  linkfab log --follow --json     an object a line\n",
    .options = {{"number", "N", "only the newest N (default: 30; 0: all)", 'n'},
                {"patch", "", "every value before and after, and the command line", 'p'},
                {"utc", "", "times of UTC, not of the local zone"},
                {"follow", "", "the oldest first, then those that come", 'f'},
                json_option},
    .most_words = 1000,
    .run = log,
};

}  // namespace linkfab::cli
