#include "fabric/agent_lock.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace linkfab::fabric {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Another agent holds it for good, a client that looks whether there is one only for a moment.
bool take(const Fd& lock) {
  constexpr int tries = 50;
  for (int i = 1; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++i) {
    if (errno != EWOULDBLOCK || i == tries) return false;
    std::this_thread::sleep_for(milliseconds{20});
  }
  return true;
}

// An agent that leaves removes the file: who waited for its lock has that of no file then.
bool is_at(const Fd& lock, const std::string& path) {
  struct stat held{};
  struct stat there{};
  return ::fstat(lock.get(), &held) == 0 && ::stat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

}  // namespace

Result<Fd> take_agent_lock(const Paths& paths) {
  const auto file = paths.lock_file();
  constexpr int tries = 10;
  for (int i = 1;; ++i) {
    std::error_code failed;
    fs::create_directories(paths.run_dir, failed);
    if (failed)
      return failure(failed == std::errc::permission_denied ? Errc::denied : Errc::failed,
                     "make directory " + paths.run_dir,
                     failed.message() + "; run linkfabd as root");
    auto lock = open_file(file, O_RDWR | O_CREAT, 0644);
    if (!lock && lock.error().code == Errc::not_found && i < tries) continue;
    if (!lock) return lock;
    if (take(*lock)) {
      if (is_at(*lock, file)) return lock;
      if (i < tries) continue;
    }
    if (errno == EWOULDBLOCK)
      return failure(
          Errc::exists, "start linkfabd",
          fmt::format("another one runs for instance {} (it holds {})", paths.instance, file));
    return system_failure("lock " + file);
  }
}

void remove_run_directory(const Paths& paths) {
  const auto lock = paths.lock_file();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(paths.run_dir, ignored))
    if (entry.path() != lock) fs::remove_all(entry.path(), ignored);
  fs::remove(lock, ignored);
  fs::remove(paths.run_dir, ignored);
}

}  // namespace linkfab::fabric
