// linkfab rollback: the lab as it was.
#include "tools/cli/commands.hpp"
#include "tools/cli/show_difference.hpp"
#include "tools/cli/way_back.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

Result<int> rollback(const Invocation& invocation) {
  return with_history(invocation, [&](Client& client) -> awaitable<Result<int>> {
    const auto& word = invocation.words.front();
    if (invocation.has("dry-run")) {
      const auto wanted = co_await state_named(client, word);
      if (!wanted) co_return std::unexpected(wanted.error());
      print_difference(difference(running_topology(client), *wanted), invocation.json());
      co_return success;
    }
    const MakeWayBack make = [&](Client& its) -> awaitable<Result<WayBack>> {
      auto wanted = co_await state_named(its, word);
      if (!wanted) co_return std::unexpected(wanted.error());
      co_return WayBack{{.topology = *std::move(wanted)}, {.verb = "rollback " + word}};
    };
    co_return co_await take_way_back(client, invocation, make);
  });
}

}  // namespace

const Command rollback_command{
    .name = "rollback",
    .group = "History",
    .synopsis = "SNAPSHOT|NUMBER [--dry-run] [--no-wait] [--json]",
    .summary = "Make the lab as it was",
    .text =
        "As a snapshot keeps it, or as it was after change NUMBER of `linkfab log`; 0 is before "
        "the first. Only what\n"
        "differs is changed. It is a change itself, which `linkfab undo` undoes. Scenarios go on "
        "as they are.\n",
    .examples =
        "  linkfab rollback before-lunch --dry-run     as `linkfab plan` shows it\n"
        "  linkfab rollback before-lunch\n"
        "  linkfab rollback 12\n",
    .options = {{"dry-run", "", "show what would be done, and do nothing"},
                no_wait_option,
                timeout_option,
                json_option},
    .least_words = 1,
    .most_words = 1,
    .run = rollback,
};

}  // namespace linkfab::cli
