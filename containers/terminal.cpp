#include "containers/terminal.hpp"

#include <sys/ioctl.h>

#include <cerrno>
#include <system_error>

namespace linkfab::containers {

std::optional<TerminalSize> terminal_size(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return std::nullopt;
  }
  return TerminalSize{.rows = size.ws_row, .columns = size.ws_col};
}

RawTerminal::RawTerminal(int descriptor) : descriptor_(descriptor) {
  termios now{};
  if (::tcgetattr(descriptor_, &now) != 0) return;
  before_ = now;
  ::cfmakeraw(&now);
  if (::tcsetattr(descriptor_, TCSANOW, &now) != 0) {
    throw std::system_error(errno, std::generic_category(), "make the terminal raw");
  }
}

RawTerminal::~RawTerminal() {
  // Not TCSADRAIN: it would wait for a terminal whose output is stopped.
  if (before_) ::tcsetattr(descriptor_, TCSANOW, &*before_);
}

IgnoredSigpipe::IgnoredSigpipe() {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before_);
}

IgnoredSigpipe::~IgnoredSigpipe() {
  ::sigaction(SIGPIPE, &before_, nullptr);
}

}  // namespace linkfab::containers
