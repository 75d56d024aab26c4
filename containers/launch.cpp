#include "containers/launch.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace linkfab::containers {
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make a pipe");
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

// The code, the attempt and the cause, both ended by a zero byte. Shorter than PIPE_BUF in
// practice, so that two writers are read one after the other.
void send_error(const Fd& pipe, const Error& error) {
  const std::string text =
      std::string(1, static_cast<char>(error.code)) + error.attempt + '\0' + error.cause + '\0';
  (void)!::write(pipe.get(), text.data(), text.size());
}

Result<void> receive_error(const Fd& pipe) {
  const std::string text = read_to_end(pipe);
  if (text.empty()) return {};
  const auto zero = text.find('\0', 1);
  if (zero == std::string::npos) return failure(Errc::failed, "start a process", "it died early");
  return failure(static_cast<Errc>(text.front()), text.substr(1, zero - 1),
                 text.substr(zero + 1, text.find('\0', zero + 1) - zero - 1));
}

std::string read_to_end(const Fd& pipe) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const auto count = ::read(pipe.get(), part.data(), part.size());
    if (count > 0) {
      text.append(part.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return text;
    }
  }
}

Error execute(const ProcessSpec& spec) {
  for (const auto& [name, value] : spec.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (spec.group_may_write) (void)::umask(S_IRWXO);
  std::vector<std::string> words = spec.command;
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // What we block and that we ignore broken pipes is ours alone.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  // Close on exec rather than now: the pipe to our starter is among them.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  ::execvp(arguments.front(), arguments.data());
  return system_error("execute " + spec.command.front(), errno);
}

}  // namespace linkfab::containers
