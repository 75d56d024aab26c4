#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/launch.hpp"
#include "containers/process.hpp"
#include "containers/surroundings.hpp"

namespace linkfab::containers {
namespace {

// Holds the signals of a terminal and of a service for as long as a child runs in its place.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&held_);
    for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD})
      ::sigaddset(&held_, number);
    ::sigprocmask(SIG_BLOCK, &held_, &before_);
    child_before_ =
        ::signal(SIGCHLD, SIG_DFL);  // ignored, it would not come, and no status be kept
  }
  ~HeldSignals() {
    ::signal(SIGCHLD, child_before_);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // The next one; `typed`: the terminal sent it, to the child as well.
  [[nodiscard]] int next(bool& typed) const {
    siginfo_t info{};
    const int number = ::sigwaitinfo(&held_, &info);
    typed = info.si_code == SI_KERNEL;
    return number;
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
  sighandler_t child_before_ = SIG_DFL;
};

// Children that are forked in its lifetime are in another PID namespace; we ourselves never change
// it.
class ChildrenElsewhere {
 public:
  [[nodiscard]] Result<void> enter(const Fd& process) {
    if (auto kept = keep(); !kept) return kept;
    if (::setns(process.get(), CLONE_NEWPID) != 0) return system_failure("enter the PID namespace");
    return {};
  }
  [[nodiscard]] Result<void> make() {
    if (auto kept = keep(); !kept) return kept;
    if (::unshare(CLONE_NEWPID) != 0) return system_failure("make a PID namespace");
    return {};
  }
  ChildrenElsewhere() = default;
  ~ChildrenElsewhere() {
    if (home_) (void)::setns(home_.get(), CLONE_NEWPID);
  }
  ChildrenElsewhere(const ChildrenElsewhere&) = delete;
  ChildrenElsewhere& operator=(const ChildrenElsewhere&) = delete;

 private:
  Result<void> keep() {
    auto home = open_file("/proc/self/ns/pid", O_RDONLY);
    if (!home) return std::unexpected(home.error());
    home_ = std::move(*home);
    return {};
  }

  Fd home_;
};

Result<void> join(const Fd& process) {
  if (::setns(process.get(), CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWNS) != 0)
    return system_failure("enter the namespaces");
  return {};
}

[[noreturn]] void become(const ProcessSpec& spec, const Fd& joined, const Fd& errors) {
  const auto ready = joined ? join(joined) : take_surroundings(spec);
  send_error(errors, ready ? execute(spec) : ready.error());
  ::_exit(127);
}

int wait_for(pid_t child, const HeldSignals& signals) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (ended < 0 && errno != EINTR) return 127;  // somebody else reaped it: its status is lost
    bool typed = false;
    const int number = signals.next(typed);
    if (number > 0 && number != SIGCHLD && !typed) ::kill(child, number);
  }
}

}  // namespace

Result<int> run_in_foreground(const ProcessSpec& spec, int enter_pid) {
  if (const auto good = check(spec); !good) return std::unexpected(good.error());
  const auto attempt = "run " + spec.command.front();
  Fd joined;
  ChildrenElsewhere elsewhere;
  Result<void> ready;
  if (enter_pid != 0) {
    const auto process = identify(enter_pid);
    if (!process)
      return failure(Errc::not_found, attempt, fmt::format("process {} has ended", enter_pid));
    auto held = watch(*process);
    if (!held) return failure(held.error().code, attempt, format(held.error()));
    joined = std::move(*held);
    ready = elsewhere.enter(joined);
  } else if (spec.pid_namespace) {
    ready = elsewhere.make();
  }
  if (!ready) return failure(ready.error().code, attempt, format(ready.error()));
  auto errors = make_pipe();
  if (!errors) return std::unexpected(errors.error());
  const HeldSignals signals;
  const pid_t child = ::fork();
  if (child < 0) return system_failure(attempt);
  if (child == 0) become(spec, joined, errors->write);
  errors->write.reset();
  const auto executed = receive_error(errors->read);
  const int status = wait_for(child, signals);
  if (!executed) return failure(executed.error().code, attempt, format(executed.error()));
  return status;
}

}  // namespace linkfab::containers
