#include "containers/init/signals.hpp"

#include <sys/signalfd.h>

#include <initializer_list>
#include <unistd.h>

namespace linkfab::init {

Signals::Signals() {
  sigset_t taken;
  ::sigfillset(&taken);
  // Our own faults must end us, and writing a line from the background must not stop us.
  for (const int own :
       {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGTTIN, SIGTTOU})
    ::sigdelset(&taken, own);
  ::signal(SIGTTIN, SIG_IGN);
  ::signal(SIGTTOU, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, it would not come, and no status be kept
  ::sigprocmask(SIG_SETMASK, &taken, &found_);
  fd_ = ::signalfd(-1, &taken, SFD_CLOEXEC);
}

int Signals::next() const {
  signalfd_siginfo info{};
  while (::read(fd_, &info, sizeof(info)) != sizeof(info)) {
  }
  return static_cast<int>(info.ssi_signo);
}

void Signals::restore() const {
  ::signal(SIGTTIN, SIG_DFL);
  ::signal(SIGTTOU, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &found_, nullptr);
}

}  // namespace linkfab::init
