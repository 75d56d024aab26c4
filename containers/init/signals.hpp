// Every signal that can be passed on is taken from a descriptor. Process 1 of a namespace gets no
// signal that it neither handles nor blocks, and between "look" and "sleep" none can be lost this
// way.
#pragma once

#include <signal.h>

namespace linkfab::init {

class Signals {
 public:
  Signals();  // blocks them; lives as long as the program

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] int next() const;  // waits for one and takes it
  void restore() const;            // in a child, before it executes something: all as we found it

 private:
  sigset_t found_;
  int fd_;
};

}  // namespace linkfab::init
