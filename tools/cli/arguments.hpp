// The command line: global options, the command, its options and words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tools/cli/command.hpp"

namespace linkfab::cli {

struct Called {
  const Command* command = nullptr;  // nullptr: none was named
  bool help = false;
  bool version = false;
  Invocation invocation;
};

// Throws UsageError, which names the nearest command or option where there is one. Reads
// the environment as locate_database() says (tools/cli/database.hpp).
[[nodiscard]] Called parse_arguments(const std::vector<std::string>& arguments);

// The options that all commands have, and the one that stands for a command.
[[nodiscard]] std::span<const Option> common_options();
inline constexpr Option version_option{"version", "", "show the version"};

[[nodiscard]] std::string help();
[[nodiscard]] std::string help(const Command& command);

}  // namespace linkfab::cli
