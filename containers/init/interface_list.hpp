// The interfaces that a node waits for: the text of its list file, in memory that is there from the
// start.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace linkfab::init {

// Takes the next name off `rest`: one a line, blanks and empty lines do not count. Empty: there is
// none left.
[[nodiscard]] std::string_view next_name(std::string_view& rest);

class InterfaceList {
 public:
  // Reads the file anew, up to 1 MiB. False, and an empty list, when it cannot be read.
  bool read(const char* path);
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 1 << 20> text_;
  std::size_t size_ = 0;
};

}  // namespace linkfab::init
