#include "containers/process.hpp"

#include <sys/wait.h>

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <poll.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/units.hpp"
#include "tests/containers/netns.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::containers {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const ProcessSpec sleeper{.command = {"sleep", "1000"}};
constexpr milliseconds grace{2000};

ProcessSpec shell_script(const std::string& script) {
  return {.command = {"sh", "-c", script}};
}

bool eventually(const std::function<bool()>& condition, milliseconds limit = milliseconds{5000}) {
  for (const auto end = steady_clock::now() + limit; steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds{10});
  }
  return false;
}

bool readable(const Fd& fd, milliseconds limit) {
  pollfd event{fd.get(), POLLIN, 0};
  return ::poll(&event, 1, static_cast<int>(limit.count())) == 1;
}

std::string content(const std::string& path) {
  return read_file(path).value_or("");
}

// Ends with the test that started it.
class Daemon {
 public:
  explicit Daemon(const ProcessSpec& spec) : id_(start_daemon(spec)) {
    if (!id_) ADD_FAILURE() << format(id_.error());
  }
  ~Daemon() {
    if (id_) (void)terminate(*id_, milliseconds{0});
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  [[nodiscard]] const ProcessId& id() const { return id_.value(); }
  [[nodiscard]] std::string proc(const std::string& file) const {
    return "/proc/" + std::to_string(id().pid) + "/" + file;
  }

 private:
  Result<ProcessId> id_;
};

// Everything that a daemon writes until it ends.
std::string output(ProcessSpec spec) {
  const test::TempDir directory;
  spec.log_file = directory / "log";
  const auto process = start_daemon(spec);
  if (!process) return format(process.error());
  if (const auto ended = watch(*process); ended && !readable(*ended, milliseconds{10'000})) {
    (void)terminate(*process, milliseconds{0});
    return "it did not end";
  }
  return content(spec.log_file);
}

class Process : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = test::lacks_root(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_F(Process, ADaemonOutlivesItsStarterAndIsFoundAgainByItsId) {
  const test::TempDir directory;
  const pid_t starter = ::fork();
  if (starter == 0) {
    const auto process = start_daemon(sleeper);
    (void)write_file(directory / "id", process ? format(*process) : format(process.error()));
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(starter, nullptr, 0), starter);
  const auto found = parse_process_id(content(directory / "id"));
  ASSERT_TRUE(found) << content(directory / "id");
  EXPECT_TRUE(alive(*found));
  EXPECT_EQ(identify(found->pid), *found);
  EXPECT_TRUE(terminate(*found, grace));
  EXPECT_FALSE(alive(*found));
}

TEST_F(Process, ADaemonIsOnRecordAsSoonAsItRuns) {
  const test::TempDir directory;
  auto spec = sleeper;
  spec.record_file = directory / "record";
  spec.record_note = " noted";
  const Daemon daemon(spec);
  EXPECT_EQ(content(spec.record_file), format(daemon.id()) + " noted");
}

TEST_F(Process, ADaemonThatCannotStartIsNotOnRecord) {
  const test::TempDir directory;
  const ProcessSpec spec{.command = {"/no/such/program"}, .record_file = directory / "record"};
  EXPECT_FALSE(start_daemon(spec));
  EXPECT_FALSE(std::filesystem::exists(spec.record_file));
}

TEST_F(Process, ADaemonHasItsOwnSessionAndNothingOfOurs) {
  // Left open across exec, under a number that the daemon's own files do not get.
  const int ours = ::fcntl(STDIN_FILENO, F_DUPFD, 100);  // NOLINT(android-cloexec-dup)
  ASSERT_GE(ours, 100);
  const Daemon daemon(sleeper);
  ::close(ours);
  EXPECT_EQ(::getsid(daemon.id().pid), daemon.id().pid);
  EXPECT_EQ(std::filesystem::read_symlink(daemon.proc("cwd")), "/");
  EXPECT_FALSE(std::filesystem::exists(daemon.proc("fd/" + std::to_string(ours))));
  for (const char* standard : {"fd/0", "fd/1", "fd/2"})
    EXPECT_EQ(std::filesystem::read_symlink(daemon.proc(standard)), "/dev/null") << standard;
  EXPECT_THAT(content(daemon.proc("status")),
              Not(HasSubstr("PPid:\t" + std::to_string(::getpid()))));
}

TEST_F(Process, ADaemonDoesNotInheritIgnoredOrBlockedSignals) {
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  const Daemon daemon(sleeper);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  EXPECT_THAT(content(daemon.proc("status")),
              HasSubstr("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000"));
}

TEST_F(Process, APidUsedAgainIsNotTakenForTheProcess) {
  const Daemon daemon(sleeper);
  const ProcessId earlier{daemon.id().pid, daemon.id().start_time - 1};
  EXPECT_FALSE(alive(earlier));
  EXPECT_TRUE(send_signal(earlier, SIGKILL));
  EXPECT_TRUE(terminate(earlier, grace));
  EXPECT_EQ(watch(earlier).error().code, Errc::not_found);
  EXPECT_FALSE(eventually([&] { return !alive(daemon.id()); }, milliseconds{100}));
}

TEST_F(Process, AZombieIsNotAlive) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(identify(child), std::nullopt);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(Process, TerminateIsGentleFirst) {
  const test::TempDir directory;
  const Daemon daemon(shell_script("trap 'echo bye > " + directory / "word" +
                                   "; exit' TERM; touch " + directory / "ready" +
                                   "; while :; do sleep 0.02; done"));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(directory / "ready"); }));
  EXPECT_TRUE(terminate(daemon.id(), grace));
  EXPECT_EQ(content(directory / "word"), "bye\n");
  EXPECT_FALSE(alive(daemon.id()));
}

TEST_F(Process, TerminateKillsWhatDoesNotListen) {
  const test::TempDir directory;
  const Daemon daemon(shell_script("trap '' TERM; touch " + directory / "ready" +
                                   "; while :; do sleep 0.02; done"));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(directory / "ready"); }));
  const auto start = steady_clock::now();
  EXPECT_TRUE(terminate(daemon.id(), milliseconds{150}));
  EXPECT_GE(steady_clock::now() - start, milliseconds{150});
  EXPECT_FALSE(alive(daemon.id()));
}

