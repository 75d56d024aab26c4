// Commands in containers of real engines, with pipes, files and terminals as the standard streams.
#include <sys/ioctl.h>

#include <csignal>
#include <pty.h>
#include <string>
#include <termios.h>
#include <thread>
#include <utmp.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fd.hpp"
#include "tests/containers/engine_fixture.hpp"
#include "tests/containers/exec_child.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::milliseconds;
using test::exec_with_pipes;
using test::Outcome;
using testing::HasSubstr;

// All in one container: to make and end one takes longer than most of what is tried in it.
class ExecTest : public test::EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    const auto there = run(engine.inspect("r1"));
    id_ = there ? there->id : started(sleeper("r1"));
    done(run(engine.start(id_)));
  }
  void TearDown() override {}
  Outcome exec(const ExecSpec& spec, std::string input = {}, std::size_t most = std::string::npos) {
    return exec_with_pipes(process->socket(), id_, spec, std::move(input), most);
  }
  Outcome shell(const std::string& script) { return exec({.command = {"/bin/sh", "-c", script}}); }

  std::string id_;
};

TEST_P(ExecTest, TheExitStatusAndBothStreamsAreTheCommands) {
  EXPECT_EQ(shell("echo out; echo err >&2; exit 3"), (Outcome{3, "out\n", "err\n"}));
  EXPECT_EQ(shell("true"), (Outcome{0, "", ""}));
  EXPECT_EQ(shell("kill -9 $$").status, 137);
}

TEST_P(ExecTest, EnvironmentUserAndDirectoryAreAsAsked) {
  const auto outcome = exec({.command = {"/bin/sh", "-c", "echo $A; pwd; id -u"},
                             .environment = {{"A", "x y=z"}},
                             .user = "1000",
                             .working_directory = "/bin"});
  EXPECT_EQ(outcome, (Outcome{0, "x y=z\n/bin\n1000\n", ""}));
}

TEST_P(ExecTest, StandardInputIsPassedOnUntilItsEnd) {
  std::string input(3'000'000, 'x');
  input += "end";
  const auto outcome = exec({.command = {"/bin/cat"}, .stdin_open = true}, input);
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_TRUE(outcome.output == input) << outcome.output.size();
}

TEST_P(ExecTest, ACommandThatDoesNotReadItsInputEndsAllTheSame) {
  const auto outcome = exec({.command = {"/bin/sh", "-c", "echo ready"}, .stdin_open = true},
                            std::string(3'000'000, 'x'));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "ready\n");
}

TEST_P(ExecTest, NothingOfALargeOutputIsLost) {
  const auto outcome = shell("yes | head -c 20000000; echo end; echo last >&2");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output.size(), 20'000'004U);
  EXPECT_TRUE(outcome.output.ends_with("end\n"));
  EXPECT_EQ(outcome.error, "last\n");
}

TEST_P(ExecTest, WithoutAReaderTheEndIsThatOfAPipeline) {
  const auto outcome = exec({.command = {"/bin/yes"}}, {}, 100);
  EXPECT_EQ(outcome.status, 128 + SIGPIPE);
  EXPECT_EQ(outcome.error, "");
}

