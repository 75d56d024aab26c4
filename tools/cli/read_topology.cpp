#include "tools/cli/read_topology.hpp"

#include <fmt/format.h>

#include "fabric/topology_file.hpp"

namespace linkfab::cli {

Result<fabric::Topology> read_file_or_say(const std::string& path) {
  auto topology = fabric::read_topology(path);
  if (topology) return std::move(*topology);
  for (const auto& finding : topology.error()) fmt::print(stderr, "{}\n", format(finding));
  const auto count = topology.error().size();
  return failure(Errc::invalid, "read " + path,
                 fmt::format("{} error{}; nothing was changed", count, count == 1 ? "" : "s"));
}

}  // namespace linkfab::cli
