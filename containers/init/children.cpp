#include "containers/init/children.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace linkfab::init {
namespace {

// A process group of its own, in the foreground of the terminal where there is one, so that ^C
// reaches the command and what it started, once, and a shell there has job control.
void take_terminal() {
  ::setpgid(0, 0);
  if (::isatty(STDIN_FILENO) != 0) ::tcsetpgrp(STDIN_FILENO, ::getpid());
}

const char* reason(const char* program, int error) {
  if (error != ENOENT) return std::strerror(error);
  if (std::strchr(program, '/') == nullptr) return "no such program in PATH";
  if (::access(program, F_OK) == 0) return "the interpreter or loader that it names does not exist";
  return std::strerror(error);
}

[[noreturn]] void execute(char** command, const Signals& signals) {
  take_terminal();  // before SIGTTOU has its meaning back, which would stop us here
  signals.restore();
  ::execvp(command[0], command);
  const int error = errno;
  (void)std::fprintf(stderr, "linkfab-init: execute %s: %s\n", command[0],
                     reason(command[0], error));
  ::_exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}

}  // namespace

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

bool reap(int child, int& status) {
  bool found = false;
  int wait_status = 0;
  for (pid_t ended; (ended = ::waitpid(-1, &wait_status, WNOHANG)) > 0;) {
    if (ended != child) continue;
    status = exit_status(wait_status);
    found = true;
  }
  return found;
}

int run(char** command, const Signals& signals) {
  const pid_t child = ::fork();
  if (child < 0) {
    (void)std::fprintf(stderr, "linkfab-init: start %s: %s\n", command[0], std::strerror(errno));
    return 126;
  }
  if (child == 0) execute(command, signals);
  int status = 0;
  for (;;) {
    const int signal = signals.next();
    if (signal != SIGCHLD) {
      ::kill(child, signal);
    } else if (reap(child, status)) {
      return status;
    }
  }
}

}  // namespace linkfab::init
