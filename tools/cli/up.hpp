// `linkfab up` of a topology that is there already.
#pragma once

#include <string>

#include "core/result.hpp"
#include "fabric/topology.hpp"
#include "tools/cli/command.hpp"

namespace linkfab::cli {

// `again` is what would go on with it: "up lab.json".
[[nodiscard]] Result<int> bring_up(const Invocation& invocation, const fabric::Topology& wanted,
                                   const std::string& again);

}  // namespace linkfab::cli
