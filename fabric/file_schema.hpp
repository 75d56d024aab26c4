// The JSON Schemas (draft 2020-12) of the files that people write: docs/topology.schema.json and
// docs/scenario.schema.json, for editors and programs that make such files.
//
// The readers do not use them. Both know the same keys, ranges and defaults, which
// tests/fabric/file_schema_test.py holds against each other; what needs more than one object, such
// as a link to a node that there is, only the readers tell.
#pragma once

#include <string_view>

namespace linkfab::fabric {

[[nodiscard]] std::string_view topology_schema();
[[nodiscard]] std::string_view scenario_schema();

}  // namespace linkfab::fabric