TEST_F(Process, AWatchBecomesReadableWhenTheProcessEnds) {
  const Daemon daemon(sleeper);
  const auto ended = watch(daemon.id());
  ASSERT_TRUE(ended) << format(ended.error());
  EXPECT_FALSE(readable(*ended, milliseconds{50}));
  EXPECT_TRUE(send_signal(daemon.id(), SIGKILL));
  EXPECT_TRUE(readable(*ended, milliseconds{2000}));
}

TEST_F(Process, AStepThatFailsIsNamedWithItsCause) {
  const auto why = [](const ProcessSpec& spec) {
    const auto process = start_daemon(spec);
    if (!process) return format(process.error());
    (void)terminate(*process, milliseconds{0});
    return std::string("started");
  };
  EXPECT_EQ(why({.command = {"/no/such/program"}}),
            "start /no/such/program: execute /no/such/program: No such file or directory");
  EXPECT_EQ(why({.command = {"/etc/passwd"}}),
            "start /etc/passwd: execute /etc/passwd: Permission denied");
  EXPECT_EQ(why({.command = {"true"}, .netns = "/run/netns/no-such"}),
            "start true: open /run/netns/no-such: No such file or directory");
  EXPECT_EQ(why({.command = {"true"}, .netns = "/etc/passwd"}),
            "start true: enter network namespace /etc/passwd: Invalid argument");
  EXPECT_EQ(why({.command = {"true"}, .log_file = "/no/such/log"}),
            "start true: open /no/such/log: No such file or directory");
  EXPECT_EQ(why({.command = {"true"}, .binds = {"/etc:/no/such"}}),
            "start true: bind /etc to /no/such: /no/such does not exist");
  EXPECT_EQ(why({.command = {"true"}, .binds = {"/etc:/etc/passwd"}}),
            "start true: bind /etc to /etc/passwd: one is a directory and the other is not");
  EXPECT_EQ(start_daemon({.command = {"/no/such/program"}}).error().code, Errc::not_found);
}

