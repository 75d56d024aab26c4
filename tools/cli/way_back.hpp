// What `linkfab undo`, `rollback`, `snapshot` and `diff` have in common: a client that knows the
// history, states by their names, and the way to one of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "fabric/history.hpp"
#include "fabric/lab_snapshot.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

// Connects with a replica of the lab and of every change.
[[nodiscard]] Result<int> with_history(
    const Invocation& invocation,
    const std::function<boost::asio::awaitable<Result<int>>(Client&)>& use);

[[nodiscard]] std::vector<fabric::Change> changes_of(const Client& client);
[[nodiscard]] fabric::Topology running_topology(const Client& client);

// By name, the given one with its topology.
boost::asio::awaitable<Result<std::vector<fabric::LabSnapshot>>> list_snapshots(
    Client& client, std::string with_topology = "");
// As fabric/named_state.hpp has it.
boost::asio::awaitable<Result<fabric::Topology>> state_named(Client& client, std::string word);

// What is wanted, and what that is called in the log; made anew where another client was faster.
struct WayBack {
  fabric::Undone wanted;
  fabric::ChangeWords words;
};
using MakeWayBack = std::function<boost::asio::awaitable<Result<WayBack>>(Client&)>;
// Writes it and waits until all is as it is wanted; says so of `object`. The exit status.
boost::asio::awaitable<Result<int>> take_way_back(Client& client, const Invocation& invocation,
                                                  MakeWayBack make);

}  // namespace linkfab::cli
