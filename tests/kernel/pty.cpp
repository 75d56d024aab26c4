#include "tests/kernel/pty.hpp"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <sstream>
#include <stdexcept>
#include <unistd.h>
#include <utility>
#include <utmp.h>

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<int> numbers(const std::string& parameters) {
  std::vector<int> all;
  std::istringstream fields(parameters);
  for (std::string field; std::getline(fields, field, ';');)
    all.push_back(std::atoi(field.c_str()));
  return all;
}

}  // namespace

Screen::Screen(int rows, int columns)
    : rows_(rows),
      columns_(columns),
      bottom_(rows - 1),
      lines_(static_cast<std::size_t>(rows), std::string(static_cast<std::size_t>(columns), ' ')) {}

void Screen::resize(int rows, int columns) {
  const bool alternate = alternate_;
  const bool shown = cursor_shown_;
  *this = Screen(rows, columns);
  alternate_ = alternate;
  cursor_shown_ = shown;
}

std::string Screen::line(int row) const {
  auto text = lines_.at(static_cast<std::size_t>(row));
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string Screen::text() const {
  std::string all;
  for (int row = 0; row < rows_; ++row) all += line(row) + "\n";
  return all;
}

void Screen::write(const std::string& bytes) {
  for (const char byte : bytes) {
    if (pending_.empty() && byte != '\033') {
      control(byte);
      continue;
    }
    pending_ += byte;
    if (pending_.size() < 2) continue;
    const bool csi = pending_[1] == '[';
    const bool charset = pending_[1] == '(' || pending_[1] == ')';
    if (csi && (pending_.size() == 2 || byte < '@' || byte > '~')) continue;
    if (charset && pending_.size() == 2) continue;
    const auto whole = std::exchange(pending_, {});
    if (csi) sequence(whole.substr(2, whole.size() - 3), byte);
    if (csi || charset || std::string("=>78").find(byte) != std::string::npos) continue;
    if (byte != 'M') throw std::runtime_error("the terminal knows no ESC " + whole.substr(1));
    if (row_ == top_)
      scroll(top_, -1);
    else
      --row_;
  }
}

void Screen::control(char byte) {
  if (byte == '\r') {
    column_ = 0;
  } else if (byte == '\n') {
    if (row_ == bottom_)
      scroll(top_, 1);
    else
      ++row_;
  } else if (byte == '\b') {
    column_ = std::max(column_ - 1, 0);
  } else if (byte == '\t') {
    column_ = std::min((column_ / 8 + 1) * 8, columns_ - 1);
  } else if (static_cast<unsigned char>(byte) >= ' ') {
    put(byte);
  }
}

void Screen::put(char byte) {
  if (row_ < rows_ && column_ < columns_)
    lines_.at(static_cast<std::size_t>(row_)).at(static_cast<std::size_t>(column_)) = byte;
  ++column_;
  last_ = byte;
}

void Screen::blank(int row, int from, int to) {
  for (int column = from; column < std::min(to, columns_); ++column)
    lines_.at(static_cast<std::size_t>(row)).at(static_cast<std::size_t>(column)) = ' ';
}

// The lines of the region from `top` on move up, or, by a negative number, down.
void Screen::scroll(int top, int count) {
  const auto first = lines_.begin() + top;
  const auto last = lines_.begin() + bottom_ + 1;
  for (; count > 0; --count) {
    std::rotate(first, first + 1, last);
    blank(bottom_, 0, columns_);
  }
  for (; count < 0; ++count) {
    std::rotate(first, last - 1, last);
    blank(top, 0, columns_);
  }
}

void Screen::mode(const std::string& parameters, bool on) {
  if (parameters == "?1049") alternate_ = on;
  if (parameters == "?25" || parameters == "?12;25") cursor_shown_ = on;
}

void Screen::sequence(const std::string& parameters, char final) {
  const auto values = numbers(parameters);
  const int first = values.empty() ? 0 : values[0];
  const int count = std::max(first, 1);
  auto& line = lines_.at(static_cast<std::size_t>(row_));
  switch (final) {
    case 'H':
      row_ = std::clamp(count - 1, 0, rows_ - 1);
      column_ = std::clamp(values.size() > 1 ? values[1] - 1 : 0, 0, columns_ - 1);
      break;
    case 'A':
      row_ = std::max(row_ - count, 0);
      break;
    case 'B':
      row_ = std::min(row_ + count, rows_ - 1);
      break;
    case 'C':
      column_ = std::min(column_ + count, columns_ - 1);
      break;
    case 'D':
      column_ = std::max(column_ - count, 0);
      break;
    case 'G':
      column_ = count - 1;
      break;
    case 'd':
      row_ = std::min(count - 1, rows_ - 1);
      break;
    case 'J':
      if (first == 0) blank(row_, column_, columns_);
      for (int row = first == 0 ? row_ + 1 : 0; row < rows_; ++row) blank(row, 0, columns_);
      break;
    case 'K':
      blank(row_, first == 0 ? column_ : 0, first == 1 ? column_ + 1 : columns_);
      break;
    case 'X':
      blank(row_, column_, column_ + count);
      break;
    case 'P':
      line.erase(static_cast<std::size_t>(column_), static_cast<std::size_t>(count));
      line.resize(static_cast<std::size_t>(columns_), ' ');
      break;
    case '@':
      line.insert(static_cast<std::size_t>(column_), static_cast<std::size_t>(count), ' ');
      line.resize(static_cast<std::size_t>(columns_));
      break;
    case 'L':
      scroll(row_, -count);
      break;
    case 'M':
      scroll(row_, count);
      break;
    case 'S':
      scroll(top_, count);
      break;
    case 'T':
      scroll(top_, -count);
      break;
    case 'b':
      for (int i = 0; i < count; ++i) put(last_);
      break;
    case 'r':
      top_ = values.empty() ? 0 : values[0] - 1;
      bottom_ = values.size() > 1 ? values[1] - 1 : rows_ - 1;
      row_ = column_ = 0;
      break;
    case 'h':
    case 'l':
      mode(parameters, final == 'h');
      break;
    case 'm':
    case 't':
      break;
    default:
      throw std::runtime_error("the terminal knows no CSI " + parameters + final);
  }
}

Pty::Pty(const std::string& line, int rows, int columns) : screen_(rows, columns) {
  winsize size{.ws_row = static_cast<unsigned short>(rows),
               .ws_col = static_cast<unsigned short>(columns),
               .ws_xpixel = 0,
               .ws_ypixel = 0};
  if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0)
    throw std::runtime_error("openpty");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::close(master_);
  ::login_tty(slave_);
  ::setenv("TERM", "xterm", 1);
  ::execl("/bin/bash", "bash", "-c", ("exec " + line).c_str(), nullptr);
  ::_exit(127);
}

