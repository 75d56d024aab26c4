// The owner of one file descriptor. Move-only; closes on destruction.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/result.hpp"

namespace linkfab {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  void reset() noexcept;

 private:
  int number_ = -1;
};

// open(2) with O_CLOEXEC added. The error names the path.
[[nodiscard]] Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0644);

// The whole content of a file.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

// Replaces a file's content in one step: written beside it, synced, renamed over it, so that a
// reader sees the old or the new text and never a part.
[[nodiscard]] Result<void> write_file(const std::string& path, std::string_view content,
                                      unsigned mode = 0644);

}  // namespace linkfab
