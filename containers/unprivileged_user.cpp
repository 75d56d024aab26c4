#include "containers/unprivileged_user.hpp"

#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "core/fd.hpp"

namespace linkfab::containers {
namespace {

std::optional<gid_t> group_of_kvm() {
  struct stat device{};
  constexpr mode_t read_and_write = S_IRGRP | S_IWGRP;
  if (::stat("/dev/kvm", &device) != 0 || device.st_gid == 0 ||
      (device.st_mode & read_and_write) != read_and_write)
    return std::nullopt;
  return device.st_gid;
}

}  // namespace

int UnprivilegedUser::become() const {
  if (::setgroups(groups.size(), groups.data()) != 0 || ::setresgid(gid, gid, gid) != 0 ||
      ::setresuid(uid, uid, uid) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return errno;
  return 0;
}

int UnprivilegedUser::check_file(const std::string& path, bool writable) const {
  ::setfsgid(gid);
  ::setfsuid(uid);  // takes CAP_DAC_OVERRIDE away as well
  const Fd file{::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK)};
  const int error = file ? 0 : errno;
  ::setfsuid(::geteuid());
  ::setfsgid(::getegid());
  return error;
}

std::optional<UnprivilegedUser> unprivileged_user() {
  if (::geteuid() != 0) return std::nullopt;
  for (const char* name : {"_linkfab", "nobody"}) {
    const auto* const entry = ::getpwnam(name);
    if (entry == nullptr || entry->pw_uid == 0) continue;
    UnprivilegedUser user{.name = name, .uid = entry->pw_uid, .gid = entry->pw_gid, .groups = {}};
    if (const auto group = group_of_kvm()) user.groups.push_back(*group);
    return user;
  }
  return std::nullopt;
}

}  // namespace linkfab::containers
