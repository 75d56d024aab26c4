// A network namespace of the test's own, under /run/netns as ip-netns(8) keeps them.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace linkfab::test {

inline bool shell(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) ==
         0;  // NOLINT(bugprone-command-processor)
}

class Netns {
 public:
  Netns() : name_("linkfab-test-" + std::to_string(::getpid()) + "-" + std::to_string(count_++)) {
    if (!shell("ip netns add " + name_)) throw std::runtime_error("ip netns add " + name_);
  }
  ~Netns() { (void)shell("ip netns delete " + name_); }
  Netns(const Netns&) = delete;
  Netns& operator=(const Netns&) = delete;

  [[nodiscard]] std::string path() const { return "/run/netns/" + name_; }
  // Runs `ip` in it: ip("link set lo up").
  [[nodiscard]] bool ip(const std::string& arguments) const {
    return shell("ip -n " + name_ + " " + arguments);
  }

 private:
  static inline int count_ = 0;
  std::string name_;
};

// Why tests of processes and namespaces cannot run here; empty: they can.
inline std::string lacks_root() {
  if (::geteuid() != 0) return "needs root";
  if (!shell("unshare --net --mount --pid --fork true"))
    return "this host does not let us make namespaces";
  return {};
}

}  // namespace linkfab::test
