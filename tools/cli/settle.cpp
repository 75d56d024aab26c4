#include "tools/cli/settle.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

#include "tools/cli/output.hpp"

namespace linkfab::cli {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_names = 4;

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

std::string progress_text(const fabric::LabView& lab, const fabric::Progress& progress) {
  std::string text = fmt::format("nodes {} of {}, links {} of {}", progress.nodes_ready,
                                 lab.nodes.size(), progress.links_ready, lab.links.size());
  if (!progress.errors.empty()) text += fmt::format(", {} failed", progress.errors.size());
  for (std::size_t i = 0; i < std::min(progress.waiting.size(), most_names); ++i)
    text += fmt::format("{}{} ({})", i == 0 ? "; waiting for " : ", ", progress.waiting[i].object,
                        progress.waiting[i].detail);
  if (progress.waiting.size() > most_names)
    text += fmt::format(" and {} more", progress.waiting.size() - most_names);
  return text;
}

awaitable<Result<void>> settle(Client& client, std::function<fabric::LabView()> look,
                               std::function<bool()> stop) {
  ProgressLine line;
  bool stopped = false;
  auto done = co_await client.wait_until("wait for the lab", [&] {
    stopped = stop && stop();
    if (stopped) return true;
    const auto lab = look();
    const auto progress = fabric::progress(lab);
    if (!progress.settled()) line.show(progress_text(lab, progress));
    return progress.settled();
  });
  if (stopped) co_return failure(Errc::failed, "wait for the lab", "interrupted");
  co_return done;
}

int report_errors(const fabric::Progress& progress) {
  for (const auto& error : progress.errors) print_error(error);
  return progress.errors.empty() && progress.settled() ? success : failed;
}

}  // namespace linkfab::cli
