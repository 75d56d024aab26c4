// A topology file, for commands that take one.
#pragma once

#include <string>

#include "core/result.hpp"
#include "fabric/topology.hpp"

namespace linkfab::cli {

// What is wrong with the file is printed, and is one Error here.
[[nodiscard]] Result<fabric::Topology> read_file_or_say(const std::string& path);

}  // namespace linkfab::cli
