#include "ubridge/carrier/iol_socket.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "ubridge/carrier/unix_socket.hpp"

namespace linkfab::ubridge {
namespace {

std::string folder() {
  return fmt::format("/tmp/netio{}", ::getuid());
}

// /tmp is everybody's: what is there under our name must be a folder, and ours.
Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return system_failure("make folder " + path);
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) return system_failure("look at folder " + path);
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::getuid())
    return failure(Errc::conflict, "use folder " + path, "it is no folder of ours");
  return {};
}

Result<Fd> take_lock(const std::string& path, int id) {
  auto file = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!file) return file;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file->get(), F_SETLK, &lock) != 0) {
    (void)::fcntl(file->get(), F_GETLK, &lock);
    return failure(Errc::exists, "lock " + path,
                   fmt::format("PID {} already has a lock on ID {}", lock.l_pid, id));
  }
  const std::string owner = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file->get(), 0) != 0 || ::write(file->get(), owner.data(), owner.size()) < 0)
    return system_failure("write to " + path);
  return file;
}

}  // namespace

std::string IolSocket::path_of(int id) {
  return fmt::format("{}/{}", folder(), id);
}

Result<IolSocket> IolSocket::open(int id) {
  constexpr int last = 65535;  // two octets in a header
  if (id < 1 || id > last)
    return failure(Errc::invalid, fmt::format("open IOU id {}", id), "an ID is 1 to 65535");
  if (const auto made = make_folder(folder()); !made) return std::unexpected(made.error());
  auto lock = take_lock(path_of(id) + ".lck", id);
  if (!lock) return std::unexpected(lock.error());
  auto socket = bind_unix(path_of(id));
  if (!socket) return std::unexpected(socket.error());
  return IolSocket(id, std::move(*lock), std::move(*socket));
}

IolSocket::~IolSocket() {
  if (!lock_) return;  // moved from
  (void)::unlink(path_of(id_).c_str());
  (void)::unlink((path_of(id_) + ".lck").c_str());
}

}  // namespace linkfab::ubridge
