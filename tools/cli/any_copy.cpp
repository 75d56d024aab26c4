#include "tools/cli/any_copy.hpp"

#include <utility>

#include "tools/cli/host_table.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;
using Use = std::function<awaitable<Result<int>>(Client&)>;

// `why` is what no server with a majority could be asked for.
awaitable<Result<int>> without_majority(boost::asio::any_io_executor executor,
                                        const Invocation& invocation, ovsdb::Monitor monitor,
                                        const Use& use, Error why) {
  Client client(executor, invocation, std::move(monitor), Client::Copy::any);
  if (const auto read = co_await client.connect(copy_limit); !read)
    co_return std::unexpected(std::move(why));
  if (client.without_majority()) {
    const HostTable known{.replica = &client.replica(),
                          .without_majority = true,
                          .cluster = {},
                          .now = std::chrono::system_clock::now()};
    print_error(Error{why.code, std::move(why.attempt), why.cause + "; " + lone_notice(known)});
  }
  co_return co_await use(client);
}

}  // namespace

Result<int> with_any_copy(const Invocation& invocation, const ovsdb::Monitor& monitor,
                          const Use& use) {
  return run_task([&](boost::asio::any_io_executor executor) -> awaitable<Result<int>> {
    Client client(executor, invocation, monitor);
    auto connected = co_await client.connect(majority_limit);
    if (connected) co_return co_await use(client);
    if (connected.error().code != Errc::unreachable || !check_agent(invocation))
      co_return std::unexpected(connected.error());
    co_return co_await without_majority(executor, invocation, monitor, use, connected.error());
  });
}

}  // namespace linkfab::cli
