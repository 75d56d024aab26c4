// Line and column of an offset.
#pragma once

#include <cstddef>
#include <string_view>

namespace linkfab::formats {

// For offsets that do not decrease: all of them together cost one pass over the text.
class PlaceCursor {
 public:
  explicit PlaceCursor(std::string_view text) : text_(text) {}
  void go_to(std::size_t offset) {
    for (; at_ < offset && at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        ++line;
        column = 1;
      } else if ((static_cast<unsigned char>(text_[at_]) & 0xc0U) != 0x80) {
        ++column;
      }
    }
  }

  int line = 1;
  int column = 1;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace linkfab::formats
