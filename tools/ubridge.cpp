// ubridge, for GNS3 servers: the hypervisor over what carries its frames. Wiring; see
// ubridge/program.hpp.
//
// LINKFAB_UBRIDGE_FABRIC tells where links go: "auto" (the default) onto this host's fabric, whose
// agent root starts where none runs; "running" only onto one that runs; "off" never. Whoever runs
// the program may choose, with capabilities of its file too: the choice gives nobody a right.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "tools/bridge/fabric_effects.hpp"
#include "ubridge/program.hpp"

namespace {

using linkfab::tools::AgentUse;

AgentUse agent_use() {
  const char* const text = std::getenv("LINKFAB_UBRIDGE_FABRIC");
  const std::string_view choice = text == nullptr ? "auto" : text;
  if (choice == "auto") return AgentUse::start;
  if (choice == "running") return AgentUse::running;
  if (choice == "off") return AgentUse::none;
  throw std::runtime_error("LINKFAB_UBRIDGE_FABRIC is none of auto, running, off");
}

}  // namespace

int main(int count, char** words) try {
  const std::vector<std::string> arguments(words, words + count);
  return linkfab::ubridge::run_program(
      arguments, [](auto executor, const auto& options, const auto& log) {
        return std::make_unique<linkfab::tools::FabricEffects>(
            std::move(executor), options.debug_level, log, agent_use());
      });
} catch (const std::exception& error) {
  std::fprintf(stderr, "ubridge: %s\n", error.what());
  return 1;
}
