#include "containers/init/arguments.hpp"

#include <string_view>

namespace linkfab::init {

Arguments parse_arguments(char** arguments) {
  Arguments parsed;
  for (; *arguments != nullptr; ++arguments) {
    const std::string_view word = *arguments;
    if (!word.starts_with('-')) break;
    if (word == "--") {
      ++arguments;
      break;
    }
    if (word != "--interfaces" || arguments[1] == nullptr) {
      parsed.wrong = *arguments;
      return parsed;
    }
    parsed.interfaces = *++arguments;
  }
  if (*arguments != nullptr) parsed.command = arguments;
  return parsed;
}

}  // namespace linkfab::init
