#include "core/fd.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace linkfab {
namespace {

Result<void> write_new(const std::string& path, std::string_view content, unsigned mode) {
  const auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file) return std::unexpected(file.error());
  while (!content.empty()) {
    const auto count = ::write(file->get(), content.data(), content.size());
    if (count >= 0) {
      content.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return system_failure("write " + path);
    }
  }
  if (::fsync(file->get()) != 0) return system_failure("write " + path);
  return {};
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Fd::reset() noexcept {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  const int number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (number < 0) return system_failure("open " + path);
  return Fd{number};
}

Result<std::string> read_file(const std::string& path) {
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  std::string content;
  std::array<char, 16384> part;
  for (;;) {
    const auto count = ::read(file->get(), part.data(), part.size());
    if (count == 0) return content;
    if (count > 0) {
      content.append(part.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return system_failure("read " + path);
    }
  }
}

Result<void> write_file(const std::string& path, std::string_view content, unsigned mode) {
  const std::string beside = path + ".new";
  (void)::unlink(beside.c_str());  // left by a crash, it would keep the mode that it had
  auto written = write_new(beside, content, mode);
  if (written && std::rename(beside.c_str(), path.c_str()) != 0)
    written = system_failure("write " + path);
  if (!written) (void)::unlink(beside.c_str());
  return written;
}

}  // namespace linkfab
