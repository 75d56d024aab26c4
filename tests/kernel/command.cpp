#include "tests/kernel/command.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

int status_of(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close(int end) {
    ::close(ends.at(static_cast<std::size_t>(end)));
    ends.at(static_cast<std::size_t>(end)) = -1;
  }
  std::array<int, 2> ends{};
};

[[noreturn]] void become(const char* line) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execl("/bin/bash", "bash", "-c", line, nullptr);
  ::_exit(127);
}

// False at the end of the stream.
bool read_some(int fd, std::string& text) {
  std::array<char, 65536> part;
  const auto count = ::read(fd, part.data(), part.size());
  if (count > 0) text.append(part.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

Outcome run(const std::string& line, std::chrono::seconds limit, const std::string& input) {
  Pipe in;
  Pipe out;
  Pipe err;
  // A fork would have each page of this process to be told apart afterwards: where the kernel
  // itself is a process, that is the most of what a command costs. The child only calls the kernel.
  const pid_t child = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (child < 0) throw std::runtime_error("vfork");
  if (child == 0) {
    ::dup2(in.ends[0], 0);
    ::dup2(out.ends[1], 1);
    ::dup2(err.ends[1], 2);
    become(line.c_str());
  }
  out.close(1);
  err.close(1);
  // Shorter than a pipe's buffer: this does not wait for the reader.
  if (::write(in.ends[1], input.data(), input.size()) < 0) throw std::runtime_error("write");
  in.close(0);
  in.close(1);
  Outcome outcome;
  std::array<pollfd, 2> polled{
      {{.fd = out.ends[0], .events = POLLIN}, {.fd = err.ends[0], .events = POLLIN}}};
  const auto end = steady_clock::now() + limit;
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    ::poll(polled.data(), polled.size(), 100);
    if (polled[0].revents != 0 && !read_some(out.ends[0], outcome.out)) polled[0].fd = -1;
    if (polled[1].revents != 0 && !read_some(err.ends[0], outcome.err)) polled[1].fd = -1;
    if (steady_clock::now() < end) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    throw std::runtime_error("no end after " + std::to_string(limit.count()) + " s: " + line +
                             "\n" + outcome.out + outcome.err);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  outcome.status = status_of(status);
  return outcome;
}

std::string output_of(const std::string& line) {
  auto outcome = run(line);
  if (outcome.status != 0)
    throw std::runtime_error(line + ": status " + std::to_string(outcome.status) + ": " +
                             outcome.out + outcome.err);
  while (outcome.out.ends_with('\n')) outcome.out.pop_back();
  return outcome.out;
}

Background::Background(const std::string& line, const std::string& output) {
  const std::string command = "exec " + line;
  pid_ = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (pid_ < 0) throw std::runtime_error("vfork");
  if (pid_ > 0) return;
  ::dup2(::open("/dev/null", O_RDONLY), 0);
  ::dup2(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), 1);
  ::dup2(1, 2);
  become(command.c_str());
}

Background::~Background() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Background::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

int Background::wait() {
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, 0) != pid_) return -1;
  pid_ = -1;
  return status_of(status);
}

bool eventually(const std::function<bool()>& condition, milliseconds limit) {
  const auto end = steady_clock::now() + limit;
  while (!condition()) {
    if (steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds{20});
  }
  return true;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace linkfab::test
