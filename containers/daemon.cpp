#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include "containers/launch.hpp"
#include "containers/proc_stat.hpp"
#include "containers/process.hpp"
#include "containers/surroundings.hpp"

namespace linkfab::containers {
namespace {

Result<void> take_streams(const std::string& log_file) {
  const auto input = open_file("/dev/null", O_RDWR);
  if (!input) return std::unexpected(input.error());
  const auto log = log_file.empty() ? open_file("/dev/null", O_WRONLY)
                                    : open_file(log_file, O_WRONLY | O_CREAT | O_APPEND);
  if (!log) return std::unexpected(log.error());
  if (::dup2(input->get(), STDIN_FILENO) < 0 || ::dup2(log->get(), STDOUT_FILENO) < 0 ||
      ::dup2(log->get(), STDERR_FILENO) < 0)
    return system_failure("replace the standard streams");
  return {};
}

// The daemon itself: leaves for good, by execve(2) or _exit(2).
[[noreturn]] void become(const ProcessSpec& spec, const Fd& errors) {
  ::setsid();
  // A shell that runs us in the background ignores SIGINT for us; that is not for a node. Two
  // refuse, rightly.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  // The log file is opened where the caller sees it, before mounts and directories change.
  auto ready = take_streams(spec.log_file);
  if (ready) ready = take_surroundings(spec);
  if (ready && ::chdir("/") != 0) ready = system_failure("change directory to /");
  send_error(errors, ready ? execute(spec) : ready.error());
  ::_exit(127);
}

// The process between: it ends as soon as the daemon is forked, so that the daemon's parent becomes
// process 1.
[[noreturn]] void fork_daemon(const ProcessSpec& spec, const Fd& errors, const Fd& identity) {
  const auto end = [&](const Error& error) {
    send_error(errors, error);
    ::_exit(1);
  };
  if (spec.pid_namespace && ::unshare(CLONE_NEWPID) != 0)
    end(system_error("make a PID namespace", errno));
  const pid_t child = ::fork();
  if (child < 0) end(system_error("fork", errno));
  if (child == 0) become(spec, errors);
  // It is still our child: even if it has ended, it has its line in /proc.
  const auto line = read_file(fmt::format("/proc/{}/stat", child));
  if (!line) {
    ::kill(child, SIGKILL);
    end(line.error());
  }
  const auto stat = parse_proc_stat(*line);
  const auto text = format(ProcessId{child, stat ? stat->start_time : 0});
  // Here and not in the caller, who may be killed before it hears of the daemon. A lock of the
  // caller's is held by this process too, so that its successor finds the record complete.
  if (!spec.record_file.empty()) {
    if (const auto written = write_file(spec.record_file, text + spec.record_note); !written) {
      ::kill(child, SIGKILL);
      end(written.error());
    }
  }
  (void)!::write(identity.get(), text.data(), text.size());
  ::_exit(0);
}

}  // namespace

Result<ProcessId> start_daemon(const ProcessSpec& spec) {
  if (const auto good = check(spec); !good) return std::unexpected(good.error());
  auto errors = make_pipe();
  auto identity = make_pipe();
  if (!errors || !identity) return std::unexpected((errors ? identity : errors).error());
  const pid_t between = ::fork();
  if (between < 0) return system_failure("start " + spec.command.front());
  if (between == 0) fork_daemon(spec, errors->write, identity->write);
  errors->write.reset();
  identity->write.reset();
  const auto executed = receive_error(errors->read);
  const auto process = parse_process_id(read_to_end(identity->read));
  while (::waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  const auto attempt = "start " + spec.command.front();
  if (!executed || !process) ::unlink(spec.record_file.c_str());
  if (!executed) return failure(executed.error().code, attempt, format(executed.error()));
  if (!process) return failure(Errc::failed, attempt, "it was killed while it was being started");
  return *process;
}

}  // namespace linkfab::containers
