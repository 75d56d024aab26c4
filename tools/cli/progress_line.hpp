// How far a command has come, for the person in front of the terminal.
#pragma once

#include <string>

namespace linkfab::cli {

// One line on standard error that is written over and over; nothing at all where that is no
// terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const std::string& text);
  void clear();

 private:
  bool terminal_;
  std::string shown_;
};

}  // namespace linkfab::cli
