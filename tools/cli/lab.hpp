// A running lab as a topology.
#pragma once

#include <string>
#include <vector>

#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::cli {

struct RunningLab {
  fabric::Topology topology;
  std::vector<std::string> problems;  // of what could not be made part of it
};
[[nodiscard]] RunningLab running_lab(const ovsdb::Replica& replica);

// Reads a topology file. What is wrong with it is printed, and is one Error here.
[[nodiscard]] Result<fabric::Topology> read_file_or_say(const std::string& path);

}  // namespace linkfab::cli
