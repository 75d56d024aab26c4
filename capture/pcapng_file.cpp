#include "capture/pcapng_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

namespace linkfab::capture {
namespace {

// "lab_00001.pcapng"
std::string numbered(const std::filesystem::path& path, std::uint64_t number) {
  const auto name = fmt::format("{}_{:05}{}", path.stem().string(), number,
                                path.has_extension() ? path.extension().string() : ".pcapng");
  return path.parent_path() / name;
}

short events_of(const Fd& file) {
  pollfd descriptor{.fd = file.get(), .events = POLLOUT, .revents = 0};
  return ::poll(&descriptor, 1, 0) == 1 ? descriptor.revents : short{0};
}

}  // namespace

Result<PcapngFile> PcapngFile::open(const std::string& path, Section section,
                                    std::optional<FileRing> ring) {
  PcapngFile file(path, std::move(section), ring);
  if (auto opened = file.next_file(); !opened) return std::unexpected(opened.error());
  return file;
}

Result<void> PcapngFile::next_file() {
  if (path_ == "-") {
    file_ = Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!file_) return system_failure("write to standard output");
  } else {
    const auto path = ring_ ? numbered(path_, ++number_) : path_;
    auto opened = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!opened) return std::unexpected(opened.error());
    file_ = *std::move(opened);
    if (ring_) kept_.push_back(path);
    while (ring_ && kept_.size() > ring_->files) {
      (void)::unlink(kept_.front().c_str());
      kept_.pop_front();
    }
  }
  struct stat status{};
  regular_ = ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode);
  append(buffer_, section_);
  for (const auto& interface : interfaces_) append(buffer_, interface);
  size_ = buffer_.size();
  return {};
}

std::uint32_t PcapngFile::add(const Interface& interface) {
  const auto before = buffer_.size();
  append(buffer_, interface);
  size_ += buffer_.size() - before;
  interfaces_.push_back(interface);
  return static_cast<std::uint32_t>(interfaces_.size() - 1);
}

Result<void> PcapngFile::write(const Packet& packet) {
  if (ring_ && size_ >= ring_->size) {
    if (auto done = flush(); !done) return done;
    if (auto done = next_file(); !done) return done;
  }
  const auto before = buffer_.size();
  append(buffer_, packet);
  size_ += buffer_.size() - before;
  return {};
}

void PcapngFile::write(const Statistics& statistics) {
  append(buffer_, statistics);
}

// Told by the write end of a pipe as an error.
void PcapngFile::look_for_reader() {
  reader_gone_ = reader_gone_ || (!regular_ && (events_of(file_) & POLLERR) != 0);
}

Result<void> PcapngFile::flush() {
  look_for_reader();
  std::size_t written = 0;
  while (written < buffer_.size() && !reader_gone_) {
    // A pipe that is ready takes so much at once.
    const auto left = buffer_.size() - written;
    const auto part = regular_ ? left : std::min<std::size_t>(left, PIPE_BUF);
    if (!regular_ && (events_of(file_) & POLLOUT) == 0) break;
    const auto count = ::write(file_.get(), buffer_.data() + written, part);
    if (count < 0 && errno == EPIPE) reader_gone_ = true;
    if (count < 0 && errno != EINTR && errno != EAGAIN && errno != EPIPE)
      return system_failure("write the capture to " + (path_ == "-" ? "standard output" : path_));
    if (count < 0 && errno == EAGAIN) break;
    written += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  if (reader_gone_) written = buffer_.size();
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(written));
  return {};
}

}  // namespace linkfab::capture
