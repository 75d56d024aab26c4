// The terminal of whoever runs a command in a node.
#pragma once

#include <csignal>
#include <optional>
#include <termios.h>

namespace linkfab::containers {

struct TerminalSize {
  int rows = 0;
  int columns = 0;
  bool operator==(const TerminalSize&) const = default;
};

// nullopt: not a terminal, or one without a size.
[[nodiscard]] std::optional<TerminalSize> terminal_size(int descriptor);

// Raw for as long as this lives: every key goes to the command, none is the line discipline's. Does
// nothing where `descriptor` is no terminal.
class RawTerminal {
 public:
  explicit RawTerminal(int descriptor);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  int descriptor_;
  std::optional<termios> before_;
};

// A write to a pipe that nobody reads is an error (EPIPE) for as long as this lives, not the end of
// the process.
class IgnoredSigpipe {
 public:
  IgnoredSigpipe();
  ~IgnoredSigpipe();
  IgnoredSigpipe(const IgnoredSigpipe&) = delete;
  IgnoredSigpipe& operator=(const IgnoredSigpipe&) = delete;

 private:
  struct sigaction before_{};
};

}  // namespace linkfab::containers
