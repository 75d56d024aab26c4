// ubridge, for GNS3 servers: the hypervisor over what carries its frames. Wiring; see
// ubridge/program.hpp.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "tools/bridge/host_effects.hpp"
#include "ubridge/program.hpp"

int main(int count, char** words) try {
  const std::vector<std::string> arguments(words, words + count);
  return linkfab::ubridge::run_program(arguments, linkfab::tools::make_effects);
} catch (const std::exception& error) {
  std::fprintf(stderr, "ubridge: %s\n", error.what());
  return 1;
}