TEST_F(Process, TheEnvironmentIsAddedAndItsPathIsSearched) {
  const test::TempDir directory;
  ASSERT_TRUE(write_file(directory / "greet", "#!/bin/sh\necho $GREETING $HOME_OF_TEST\n", 0755));
  ::setenv("HOME_OF_TEST", "kept", 1);
  EXPECT_EQ(output({.command = {"greet"},
                    .environment = {{"GREETING", "hello"},
                                    {"PATH", directory.path() + ":/usr/bin:/bin"}}}),
            "hello kept\n");
}

TEST_F(Process, OutputIsAppendedToTheLogFile) {
  const test::TempDir directory;
  ASSERT_TRUE(write_file(directory / "log", "before\n"));
  auto spec = shell_script("echo out; echo err >&2");
  spec.log_file = directory / "log";
  ASSERT_TRUE(start_daemon(spec));
  EXPECT_TRUE(eventually([&] { return content(directory / "log") == "before\nout\nerr\n"; }))
      << content(directory / "log");
}

TEST_F(Process, ANodeSeesItsOwnDevicesNameMountsAndSysctls) {
  const test::TempDir directory;
  const test::Netns netns;
  ASSERT_TRUE(netns.ip("link add dev probe0 type veth peer name probe1"));
  ASSERT_TRUE(write_file(directory / "theirs", "theirs"));
  ASSERT_TRUE(write_file(directory / "ours", "ours"));
  const auto mounts = content("/proc/self/mountinfo");
  const auto forwarding = content("/proc/sys/net/ipv4/ip_forward");
  const auto hostname = content("/proc/sys/kernel/hostname");
  ProcessSpec spec =
      shell_script("hostname; ls -d /sys/class/net/probe*; cat " + directory / "ours" +
                   "; echo; cat /proc/sys/net/ipv4/ip_forward; echo pid $$; echo /proc/[0-9]*");
  spec.netns = netns.path();
  spec.hostname = "r1";
  spec.binds = {directory / "theirs" + ":" + directory / "ours"};
  spec.sysctls = {{"net.ipv4.ip_forward", forwarding == "1\n" ? "0" : "1"}};
  spec.pid_namespace = true;
  EXPECT_EQ(output(spec), "r1\n/sys/class/net/probe0\n/sys/class/net/probe1\ntheirs\n" +
                              std::string(forwarding == "1\n" ? "0" : "1") + "\npid 1\n/proc/1\n");
  EXPECT_EQ(content("/proc/self/mountinfo"), mounts);
  EXPECT_EQ(content("/proc/sys/net/ipv4/ip_forward"), forwarding);
  EXPECT_EQ(content("/proc/sys/kernel/hostname"), hostname);
}

TEST_F(Process, ANodeDoesNotKeepOtherNodesNamespacesAlive) {
  const test::Netns mine;
  const test::Netns other;
  auto spec = sleeper;
  spec.netns = mine.path();
  const Daemon daemon(spec);
  const auto mounts = content(daemon.proc("mountinfo"));
  EXPECT_THAT(mounts, HasSubstr(" /sys "));
  EXPECT_THAT(mounts, Not(HasSubstr("/run/netns/")));
}

