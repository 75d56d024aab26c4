// linkfab diff: two states of a lab compared.
#include <array>
#include <string>

#include "fabric/named_state.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/read_topology.hpp"
#include "tools/cli/show_difference.hpp"
#include "tools/cli/way_back.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

constexpr int trouble = 2;  // as of diff(1)
using States = std::array<fabric::Topology, 2>;

// What has no other name is a file's.
awaitable<Result<fabric::Topology>> read_state(Client& client, std::string word) {
  auto state = co_await state_named(client, word);
  if (state || state.error().code != Errc::not_found || fabric::change_word(word)) co_return state;
  co_return read_file_or_say(word);
}

// Where no lab runs there are only files, and nothing.
Result<fabric::Topology> read_state_alone(const std::string& word) {
  if (word == fabric::running_word) return fabric::Topology{};
  if (fabric::change_word(word)) return std::unexpected(no_agent());
  return read_file_or_say(word);
}

Result<States> read_states(const Invocation& invocation, const std::array<std::string, 2>& words) {
  States states;
  if (!check_agent(invocation)) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      auto state = read_state_alone(words[i]);
      if (!state) return std::unexpected(state.error());
      states[i] = *std::move(state);
    }
    return states;
  }
  const auto read = with_history(invocation, [&](Client& client) -> awaitable<Result<int>> {
    for (std::size_t i = 0; i < words.size(); ++i) {
      auto state = co_await read_state(client, words[i]);
      if (!state) co_return std::unexpected(state.error());
      states[i] = *std::move(state);
    }
    co_return success;
  });
  if (!read) return std::unexpected(read.error());
  return states;
}

Result<int> diff(const Invocation& invocation) {
  const auto& words = invocation.words;
  const auto states = read_states(
      invocation, {words.front(), words.size() > 1 ? words[1] : std::string(fabric::running_word)});
  if (!states) {
    print_error(states.error());
    return trouble;
  }
  const auto difference = fabric::difference(states->front(), states->back());
  if (!difference.empty() || invocation.json()) print_difference(difference, invocation.json());
  return difference.empty() ? success : failed;
}

}  // namespace

const Command diff_command{
    .name = "diff",
    .group = "History",
    .synopsis = "STATE [STATE-B] [--json]",
    .summary = "Show what makes one state of a lab another",
    .text =
        "A STATE is a topology file, the name of a snapshot, the number of a change for the state "
        "after it, or `running`,\n"
        "which is what the second one is where it is not given. Shown is what would have to be "
        "done to come from the first\n"
        "to the second, as `linkfab plan` shows it. The exit status is 0 where they are the same, "
        "1 where they differ, 2 for\n"
        "trouble. A file that has a snapshot's name is written ./NAME.\n",
    .examples =
        "  linkfab diff lab.json                 what was changed since `linkfab up lab.json`\n"
        "  linkfab diff before-lunch\n"
        "  linkfab diff 12 15\n"
        "  linkfab diff old.json new.json\n",
    .options = {json_option},
    .least_words = 1,
    .most_words = 2,
    .run = diff,
};

}  // namespace linkfab::cli
