// The command-line client: parses, dispatches, and turns what went wrong into one line and an exit
// status.
#include <clocale>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/heap.hpp"
#include "core/version.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/complete.hpp"
#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "__complete") {
    print(lines(complete({arguments.begin() + 1, arguments.end()}, read_lab_names)));
    return success;
  }
  const auto called = parse_arguments(arguments);
  if (called.version) {
    print(fmt::format("linkfab {}\n", project_version));
    return success;
  }
  if (called.help) {
    print(called.command != nullptr ? help(*called.command) : help());
    return success;
  }
  if (called.command == nullptr) {
    fmt::print(stderr, "{}", help());
    return wrong_usage;
  }
  const auto status = called.command->run(called.invocation);
  if (status) return *status;
  print_error(status.error());
  return failed;
}

// "set " where that is what was called.
std::string called_name(const std::vector<std::string>& arguments) {
  for (const auto* command : commands())
    if (!arguments.empty() && arguments.front() == command->name) return arguments.front() + " ";
  return "";
}

}  // namespace
}  // namespace linkfab::cli

int main(int argc, char** argv) {
  using namespace linkfab::cli;
  linkfab::keep_freed_memory();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    return run(arguments);
  } catch (const UsageError& error) {
    print_error(fmt::format("{}; see `linkfab {}--help`", error.what(), called_name(arguments)));
    return wrong_usage;
  } catch (const std::exception& error) {
    print_error(error.what());
    return failed;
  }
}