Pty::~Pty() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(master_);
  ::close(slave_);
}

void Pty::type(const std::string& keys) const {
  if (::write(master_, keys.data(), keys.size()) < 0) throw std::runtime_error("write");
}

void Pty::resize(int rows, int columns) {
  screen_.resize(rows, columns);
  const winsize size{.ws_row = static_cast<unsigned short>(rows),
                     .ws_col = static_cast<unsigned short>(columns),
                     .ws_xpixel = 0,
                     .ws_ypixel = 0};
  ::ioctl(master_, TIOCSWINSZ, &size);
}

void Pty::signal(int number) const {
  ::kill(pid_, number);
}

bool Pty::read_some(milliseconds limit) {
  pollfd polled{.fd = master_, .events = POLLIN, .revents = 0};
  if (::poll(&polled, 1, static_cast<int>(limit.count())) <= 0) return false;
  std::array<char, 65536> part;
  const auto count = ::read(master_, part.data(), part.size());
  if (count > 0) screen_.write(std::string(part.data(), static_cast<std::size_t>(count)));
  return count > 0;
}

bool Pty::shows(const std::string& text, milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  while (screen_.text().find(text) == std::string::npos) {
    if (steady_clock::now() >= end) return false;
    read_some(milliseconds{50});
  }
  return true;
}

void Pty::read_for(milliseconds time) {
  const auto end = steady_clock::now() + time;
  while (steady_clock::now() < end) read_some(milliseconds{20});
}

int Pty::wait(milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) != pid_) {
    if (steady_clock::now() >= end) return -1;
    read_some(milliseconds{20});
  }
  pid_ = -1;
  while (read_some(milliseconds{0})) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

termios Pty::settings() const {
  termios settings{};
  if (::tcgetattr(slave_, &settings) != 0) throw std::runtime_error("tcgetattr");
  return settings;
}

}  // namespace linkfab::test
