#include "fabric/paths.hpp"

#include <sys/file.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>

#include "core/fd.hpp"

namespace linkfab::fabric {
namespace {

std::string directory(const char* variable, const std::string& otherwise) {
  const char* value = ::secure_getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

Paths paths_of(const std::string& instance) {
  return {.instance = instance,
          .run_dir = directory("LINKFAB_RUN_DIR", "/run/" + instance),
          .state_dir = directory("LINKFAB_STATE_DIR", "/var/lib/" + instance)};
}

bool agent_alive(const Paths& paths) {
  const auto lock = open_file(paths.lock_file(), O_RDONLY);
  if (!lock) return false;
  return ::flock(lock->get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace linkfab::fabric
