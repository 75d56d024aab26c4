// What is left of root's rights: to the agent, and to the programs that need none.
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <unistd.h>

#include <gmock/gmock.h>

#include "containers/capabilities.hpp"
#include "containers/unprivileged_user.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::containers {
namespace {

using linkfab::test::TempDir;

// Of a child, which nothing that it gave up comes back to.
int status_of_child(const std::function<int()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool has(const std::string& set, unsigned capability) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(set + ":"))
      return (std::stoull(line.substr(set.size() + 1), nullptr, 16) >> capability & 1) != 0;
  return false;
}

class Rights : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }
  std::string file(const std::string& name, mode_t mode) {
    const auto path = directory_.path() + "/" + name;
    std::ofstream(path) << name;
    ::chmod(path.c_str(), mode);
    ::chmod(directory_.path().c_str(), 0755);
    return path;
  }

 private:
  TempDir directory_;
};

TEST_F(Rights, TheAgentKeepsWhatItNeedsOnly) {
  if (!has("CapBnd", CAP_SYS_TIME)) GTEST_SKIP() << "this root has no CAP_SYS_TIME to give up";
  EXPECT_EQ(status_of_child([] {
              if (!drop_needless_capabilities()) return 1;
              for (const char* set : {"CapEff", "CapPrm", "CapBnd"})
                if (has(set, CAP_SYS_TIME) || has(set, CAP_SYS_MODULE) ||
                    !has(set, CAP_NET_ADMIN) || !has(set, CAP_SYS_ADMIN))
                  return 2;
              const auto again = drop_needless_capabilities();
              return again && again->empty() ? 0 : 3;
            }),
            0);
}

TEST_F(Rights, TheUserWithoutRightsIsOneForGood) {
  const auto user = unprivileged_user();
  ASSERT_TRUE(user);
  EXPECT_NE(user->uid, 0U);
  EXPECT_EQ(status_of_child([&] {
              if (user->become() != 0) return 1;
              if (::geteuid() != user->uid || ::getegid() != user->gid) return 2;
              if (has("CapPrm", CAP_NET_ADMIN) || has("CapPrm", CAP_SETUID)) return 3;
              return ::setuid(0) == 0 ? 4 : 0;
            }),
            0);
}

TEST_F(Rights, ItIsKnownBeforehandWhatThatUserCannotOpen) {
  const auto user = unprivileged_user();
  ASSERT_TRUE(user);
  const auto ours = file("ours", 0600);
  const auto everyones = file("everyones", 0644);
  EXPECT_EQ(user->check_file(ours, false), EACCES);
  EXPECT_EQ(user->check_file(everyones, false), 0);
  EXPECT_EQ(user->check_file(everyones, true), EACCES);
  EXPECT_EQ(user->check_file(everyones + "-not", false), ENOENT);
  EXPECT_EQ(::access(ours.c_str(), R_OK), 0);
  EXPECT_TRUE(std::ifstream(ours).is_open()) << "root's rights are back";
}

}  // namespace
}  // namespace linkfab::containers