TEST_F(Process, AReadOnlyBindCannotBeWritten) {
  const test::TempDir directory;
  std::filesystem::create_directory(directory / "source");
  std::filesystem::create_directory(directory / "target");
  ProcessSpec spec = shell_script("touch " + directory / "target/x" + " && echo written");
  spec.binds = {directory / "source" + ":" + directory / "target" + ":ro"};
  EXPECT_THAT(output(spec), HasSubstr("Read-only file system"));
  spec.binds = {directory / "source" + ":" + directory / "target"};
  EXPECT_EQ(output(spec), "written\n");
}

TEST_F(Process, ASysctlThatTheKernelDoesNotKnowStopsTheStart) {
  const test::Netns netns;
  const auto process = start_daemon(
      {.command = {"true"}, .netns = netns.path(), .sysctls = {{"net.ipv4.no_such", "1"}}});
  ASSERT_FALSE(process);
  EXPECT_EQ(format(process.error()),
            "start true: set sysctl net.ipv4.no_such to 1: this kernel has no such sysctl");
}

TEST_F(Process, WhenProcess1OfANodeEndsAllItsProcessesEnd) {
  const test::TempDir directory;
  ProcessSpec spec =
      shell_script("(while :; do echo . >> " + directory / "dots" + "; sleep 0.01; done) & wait");
  spec.pid_namespace = true;
  const Daemon daemon(spec);
  ASSERT_TRUE(eventually([&] { return !content(directory / "dots").empty(); }));
  ASSERT_TRUE(terminate(daemon.id(), milliseconds{0}));
  const auto last = content(directory / "dots");
  std::this_thread::sleep_for(milliseconds{100});
  EXPECT_EQ(content(directory / "dots"), last);
}

// A node that counts in a child of its first process.
class Freezing : public Process {
 protected:
  [[nodiscard]] ProcessSpec counting() const {
    auto spec = shell_script("(while :; do echo . >> " + directory_ / "dots" +
                             "; sleep 0.01; done) & trap 'echo bye > " + directory_ / "word" +
                             "; exit' TERM; while :; do wait; done");
    spec.pid_namespace = true;
    return spec;
  }
  [[nodiscard]] std::size_t count() const { return content(directory_ / "dots").size(); }
  [[nodiscard]] bool counts() const {
    return eventually([this, before = count()] { return count() > before; }, milliseconds{1000});
  }
  [[nodiscard]] bool stands() const {
    const auto before = count();
    std::this_thread::sleep_for(milliseconds{200});
    return count() == before;
  }

  test::TempDir directory_;
};

TEST_F(Freezing, AFrozenNodeStandsStillUntilItIsThawed) {
  const Daemon daemon(counting());
  ASSERT_TRUE(counts());
  const auto cgroups = content(daemon.proc("cgroup"));
  for (int round = 0; round < 2; ++round) {
    const auto frozen = freeze(daemon.id());
    ASSERT_TRUE(frozen) << format(frozen.error());
    EXPECT_TRUE(freeze(daemon.id())) << "it is frozen already";
    EXPECT_TRUE(stands());
    const auto thawed = thaw(daemon.id());
    ASSERT_TRUE(thawed) << format(thawed.error());
    EXPECT_TRUE(counts());
  }
  EXPECT_EQ(content(daemon.proc("cgroup")), cgroups) << "it is back where it was";
}

TEST_F(Freezing, AFrozenNodeCanBeTerminatedGently) {
  const Daemon daemon(counting());
  ASSERT_TRUE(counts());
  ASSERT_TRUE(freeze(daemon.id()));
  EXPECT_TRUE(terminate(daemon.id(), grace));
  EXPECT_EQ(content(directory_ / "word"), "bye\n");
}

