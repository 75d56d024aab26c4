// The program linkfab-init, run as it is.
#include <sys/inotify.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "containers/process.hpp"
#include "core/fd.hpp"
#include "tests/containers/netns.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

const std::string program = LINKFAB_INIT;

void execute(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(arguments.front(), arguments.data());
  ::_exit(99);
}

// Long enough for a guest that is slow and busy.
constexpr milliseconds patience{60'000};

bool eventually(const std::function<bool()>& condition) {
  for (const auto end = steady_clock::now() + patience; steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds{5});
  }
  return false;
}

// A child that is killed, if need be, with the test that started it.
class Child {
 public:
  explicit Child(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    body();
    ::_exit(98);
  }
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    (void)::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  [[nodiscard]] bool ended(milliseconds limit = milliseconds{0}) {
    const auto end = steady_clock::now() + limit;
    do {
      if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
      if (ended_ || limit.count() == 0) return ended_;
      std::this_thread::sleep_for(milliseconds{2});
    } while (steady_clock::now() < end);
    return false;
  }
  // The exit status; -1 where it was killed or runs on.
  [[nodiscard]] int status() {
    return ended(patience) && WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }

 private:
  pid_t pid_;
  bool ended_ = false;
  int status_ = 0;
};

// Counts how often a file is opened.
class Openings {
 public:
  explicit Openings(const std::string& path) : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    // With the closing in between, the kernel does not fold one opening into the next.
    if (::inotify_add_watch(events_.get(), path.c_str(), IN_OPEN | IN_CLOSE) < 0)
      ADD_FAILURE() << "inotify_add_watch " << path;
  }
  [[nodiscard]] int count() {
    alignas(inotify_event) std::array<char, 4096> buffer;
    for (ssize_t size; (size = ::read(events_.get(), buffer.data(), buffer.size())) > 0;)
      for (ssize_t at = 0; at < size;) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof(event));
        if ((event.mask & (IN_OPEN | IN_Q_OVERFLOW)) != 0) ++count_;
        at += static_cast<ssize_t>(sizeof(event)) + event.len;
      }
    return count_;
  }

 private:
  Fd events_;
  int count_ = 0;
};

class Init : public testing::Test {
 protected:
  // linkfab-init with these arguments, its output in the file "output".
  [[nodiscard]] std::function<void()> with(std::vector<std::string> arguments,
                                           std::string netns = {}) const {
    return [this, arguments = std::move(arguments), netns = std::move(netns)]() mutable {
      if (!netns.empty()) {
        const int space = ::open(netns.c_str(), O_RDONLY | O_CLOEXEC);
        if (::setns(space, CLONE_NEWNET) != 0) ::_exit(97);
      }
      const int output =
          ::open((directory_ / "output").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
      ::dup2(output, STDOUT_FILENO);
      ::dup2(output, STDERR_FILENO);
      arguments.insert(arguments.begin(), program);
      execute(arguments);
    };
  }
  [[nodiscard]] std::string output() const { return read_file(directory_ / "output").value_or(""); }
  [[nodiscard]] int status_of(std::vector<std::string> arguments) const {
    return Child(with(std::move(arguments))).status();
  }
  void list(const std::string& names) const { ASSERT_TRUE(write_file(list_, names)); }

  test::TempDir directory_;
  std::string list_ = directory_ / "interfaces";
};

TEST_F(Init, EndsWithTheStatusOfItsCommand) {
  EXPECT_EQ(status_of({"sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(status_of({"--", "sh", "-c", "kill -9 $$"}), 128 + 9);
  EXPECT_EQ(status_of({"true"}), 0);
  EXPECT_EQ(output(), "");
}

TEST_F(Init, KeepsTheStatusThoughItsStarterIgnoredChildren) {
  ::signal(SIGCHLD, SIG_IGN);
  const auto start = with({"sh", "-c", "exit 7"});
  Child init([&] { start(); });
  ::signal(SIGCHLD, SIG_DFL);
  EXPECT_EQ(init.status(), 7);
}

TEST_F(Init, SaysInOneLineWhyACommandCannotBeRun) {
  EXPECT_EQ(status_of({"no-such-program"}), 127);
  EXPECT_EQ(output(), "linkfab-init: execute no-such-program: no such program in PATH\n");
  EXPECT_EQ(status_of({"/no/such/program"}), 127);
  EXPECT_EQ(output(), "linkfab-init: execute /no/such/program: No such file or directory\n");
  EXPECT_EQ(status_of({"/etc/passwd"}), 126);
  EXPECT_EQ(output(), "linkfab-init: execute /etc/passwd: Permission denied\n");
  ASSERT_TRUE(write_file(directory_ / "script", "#!/no/such/shell\n", 0755));
  EXPECT_EQ(status_of({directory_ / "script"}), 127);
  EXPECT_THAT(output(), HasSubstr("the interpreter or loader that it names does not exist"));
}

TEST_F(Init, RefusesAnArgumentThatItDoesNotKnow) {
  EXPECT_EQ(status_of({"--interface", "x"}), 2);
  EXPECT_THAT(output(), HasSubstr("cannot use '--interface'\nusage: linkfab-init"));
  EXPECT_EQ(status_of({"--interfaces"}), 2);
}

TEST_F(Init, PassesSignalsOn) {
  const auto ready = directory_ / "ready";
  Child init(
      with({"sh", "-c",
            "trap 'echo usr1' USR1; trap 'echo hup' HUP; trap 'echo term; exit 5' TERM; touch " +
                ready + "; while :; do sleep 0.01; done"}));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(ready); }));
  init.signal(SIGUSR1);
  EXPECT_TRUE(eventually([&] { return output() == "usr1\n"; }));
  init.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return output() == "usr1\nhup\n"; }));
  init.signal(SIGTERM);
  EXPECT_EQ(init.status(), 5);
  EXPECT_EQ(output(), "usr1\nhup\nterm\n");
}

