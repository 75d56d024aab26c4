// A look at the lab, also where the cluster of its database has no majority.
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "ovsdb/replica.hpp"
#include "tools/cli/client.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

// How long a server with a majority is looked for: leaders are elected within 5 s. Then how long
// one without.
inline constexpr std::chrono::milliseconds majority_limit{6000};
inline constexpr std::chrono::milliseconds copy_limit{3000};

// Connects with a replica of these columns, and uses it. Without a majority it is what a server
// last knew, which standard error tells: see Client::without_majority().
[[nodiscard]] Result<int> with_any_copy(
    const Invocation& invocation, const ovsdb::Monitor& monitor,
    const std::function<boost::asio::awaitable<Result<int>>(Client&)>& use);

}  // namespace linkfab::cli
