// The traffic of the running lab, read afresh.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/lab_view.hpp"
#include "fabric/traffic.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

// The links that were named, in that order; all where none was.
boost::asio::awaitable<Result<std::vector<fabric::LinkView>>> chosen_links(
    Client& client, const std::vector<std::string>& names, const fabric::LabView& lab);

// Has the agent read the counters, of all links or of those that are named.
boost::asio::awaitable<Result<fabric::Traffic>> read_traffic(Client& client,
                                                             const std::vector<std::string>& names);

// --interval and --count. Throw UsageError where they make no sense.
[[nodiscard]] std::chrono::milliseconds interval_of(const Invocation& invocation);  // 1s by default
[[nodiscard]] std::int64_t count_of(const Invocation& invocation);                  // 0: not given

inline constexpr Option count_option{"count", "N", "end after so many"};

}  // namespace linkfab::cli