TEST_F(Init, GivesTheCommandTheSignalsAsItFoundThem) {
  EXPECT_EQ(status_of({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}), 0);
  EXPECT_EQ(output(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(Init, ReapsAHundredOrphans) {
  const std::string children = "ps -o pid= --ppid $PPID | wc -l";  // $PPID is linkfab-init
  EXPECT_EQ(status_of({"sh", "-c",
                       "for i in $(seq 100); do (sleep 1000 & echo $! >> " + directory_ / "pids" +
                           "); done; " + children + "; kill $(cat " + directory_ / "pids" +
                           "); for i in $(seq 300); do left=$(" + children +
                           "); [ $left = 1 ] && break; sleep 0.1; done; echo $left"}),
            0);
  EXPECT_EQ(output(), "101\n1\n");
}

TEST_F(Init, WithoutInterfacesToWaitForRunsAtOnce) {
  list("\n  \n");
  EXPECT_EQ(status_of({"--interfaces", list_, "sh", "-c", "exit 3"}), 3);
}

TEST_F(Init, IsEndedByASignalWhileItWaits) {
  list("no-such-device\n");
  Openings looks(list_);
  Child init(with({"--interfaces", list_, "true"}));
  EXPECT_TRUE(eventually([&] { return looks.count() > 0; }));
  init.signal(SIGUSR1);  // not one that ends it
  EXPECT_FALSE(init.ended(milliseconds{100}));
  init.signal(SIGTERM);
  EXPECT_EQ(init.status(), 128 + SIGTERM);
}

TEST_F(Init, ReadsTheListAgainWhileItWaits) {
  Child init(with({"--interfaces", list_, "sh", "-c", "exit 4"}));
  EXPECT_FALSE(init.ended(milliseconds{300})) << "there is no list";
  list("lo\nno-such-device\n");
  EXPECT_FALSE(init.ended(milliseconds{500})) << "there is no such device";
  list("lo\n");
  EXPECT_EQ(init.status(), 4);
}

TEST_F(Init, SaysOnceWhatItWaitsForAndSleepsMeanwhile) {
  list("lo\nmissing0\nmissing1\n");
  Openings looks(list_);
  Child init(with({"--interfaces", list_, "true"}));
  EXPECT_FALSE(init.ended(milliseconds{4500}));
  EXPECT_EQ(output(), "");
  EXPECT_FALSE(init.ended(milliseconds{3000}));
  EXPECT_TRUE(eventually([&] {
    return output() ==
           "linkfab-init: waiting for interfaces to be there and up: missing0 missing1\n";
  })) << output();
  init.signal(SIGINT);
  EXPECT_EQ(init.status(), 128 + SIGINT);
  // 25 times in the first five seconds and then once a second. Fewer on a busy machine, never more.
  EXPECT_GT(looks.count(), 1);
  EXPECT_LE(looks.count(), 30);
}

TEST_F(Init, GivesTheTerminalToTheCommand) {
  list("lo\n");
  int terminal = -1;
  const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid == 0)
    execute(
        {program, "--interfaces", list_, "sh", "-c", "read word; echo got $word; exec sleep 1000"});
  const Fd keyboard(terminal);
  Child init(pid);
  ASSERT_EQ(::write(terminal, "hello\n", 6), 6);
  std::string screen;
  EXPECT_TRUE(eventually([&] {
    pollfd event{terminal, POLLIN, 0};
    std::array<char, 256> part;
    if (::poll(&event, 1, 10) == 1)
      if (const auto count = ::read(terminal, part.data(), part.size()); count > 0)
        screen.append(part.data(), static_cast<std::size_t>(count));
    return screen.find("got hello") != std::string::npos;
  })) << screen;
  EXPECT_NE(::tcgetpgrp(terminal), pid) << "the command has a process group of its own";
  ASSERT_EQ(::write(terminal, "\x03", 1), 1);
  EXPECT_EQ(init.status(), 128 + SIGINT);
}

class InitAsRoot : public Init {
 protected:
  void SetUp() override {
    if (const auto reason = test::lacks_root(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_F(InitAsRoot, WaitsUntilItsInterfacesAreThereAndUp) {
  const test::Netns netns;
  list("eth0\neth1\n");
  Child init(with({"--interfaces", list_, "sh", "-c", "exit 6"}, netns.path()));
  ASSERT_TRUE(netns.ip("link add dev eth0 type veth peer name eth1"));
  EXPECT_FALSE(init.ended(milliseconds{300})) << "both are down";
  ASSERT_TRUE(netns.ip("link set eth0 up"));
  EXPECT_FALSE(init.ended(milliseconds{300})) << "one is down";
  ASSERT_TRUE(netns.ip("link set eth1 up"));
  EXPECT_EQ(init.status(), 6);
}

// After five seconds it looks by itself only once a second.
TEST_F(InitAsRoot, HearsOfAnInterfaceAtOnce) {
  const test::Netns netns;
  list("eth0\n");
  Child init(with({"--interfaces", list_, "true"}, netns.path()));
  ASSERT_TRUE(netns.ip("link add dev eth0 type veth peer name eth1"));
  EXPECT_FALSE(init.ended(milliseconds{6200}));
  ASSERT_TRUE(netns.ip("link set eth0 up"));
  EXPECT_TRUE(init.ended(milliseconds{300}));
  EXPECT_EQ(init.status(), 0);
}

TEST_F(InitAsRoot, RunsInARootDirectoryThatHoldsNothingElse) {
  std::filesystem::create_directory(directory_ / "root");
  std::filesystem::copy_file(program, directory_ / "root/init");
  ASSERT_TRUE(write_file(directory_ / "root/interfaces", "lo\n"));
  Child init([&] {
    if (::chroot((directory_ / "root").c_str()) != 0 || ::chdir("/") != 0) ::_exit(97);
    execute(
        {"/init", "--interfaces", "/interfaces", "/init", "--interfaces", "/interfaces", "/none"});
  });
  EXPECT_EQ(init.status(), 127);
}

TEST_F(InitAsRoot, AsProcess1ItStaysUntilItIsToldToEnd) {
  Child runner([] {
    const auto status = run_in_foreground({.command = {program}, .pid_namespace = true}, 0);
    ::_exit(status.value_or(96));
  });
  EXPECT_FALSE(runner.ended(milliseconds{300}));
  runner.signal(SIGTERM);
  EXPECT_EQ(runner.status(), 0);
}

TEST_F(InitAsRoot, AsProcess1ItReapsAndPassesSignalsOn) {
  const auto ready = directory_ / "ready";
  ProcessSpec node{
      .command = {program, "sh", "-c",
                  "for i in $(seq 100); do (true &); done; sleep 0.5; echo /proc/[0-9]*; "
                  "trap 'echo term; exit' TERM; touch " +
                      ready + "; while :; do sleep 0.01; done"},
      .pid_namespace = true,
      .log_file = directory_ / "output"};
  const auto process = start_daemon(node);
  ASSERT_TRUE(process) << format(process.error());
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(ready); }));
  EXPECT_TRUE(terminate(*process, patience));
  EXPECT_EQ(output(), "/proc/1 /proc/2\nterm\n");
}

}  // namespace
}  // namespace linkfab::containers
