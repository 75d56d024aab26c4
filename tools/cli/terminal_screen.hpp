// A terminal taken over for as long as this lives: its other screen, keys one by one, no echo.
// Given back as it was, also when an exception passes; a signal that ends the process must be
// turned into the end of this object, by whoever uses it.
//
// There is one at a time (ncurses is global).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "tools/cli/top_screen.hpp"

namespace linkfab::cli {

class TerminalScreen {
 public:
  // Of standard input and output. Errc::unsupported where these are no terminal, or one that is not
  // known.
  static Result<std::unique_ptr<TerminalScreen>> open();
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  [[nodiscard]] ScreenSize size() const;
  // The terminal has another size now.
  void resized();
  void draw(const std::vector<ScreenLine>& lines);
  // What was pressed since the last call; nullopt: nothing more.
  [[nodiscard]] std::optional<KeyPress> key();

 private:
  struct Handle;
  explicit TerminalScreen(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace linkfab::cli
