// What `linkfab play` does with a file, and how it reads what plays.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/scenario_rows.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

// Connects with a replica of the scenarios.
[[nodiscard]] Result<int> with_scenarios(
    const Invocation& invocation,
    const std::function<boost::asio::awaitable<Result<int>>(Client&)>& use);
// As they are now.
boost::asio::awaitable<Result<std::vector<fabric::ScenarioView>>> fresh_scenarios(Client& client);
// nullptr: there is none of that name.
[[nodiscard]] const fabric::ScenarioView* find_scenario(
    const std::vector<fabric::ScenarioView>& scenarios, const std::string& name);

[[nodiscard]] Result<int> play_file(const Invocation& invocation);
// Plays nothing. With the links of a lab where one is running.
[[nodiscard]] Result<int> check_file(const Invocation& invocation);

}  // namespace linkfab::cli