TEST_F(Freezing, ANodeKilledWhileFrozenLeavesNothing) {
  const Daemon daemon(counting());
  ASSERT_TRUE(counts());
  ASSERT_TRUE(freeze(daemon.id()));
  const auto name = "linkfab-frozen-" + std::to_string(daemon.id().pid) + "-*";
  ASSERT_TRUE(send_signal(daemon.id(), SIGKILL));
  ASSERT_TRUE(eventually([&] { return !alive(daemon.id()); }));
  EXPECT_EQ(thaw(daemon.id()).error().code, Errc::not_found);
  EXPECT_TRUE(terminate(daemon.id(), grace));
  EXPECT_FALSE(test::shell("find /sys/fs/cgroup -name '" + name + "' | grep ."));
}

TEST_F(Freezing, IsRefusedWithoutAPidNamespaceBecauseItWouldStopTheHost) {
  const Daemon daemon(sleeper);
  EXPECT_EQ(freeze(daemon.id()).error().code, Errc::invalid);
  EXPECT_EQ(thaw(daemon.id()).error().code, Errc::invalid);
}

class Foreground : public Process {};

TEST_F(Foreground, ReturnsTheExitStatus) {
  EXPECT_EQ(run_in_foreground(shell_script("exit 7"), 0), 7);
  EXPECT_EQ(run_in_foreground(shell_script("kill -9 $$"), 0), 137);
}

TEST_F(Foreground, ReturnsTheExitStatusThoughChildrenAreIgnored) {
  ::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run_in_foreground(shell_script("exit 7"), 0), 7);
  EXPECT_EQ(::signal(SIGCHLD, SIG_DFL), SIG_IGN);
}

TEST_F(Foreground, ACommandThatIsNotThereIsAnErrorAndNotAStatus) {
  const auto status = run_in_foreground({.command = {"no-such-program"}}, 0);
  ASSERT_FALSE(status);
  EXPECT_EQ(format(status.error()),
            "run no-such-program: execute no-such-program: No such file or directory");
}

TEST_F(Foreground, EntersANetworkNamespaceAndLeavesUsWhereWeAre) {
  const test::Netns netns;
  ASSERT_TRUE(netns.ip("link add dev probe0 type veth peer name probe1"));
  const auto home = std::filesystem::read_symlink("/proc/self/ns/net");
  auto spec = shell_script("test -e /sys/class/net/probe0");
  spec.netns = netns.path();
  EXPECT_EQ(run_in_foreground(spec, 0), 0);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/ns/net"), home);
  EXPECT_FALSE(std::filesystem::exists("/sys/class/net/probe0"));
}

TEST_F(Foreground, JoinsTheNamespacesOfANodesProcess) {
  const test::Netns netns;
  ASSERT_TRUE(netns.ip("link add dev probe0 type veth peer name probe1"));
  auto node = sleeper;
  node.netns = netns.path();
  node.hostname = "r1";
  node.pid_namespace = true;
  const Daemon daemon(node);
  const auto home = std::filesystem::read_symlink("/proc/self/ns/pid_for_children");
  EXPECT_EQ(
      run_in_foreground(shell_script("test $(hostname) = r1 && test -e /sys/class/net/probe0 && "
                                     "test $(cat /proc/1/comm) = sleep"),
                        daemon.id().pid),
      0);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/ns/pid_for_children"), home);
}

TEST_F(Foreground, AProcessThatHasEndedCannotBeJoined) {
  const Daemon daemon(sleeper);
  ASSERT_TRUE(terminate(daemon.id(), grace));
  EXPECT_EQ(run_in_foreground(shell_script("true"), daemon.id().pid).error().code, Errc::not_found);
}

TEST_F(Foreground, ASignalToUsReachesTheCommand) {
  const test::TempDir directory;
  const pid_t runner = ::fork();
  if (runner == 0) {
    const auto status =
        run_in_foreground(shell_script("trap 'exit 9' TERM; touch " + directory / "ready" +
                                       "; while :; do sleep 0.02; done"),
                          0);
    ::_exit(status.value_or(1));
  }
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(directory / "ready"); }));
  ::kill(runner, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(runner, &status, 0), runner);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 9);
}

}  // namespace
}  // namespace linkfab::containers
