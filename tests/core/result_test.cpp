#include "core/result.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace linkfab {
namespace {

TEST(Error, ReadsAttemptThenCause) {
  EXPECT_EQ(format(Error{Errc::not_found, "look up link r1--r2", "no such link"}),
            "look up link r1--r2: no such link");
  EXPECT_EQ(format(Error{Errc::failed, "", "no such link"}), "no such link");
}

TEST(SystemError, IsOfTheClassThatItsNumberMeans) {
  const auto code = [](int number) { return system_error("try", number).code; };
  EXPECT_EQ(code(ENOENT), Errc::not_found);
  EXPECT_EQ(code(ENODEV), Errc::not_found);
  EXPECT_EQ(code(EEXIST), Errc::exists);
  EXPECT_EQ(code(EPERM), Errc::denied);
  EXPECT_EQ(code(EOPNOTSUPP), Errc::unsupported);
  EXPECT_EQ(code(ECONNREFUSED), Errc::unreachable);
  EXPECT_EQ(code(ETIMEDOUT), Errc::timeout);
  EXPECT_EQ(code(EINVAL), Errc::invalid);
  EXPECT_EQ(code(EIO), Errc::failed);
}

TEST(SystemFailure, ReadsErrnoBeforeAnythingCanChangeIt) {
  errno = EACCES;
  const Result<int> result = system_failure("open /dev/net/tun");
  EXPECT_EQ(result.error(), (Error{Errc::denied, "open /dev/net/tun", "Permission denied"}));
}

TEST(Failure, BecomesAResultOfAnyType) {
  const Result<void> nothing = failure(Errc::refused, "add port", "bridge is gone");
  const Result<std::string> text = failure(Errc::refused, "add port", "bridge is gone");
  EXPECT_EQ(nothing.error(), text.error());
}

}  // namespace
}  // namespace linkfab
