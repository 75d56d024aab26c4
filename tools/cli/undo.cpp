// linkfab undo: the opposite of a change.
#include <fmt/format.h>

#include "fabric/named_state.hpp"
#include "fabric/scenario_rows.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/way_back.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

Result<WayBack> way_to_undo(const Client& client, const std::string& word) {
  const auto changes = changes_of(client);
  std::int64_t number = changes.empty() ? 0 : changes.front().number;
  if (!word.empty()) {
    const auto given = fabric::change_word(word);
    if (!given) throw UsageError(fmt::format("'{}' is no number of a change", word));
    number = *given;
  } else if (changes.empty()) {
    return failure(Errc::not_found, "undo the newest change", "nothing was changed yet");
  }
  std::set<std::string> scenarios;
  for (const auto& scenario : fabric::view_scenarios(client.replica()))
    scenarios.insert(scenario.name);
  auto undone = fabric::undone(running_topology(client), scenarios, changes, number);
  if (!undone) return std::unexpected(undone.error());
  return WayBack{*std::move(undone), {.verb = fmt::format("undo {}", number)}};
}

Result<int> undo(const Invocation& invocation) {
  const auto word = invocation.words.empty() ? "" : invocation.words.front();
  return with_history(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const MakeWayBack make = [&](Client& its) -> awaitable<Result<WayBack>> {
      co_return way_to_undo(its, word);
    };
    co_return co_await take_way_back(client, invocation, make);
  });
}

}  // namespace

const Command undo_command{
    .name = "undo",
    .group = "History",
    .synopsis = "[NUMBER] [--no-wait] [--json]",
    .summary = "Make the opposite of a change",
    .text =
        "Of the newest, or of change NUMBER of `linkfab log`: what it touched becomes as it was, "
        "and all else stays as it is.\n"
        "Refused where one of these values is not any more what the change made it; the later "
        "change that did that is\n"
        "named. An undo is a change itself: to undo it is to redo. `up` and `down` can be undone "
        "too, as long as the\n"
        "lab's database is there. A scenario that was stopped begins again.\n",
    .examples = "  linkfab undo\n  linkfab undo 12\n",
    .options = {no_wait_option, timeout_option, json_option},
    .most_words = 1,
    .run = undo,
};

}  // namespace linkfab::cli
