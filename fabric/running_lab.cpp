#include "fabric/running_lab.hpp"

#include <fmt/format.h>

#include "fabric/desired.hpp"
#include "fabric/rows.hpp"

namespace linkfab::fabric {

RunningLab running_lab(const ovsdb::Replica& replica) {
  ovsdb::Changes changes;
  for (const auto& [table, columns] : wanted_columns().tables)
    for (const auto& [uuid, row] : replica.rows(table)) changes.push_back({table, uuid, {}, row});
  Desired desired;
  desired.apply(replica, changes);
  RunningLab lab{.topology = desired.topology(), .problems = {}};
  const auto everything = desired.everything();
  const auto add = [&](const char* kind, const std::string& name, const std::string* problem) {
    if (problem != nullptr) lab.problems.push_back(fmt::format("{} {}: {}", kind, name, *problem));
  };
  for (const auto& name : everything.nodes) add("node", name, desired.node_problem(name));
  for (const auto& name : everything.links) add("link", name, desired.link_problem(name));
  for (const auto& name : everything.segments) add("segment", name, desired.segment_problem(name));
  return lab;
}

}  // namespace linkfab::fabric
