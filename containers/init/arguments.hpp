// The command line of linkfab-init; what it means stands in containers/init_protocol.hpp.
#pragma once

namespace linkfab::init {

struct Arguments {
  const char* interfaces = nullptr;  // null: do not wait
  char** command = nullptr;     // ends with a null, as execvp(3) wants it; null: stay until SIGTERM
  const char* wrong = nullptr;  // the argument that is not understood; null: all are
};

[[nodiscard]] Arguments parse_arguments(char** arguments);  // argv without the program's name

}  // namespace linkfab::init
