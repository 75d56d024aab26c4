// A running lab as a topology.
#pragma once

#include <string>
#include <vector>

#include "fabric/topology.hpp"
#include "ovsdb/replica.hpp"

namespace linkfab::fabric {

struct RunningLab {
  Topology topology;
  std::vector<std::string> problems;  // of what could not be made part of it
};
// From a replica of wanted_columns() (fabric/rows.hpp) or more.
[[nodiscard]] RunningLab running_lab(const ovsdb::Replica& replica);

}  // namespace linkfab::fabric
