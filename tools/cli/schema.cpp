// linkfab schema: what an editor needs to know of topology and scenario files.
#include "tools/cli/schema.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "core/suggest.hpp"
#include "fabric/file_schema.hpp"
#include "tools/cli/commands.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

Result<int> schema(const Invocation& invocation) {
  const std::string file = invocation.words.empty() ? "topology" : invocation.words.front();
  if (file == "topology") {
    print(std::string{fabric::topology_schema()});
  } else if (file == "scenario") {
    print(std::string{fabric::scenario_schema()});
  } else {
    throw UsageError(fmt::format("'{}' is neither topology nor scenario{}", file,
                                 did_you_mean(file, described_files())));
  }
  return success;
}

}  // namespace

std::span<const std::string_view> described_files() {
  static constexpr std::array<std::string_view, 2> files{"topology", "scenario"};
  return files;
}

const Command schema_command{
    .name = "schema",
    .group = "Lab",
    .synopsis = "[KIND]",
    .summary = "Print the JSON Schema of topology or scenario files, for editors",
    .text =
        "KIND is topology, which is meant without it, or scenario. The schema (draft 2020-12) says "
        "every key with its meaning,\n"
        "values, range and default; an editor that knows JSON Schema completes and checks by it a "
        "file whose first key is\n"
        "`\"$schema\": \"topology.schema.json\"`. `linkfab plan FILE` and `linkfab play --check "
        "FILE` find more: a schema does not\n"
        "see whether what a link names is there.\n",
    .examples =
        "  linkfab schema > topology.schema.json\n"
        "  linkfab schema scenario > scenario.schema.json\n",
    .most_words = 1,
    .run = schema,
};

}  // namespace linkfab::cli
