// The program as somebody runs it who is not root: a copy of it whose file has rights.
#pragma once

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/netem/namespaces.hpp"

namespace linkfab::ubridge::test {

// Of nobody, as a rule: it needs no entry in /etc/passwd.
inline constexpr int user_id = 64321;

class UserProgram {
 public:
  // In a directory that the user may search and not write.
  explicit UserProgram(const std::string& directory)
      : path_(directory + "/ubridge"), tun_(directory + "/tun") {
    std::filesystem::copy_file(UBRIDGE_PROGRAM, path_,
                               std::filesystem::copy_options::overwrite_existing);
    ::chmod(directory.c_str(), 0711);
    ::chmod(path_.c_str(), 0755);
    const auto tun = makedev(10, 200);
    ::mknod(tun_.c_str(), S_IFCHR | 0600, tun);
    ::chmod(tun_.c_str(), 0666);
  }

  // As docs/gns3.md says. Empty: done; else why this file system does not take them.
  [[nodiscard]] std::string set_capabilities() const {
    return netem::test::output_of(
        fmt::format("setcap cap_net_admin,cap_net_raw=ep {} 2>&1", path_).c_str());
  }
  void set_user_id() const { ::chmod(path_.c_str(), 04755); }

  // What runs it for the user, a member of the group or of none but his own. Everybody may open
  // /dev/net/tun, as on an ordinary Debian and not in every container.
  [[nodiscard]] std::vector<std::string> command(int group = user_id) const {
    return {"unshare",
            "--mount",
            "sh",
            "-c",
            "mount --bind $0 /dev/net/tun && exec \"$@\"",
            tun_,
            "setpriv",
            fmt::format("--reuid={}", user_id),
            fmt::format("--regid={}", group),
            "--clear-groups",
            path_};
  }

 private:
  std::string path_;
  std::string tun_;
};

}  // namespace linkfab::ubridge::test
