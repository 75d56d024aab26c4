// Members of segments, for `linkfab connect` and `disconnect`.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/topology.hpp"
#include "netem/impairment.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/find.hpp"

namespace linkfab::cli {

// Plugs the interface into the segment of that name, waits, and says how the segment is now.
boost::asio::awaitable<Result<int>> join_segment(Client& client, const Invocation& invocation,
                                                 fabric::Endpoint member, std::string name,
                                                 netem::Impairment toward);
// Takes the member that the command line's word is out of it. Errc::invalid: the word is the
// segment itself.
boost::asio::awaitable<Result<int>> leave_segment(Client& client, const Invocation& invocation,
                                                  FoundLink segment);

}  // namespace linkfab::cli
