// Whom a program runs as that needs no right on this host: what emulates a machine.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace linkfab::containers {

struct UnprivilegedUser {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // the one that may open /dev/kvm, where there is one

  // Becomes this user for good: nothing that is executed later gains a right either
  // (PR_SET_NO_NEW_PRIVS). 0, or the errno of what failed. For a child between fork(2) and
  // execve(2).
  [[nodiscard]] int become() const;

  // Can it open that file to read it, or also to write it? Asked of the kernel (setfsuid(2)), with
  // the rights of a caller who is root restored afterwards. 0, or the errno of open(2).
  [[nodiscard]] int check_file(const std::string& path, bool writable) const;
};

// `_linkfab`, which the package makes, else `nobody`. nullopt: the caller is not root himself and
// has nobody to become, or there is neither.
[[nodiscard]] std::optional<UnprivilegedUser> unprivileged_user();

}  // namespace linkfab::containers
