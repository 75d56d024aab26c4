#include "tools/cli/progress_line.hpp"

#include <sys/ioctl.h>

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// The first `columns` characters of a UTF-8 text.
std::string shortened(const std::string& text, std::size_t columns) {
  if (width(text) <= columns) return text;
  std::string cut;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (starts && width(cut) == columns) break;
    cut += c;
  }
  return cut;
}

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(const std::string& text) {
  if (!terminal_ || text == shown_) return;
  fmt::print(stderr, "\r\033[K{}", shortened(text, terminal_width() - 1));
  std::fflush(stderr);
  shown_ = text;
}

void ProgressLine::clear() {
  if (shown_.empty()) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_.clear();
}

}  // namespace linkfab::cli
