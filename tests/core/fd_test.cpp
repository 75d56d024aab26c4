#include "core/fd.hpp"

#include <sys/stat.h>

#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace linkfab {
namespace {

bool open(int number) {
  return ::fcntl(number, F_GETFD) >= 0;
}

Fd any() {
  return open_file("/dev/null", O_RDONLY).value();
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

TEST(Fd, ClosesWhenItGoes) {
  int number = -1;
  {
    const Fd file = any();
    number = file.get();
    EXPECT_TRUE(open(number));
  }
  EXPECT_FALSE(open(number));
}

TEST(Fd, MovingLeavesOneOwner) {
  Fd first = any();
  const int number = first.get();
  Fd second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is promised
  EXPECT_EQ(second.get(), number);
  Fd third = any();
  const int closed = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), number);
  EXPECT_FALSE(open(closed));
  EXPECT_TRUE(open(number));
}

TEST(Fd, ReleasedItIsSomebodyElses) {
  Fd file = any();
  const int number = file.release();
  EXPECT_FALSE(file);
  file.reset();
  EXPECT_TRUE(open(number));
  ::close(number);
}

TEST(OpenFile, ClosesOnExec) {
  EXPECT_EQ(::fcntl(any().get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(OpenFile, AFailureNamesThePath) {
  const auto file = open_file("/no/such/file", O_RDONLY);
  ASSERT_FALSE(file);
  EXPECT_EQ(format(file.error()), "open /no/such/file: No such file or directory");
  EXPECT_EQ(file.error().code, Errc::not_found);
}

TEST(WriteFile, IsReadBackWhole) {
  const test::TempDir directory;
  const std::string long_text(100'000, 'x');
  for (const auto& text : {std::string{}, std::string("a\0b", 3), long_text}) {
    ASSERT_TRUE(write_file(directory / "file", text));
    EXPECT_EQ(read_file(directory / "file"), text);
  }
}

TEST(WriteFile, AReaderOfTheOldTextKeepsIt) {
  const test::TempDir directory;
  ASSERT_TRUE(write_file(directory / "file", "old"));
  const auto reader = open_file(directory / "file", O_RDONLY);
  ASSERT_TRUE(write_file(directory / "file", "new and longer"));
  char first = 0;
  ASSERT_EQ(::read(reader->get(), &first, 1), 1);
  EXPECT_EQ(first, 'o');
}

TEST(WriteFile, HasTheModeAskedForEvenAfterACrash) {
  const test::TempDir directory;
  ASSERT_TRUE(write_file(directory / "secret.new", "left behind", 0644));
  ASSERT_TRUE(write_file(directory / "secret", "secret", 0600));
  EXPECT_EQ(mode_of(directory / "secret"), 0600U);
}

TEST(WriteFile, AFailureKeepsTheOldFileAndLeavesNothingBeside) {
  const test::TempDir directory;
  std::filesystem::create_directory(directory / "taken");
  const auto written = write_file(directory / "taken", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(format(written.error()), "write " + directory / "taken" + ": Is a directory");
  EXPECT_TRUE(std::filesystem::is_directory(directory / "taken"));
  EXPECT_FALSE(std::filesystem::exists(directory / "taken.new"));
}

TEST(ReadFile, ADirectoryIsAnErrorAndNotAnEmptyText) {
  const auto text = read_file("/tmp");
  ASSERT_FALSE(text);
  EXPECT_EQ(format(text.error()), "read /tmp: Is a directory");
}

}  // namespace
}  // namespace linkfab
