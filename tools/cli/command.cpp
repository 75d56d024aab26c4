#include "tools/cli/command.hpp"

// Apart from what reads command lines, which knows every command there is.
namespace linkfab::cli {

std::string Invocation::value(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? "" : found->second;
}

}  // namespace linkfab::cli
