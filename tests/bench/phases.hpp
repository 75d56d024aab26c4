// The time of each phase of something, and of all together.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace linkfab::bench {

class Phases {
 public:
  // The time since the last mark belongs to `name`.
  void mark(const std::string& name) {
    const auto now = std::chrono::steady_clock::now();
    times_.emplace_back(name, std::chrono::duration<double>(now - last_).count());
    last_ = now;
  }

  // Prints "WHAT SECONDS" and "WHAT.PHASE SECONDS", and starts anew.
  void report(const std::string& what) {
    double sum = 0;
    for (const auto& [name, seconds] : times_) sum += seconds;
    fmt::print("{} {:.6f}\n", what, sum);
    for (const auto& [name, seconds] : times_) fmt::print("{}.{} {:.6f}\n", what, name, seconds);
    std::fflush(stdout);  // for who is ended before the rest
    times_.clear();
    last_ = std::chrono::steady_clock::now();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  std::vector<std::pair<std::string, double>> times_;
};

}  // namespace linkfab::bench
