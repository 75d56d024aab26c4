// A program on a terminal of its own, and what stands on that terminal's screen.
//
// The screen understands the sequences that ncurses writes for TERM=xterm, and throws at one that
// it does not know: what is drawn is what is seen.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <termios.h>
#include <vector>

namespace linkfab::test {

class Screen {
 public:
  Screen(int rows, int columns);
  void resize(int rows, int columns);
  void write(const std::string& bytes);
  [[nodiscard]] std::string line(int row) const;  // without blanks at its end
  [[nodiscard]] std::string text() const;         // all of them
  [[nodiscard]] bool alternate() const { return alternate_; }
  [[nodiscard]] bool cursor_shown() const { return cursor_shown_; }

 private:
  void put(char byte);
  void control(char byte);
  void sequence(const std::string& parameters, char final);
  void mode(const std::string& parameters, bool on);
  void blank(int row, int from, int to);
  void scroll(int top, int lines);

  int rows_;
  int columns_;
  int row_ = 0;
  int column_ = 0;
  int top_ = 0;  // of the scrolling region
  int bottom_;
  char last_ = ' ';
  bool alternate_ = false;
  bool cursor_shown_ = true;
  std::vector<std::string> lines_;
  std::string pending_;  // the start of a sequence
};

class Pty {
 public:
  Pty(const std::string& line, int rows, int columns);
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  void type(const std::string& keys) const;
  void resize(int rows, int columns);
  void signal(int number) const;
  // Reads until the screen has the text; false when it has not within `limit`.
  bool shows(const std::string& text, std::chrono::milliseconds limit = std::chrono::seconds{10});
  // Reads what comes for so long.
  void read_for(std::chrono::milliseconds time);
  // Waits for the program's end; the status as in Outcome, -1 when it does not end.
  int wait(std::chrono::milliseconds limit = std::chrono::seconds{10});

  [[nodiscard]] const Screen& screen() const { return screen_; }
  [[nodiscard]] termios settings() const;  // of the terminal

 private:
  // False at the end.
  bool read_some(std::chrono::milliseconds limit);

  int master_ = -1;
  int slave_ = -1;  // kept open: the terminal outlives the program
  pid_t pid_ = -1;
  Screen screen_;
};

}  // namespace linkfab::test