TEST_P(ExecTest, FilesServeAsStreamsToo) {
  const std::string from = process->file("from");
  const std::string to = process->file("to");
  ASSERT_TRUE(write_file(from, std::string(100'000, 'y') + "end"));
  const ExecSpec spec{.command = {"/bin/cat"}, .stdin_open = true};
  const pid_t child = test::fork_exec(process->socket(), id_, spec, [&] {
    ::dup2(::open(from.c_str(), O_RDONLY), 0);
    ::dup2(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
  });
  EXPECT_EQ(test::wait_status(child), 0);
  EXPECT_EQ(read_file(to), read_file(from));
}

TEST_P(ExecTest, WhatCannotBeExecutedIsToldAsAShellTellsIt) {
  const auto outcome = exec({.command = {"/bin/absent"}});
  EXPECT_THAT(outcome.status, testing::AnyOf(126, 127, test::exec_failed));
  EXPECT_THAT(outcome.output + outcome.error, HasSubstr("/bin/absent"));
}

TEST_P(ExecTest, AContainerThatDoesNotRunIsAnErrorThatNamesIt) {
  done(run(engine.stop(id_, std::chrono::seconds{0})));
  const auto outcome = shell("true");
  EXPECT_EQ(outcome.status, test::exec_failed);
  EXPECT_THAT(outcome.error, testing::StartsWith("execute /bin/sh in container " + id_ + ": "));
}

// A terminal with the command on its other side.
class TerminalTest : public ExecTest {
 protected:
  void open(const std::vector<std::string>& command) {
    winsize size{.ws_row = 31, .ws_col = 97, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(::openpty(&master_, &slave_, nullptr, nullptr, &size), 0);
    ASSERT_EQ(::tcgetattr(slave_, &before_), 0);
    const ExecSpec spec{.command = command, .tty = true, .stdin_open = true};
    child_ = test::fork_exec(process->socket(), id_, spec, [&] { ::login_tty(slave_); });
  }
  void TearDown() override {
    if (child_ > 0) ::kill(child_, SIGKILL);
    if (child_ > 0) test::wait_status(child_);
    for (const int fd : {master_, slave_}) {
      if (fd >= 0) ::close(fd);
    }
    ExecTest::TearDown();
  }

  void type(const std::string& keys) const {
    ASSERT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  // Reads the screen until `text` is on it; what was read before is forgotten.
  std::string screen_until(const std::string& text) {
    std::string screen;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (screen.find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      pollfd wanted{master_, POLLIN, 0};
      if (::poll(&wanted, 1, 100) <= 0) continue;
      std::array<char, 4096> part{};
      const auto count = ::read(master_, part.data(), part.size());
      if (count <= 0) break;
      screen.append(part.data(), static_cast<std::size_t>(count));
    }
    return screen;
  }
  [[nodiscard]] bool raw() const {
    termios now{};
    ::tcgetattr(slave_, &now);
    return (now.c_lflag & (ICANON | ECHO | ISIG)) == 0;
  }
  void expect_restored() const {
    termios now{};
    ::tcgetattr(slave_, &now);
    EXPECT_EQ(now.c_lflag, before_.c_lflag);
    EXPECT_EQ(now.c_iflag, before_.c_iflag);
    EXPECT_EQ(now.c_oflag, before_.c_oflag);
  }
  int status() { return test::wait_status(std::exchange(child_, 0)); }

  int master_ = -1;
  int slave_ = -1;
  pid_t child_ = 0;
  termios before_{};
};

TEST_P(TerminalTest, AShellHasATerminalOfOurSizeThatFollowsOurs) {
  open({"/bin/sh"});
  screen_until("# ");
  EXPECT_TRUE(raw());
  // The first size arrives once the engine has started the shell.
  type("while [ \"$(stty size)\" != '31 97' ]; do :; done; echo si''zed\r");
  EXPECT_THAT(screen_until("sized"), HasSubstr("sized"));
  const winsize larger{.ws_row = 50, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(master_, TIOCSWINSZ, &larger);
  type("while [ \"$(stty size)\" != '50 132' ]; do :; done; echo re''sized\r");
  EXPECT_THAT(screen_until("resized"), HasSubstr("resized"));
  type("exit 7\r");
  EXPECT_EQ(status(), 7);
  expect_restored();
}

TEST_P(TerminalTest, TheInterruptKeyIsTheCommandsAndNotOurs) {
  open({"/bin/sh"});
  screen_until("# ");
  type("sleep 1000; echo st''atus $?\r");
  std::this_thread::sleep_for(milliseconds{300});
  type("\x03");
  type("echo st''ill here\r");
  EXPECT_THAT(screen_until("still here"), HasSubstr("still here"));
  type("exit 5\r");
  EXPECT_EQ(status(), 5);
}

TEST_P(TerminalTest, ASignalThatEndsUsLeavesTheTerminalAsItWas) {
  for (const int signal : {SIGTERM, SIGHUP}) {
    open({"/bin/sleep", "1000"});
    while (!raw()) std::this_thread::sleep_for(milliseconds{5});
    ::kill(child_, signal);
    EXPECT_EQ(status(), 128 + signal);
    expect_restored();
    ::close(master_);
    ::close(slave_);
  }
  master_ = slave_ = -1;
}

const auto engines = testing::Values("docker", "podman");
const auto name = [](const auto& param) { return std::string(param.param); };
INSTANTIATE_TEST_SUITE_P(Engines, ExecTest, engines, name);
INSTANTIATE_TEST_SUITE_P(Engines, TerminalTest, engines, name);

}  // namespace
}  // namespace linkfab::containers
