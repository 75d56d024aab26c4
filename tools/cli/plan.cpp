// linkfab plan: what `up` would do.
#include "fabric/difference.hpp"
#include "fabric/rows.hpp"
#include "fabric/running_lab.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/read_topology.hpp"
#include "tools/cli/show_difference.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

// The lab as it is: nothing where no agent runs.
Result<fabric::Topology> current(const Invocation& invocation) {
  fabric::Topology topology;
  if (!check_agent(invocation)) return topology;
  const auto read = run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, fabric::topology_columns());
    auto connected = co_await client.connect();
    if (!connected) co_return std::unexpected(connected.error());
    topology = fabric::running_lab(client.replica()).topology;
    co_return success;
  });
  if (!read) return std::unexpected(read.error());
  return topology;
}

Result<int> plan(const Invocation& invocation) {
  const auto wanted = read_file_or_say(invocation.words.front());
  if (!wanted) return std::unexpected(wanted.error());
  const auto have = current(invocation);
  if (!have) return std::unexpected(have.error());
  print_difference(difference(*have, *wanted), invocation.json());
  return success;
}

}  // namespace

const Command plan_command{
    .name = "plan",
    .group = "Lab",
    .synopsis = "FILE [--json]",
    .summary = "Show what `linkfab up FILE` would change",
    .text =
        "Checks the file, compares it with the running lab, and changes nothing. Without a running "
        "lab everything in the\n"
        "file is new.\n",
    .examples = "  linkfab plan lab.json\n",
    .options = {json_option},
    .least_words = 1,
    .most_words = 1,
    .run = plan,
};

}  // namespace linkfab::cli
