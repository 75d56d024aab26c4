#include "netem/netns.hpp"

#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <system_error>
#include <unistd.h>

namespace linkfab::netem {
namespace {

constexpr const char* current = "/proc/thread-self/ns/net";

// Returns to a namespace at the end of the scope. The thread must never go on in another one.
class Return {
 public:
  explicit Return(const Fd& home) : home_(home) {}
  ~Return() {
    if (::setns(home_.get(), CLONE_NEWNET) != 0) std::terminate();
  }
  Return(const Return&) = delete;
  Return& operator=(const Return&) = delete;

 private:
  const Fd& home_;
};

Result<void> bring_loopback_up() {
  const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return system_failure("bring loopback up");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return system_failure("bring loopback up");
  return {};
}

bool is_network_namespace(int fd) {
  return ::ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

Result<void> make_and_mount(const std::string& path, const std::string& attempt) {
  const auto home = open_file(current, O_RDONLY);
  if (!home) return std::unexpected(home.error());
  if (::unshare(CLONE_NEWNET) != 0) return system_failure(attempt);
  const Return at_the_end{*home};
  if (auto up = bring_loopback_up(); !up) return up;
  if (::mount(current, path.c_str(), "none", MS_BIND, nullptr) != 0) return system_failure(attempt);
  return {};
}

}  // namespace

Result<void> create_netns(const std::string& path) {
  const std::string attempt = "create namespace " + path;
  const auto file = open_file(path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0444);
  if (!file) return std::unexpected(file.error());
  // A file without a namespace on it is what an interrupted removal leaves: it is used again.
  if (is_network_namespace(file->get())) {
    return failure(Errc::exists, attempt, "a namespace is mounted there already");
  }
  auto made = make_and_mount(path, attempt);
  if (!made) (void)::unlink(path.c_str());
  return made;
}

Result<void> remove_netns(const std::string& path) {
  const std::string attempt = "remove namespace " + path;
  // EINVAL: nothing is mounted there, only the file is left.
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL) {
    return system_failure(attempt);
  }
  if (::unlink(path.c_str()) != 0) return system_failure(attempt);
  return {};
}

Result<void> prepare_netns_directory(const std::string& path) {
  const std::string attempt = "prepare namespace directory " + path;
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return std::unexpected(system_error(attempt, error.value()));
  // A directory that is no mount of its own refuses to change its propagation with EINVAL.
  const auto share = [&] {
    return ::mount("", path.c_str(), "none", MS_SHARED | MS_REC, nullptr) == 0;
  };
  if (share()) return {};
  if (errno != EINVAL) return system_failure(attempt);
  if (::mount(path.c_str(), path.c_str(), "none", MS_BIND | MS_REC, nullptr) != 0 || !share()) {
    return system_failure(attempt);
  }
  return {};
}

Result<void> remove_netns_directory(const std::string& path) {
  const std::string attempt = "remove namespace directory " + path;
  // Not MNT_DETACH: that would take namespaces that are still mounted in it along.
  if (::umount2(path.c_str(), UMOUNT_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    if (errno == EBUSY) return failure(Errc::exists, attempt, "namespaces are still mounted in it");
    if (errno != EINVAL) return system_failure(attempt);
  }
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return system_failure(attempt);
  return {};
}

bool is_netns(const std::string& path) {
  struct statfs information{};
  if (::statfs(path.c_str(), &information) != 0 || information.f_type != NSFS_MAGIC) return false;
  const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  // Which kind it is cannot be asked without a descriptor; one taken for gone would be lost.
  if (!fd) return errno == EMFILE || errno == ENFILE;
  return is_network_namespace(fd.get());
}

Result<Fd> open_netns(const std::string& path) {
  auto fd = open_file(path, O_RDONLY);
  if (fd && !is_network_namespace(fd->get())) {
    return failure(Errc::invalid, "open namespace " + path, "it is not a network namespace");
  }
  return fd;
}

Result<EnteredNetns> EnteredNetns::enter(const Fd& netns) {
  auto home = open_file(current, O_RDONLY);
  if (!home) return std::unexpected(home.error());
  if (::setns(netns.get(), CLONE_NEWNET) != 0) return system_failure("enter a network namespace");
  return EnteredNetns{std::move(*home)};
}

EnteredNetns::~EnteredNetns() {
  if (home_ && ::setns(home_.get(), CLONE_NEWNET) != 0) std::terminate();
}

}  // namespace linkfab::netem
