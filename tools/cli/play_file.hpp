// A scenario file as `linkfab play` was told to play it.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "core/result.hpp"
#include "fabric/scenario_file.hpp"
#include "tools/cli/client.hpp"

namespace linkfab::cli {

struct PlayFile {
  std::string path;
  std::string text;
  fabric::ScenarioText read;  // with what the command line says in place of what the file says
};

// What is wrong is printed, line by line, and is one Error here. Throws UsageError where options
// make no sense.
[[nodiscard]] Result<PlayFile> read_scenario_or_say(const Invocation& invocation);

// Names in their full form, values checked with what the running links are set to.
boost::asio::awaitable<Result<fabric::Scenario>> resolve_or_say(Client& client, PlayFile file);

}  // namespace linkfab::cli
