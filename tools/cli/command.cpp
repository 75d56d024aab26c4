#include "tools/cli/command.hpp"

// Apart from what reads command lines, which knows every command there is.
namespace linkfab::cli {

std::string Invocation::value(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? "" : found->second;
}

std::vector<std::string> Invocation::values(const std::string& option) const {
  std::vector<std::string> values;
  for (const auto& [name, value] : given)
    if (name == option) values.push_back(value);
  return values;
}

}  // namespace linkfab::cli
