// What the commands that change links or segments have in common: find it, write, wait, and say
// how it is now.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "tools/cli/client.hpp"
#include "tools/cli/find.hpp"

namespace linkfab::cli {

// Connects, and tries again where another client was faster.
[[nodiscard]] Result<int> run_change(const Invocation& invocation, const Client::Attempt& attempt);

// Prints the link as it is after the change, as text or JSON. 1 and its error where the agent
// reports one.
boost::asio::awaitable<Result<int>> report_link(Client& client, const Invocation& invocation,
                                                FoundLink link);
// The same for those that a command line named, LINK...: as JSON {"links": [...]} where there are
// several words or a pattern; as text a table or, of more than 20, their number and what failed.
boost::asio::awaitable<Result<int>> report_links(Client& client, const Invocation& invocation,
                                                 std::vector<std::string> words,
                                                 const std::vector<FoundLink>& links);

}  // namespace linkfab::cli
