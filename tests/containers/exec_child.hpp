// Engine::exec() uses the standard streams of its process, so a test runs it in a child with
// others.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "containers/engine.hpp"

namespace linkfab::test {

inline constexpr int exec_failed = 250;  // and the Error on standard error

// In the child: runs the command and ends the process with its status.
[[noreturn]] inline void exec_and_exit(const std::string& socket, const std::string& container,
                                       const containers::ExecSpec& spec) {
  boost::asio::io_context context;
  containers::Engine engine(context.get_executor(), socket);
  int status = exec_failed;
  boost::asio::co_spawn(context, engine.exec(container, spec),
                        [&](std::exception_ptr thrown, Result<int> result) {
                          if (thrown) return;
                          if (result) status = *result;
                          if (!result) std::fprintf(stderr, "%s\n", format(result.error()).c_str());
                        });
  context.run();
  std::fflush(stderr);
  ::_exit(status);
}

// Forks; the child calls `prepare` to set its streams up.
inline pid_t fork_exec(const std::string& socket, const std::string& container,
                       const containers::ExecSpec& spec, const std::function<void()>& prepare) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  prepare();
  exec_and_exit(socket, container, spec);
}

inline int wait_status(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct Outcome {
  int status = 0;
  std::string output;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

// With pipes as the standard streams: `input` is written, then closed. The reading of the output
// stops after `most_output` bytes, and its pipe is closed then.
inline Outcome exec_with_pipes(const std::string& socket, const std::string& container,
                               const containers::ExecSpec& spec, std::string input = {},
                               std::size_t most_output = std::string::npos) {
  std::array<std::array<int, 2>, 3> pipes{};
  for (auto& pipe : pipes) {
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  }
  const pid_t child = fork_exec(socket, container, spec, [&] {
    ::dup2(pipes[0][0], 0);
    ::dup2(pipes[1][1], 1);
    ::dup2(pipes[2][1], 2);
    // An input pipe that its own reader holds open for writing never ends.
    for (const auto& pipe : pipes) {
      for (const int end : pipe) ::close(end);
    }
  });
  for (const int theirs : {pipes[0][0], pipes[1][1], pipes[2][1]}) ::close(theirs);
  ::fcntl(pipes[0][1], F_SETFL, O_NONBLOCK);
  ::signal(SIGPIPE, SIG_IGN);

  Outcome outcome;
  std::array<pollfd, 3> wanted{pollfd{pipes[0][1], POLLOUT, 0}, pollfd{pipes[1][0], POLLIN, 0},
                               pollfd{pipes[2][0], POLLIN, 0}};
  const auto close = [](pollfd& entry) { ::close(std::exchange(entry.fd, -1)); };
  const auto take = [&](pollfd& entry, std::string& text) {
    if (entry.fd < 0 || entry.revents == 0) return;
    std::array<char, 65536> part{};
    const auto count = ::read(entry.fd, part.data(), part.size());
    if (count > 0) text.append(part.data(), static_cast<std::size_t>(count));
    if (count <= 0) close(entry);
  };
  if (input.empty()) close(wanted[0]);
  while (wanted[1].fd >= 0 || wanted[2].fd >= 0) {
    ::poll(wanted.data(), wanted.size(), -1);
    if (wanted[0].fd >= 0 && wanted[0].revents != 0) {
      const auto count = ::write(wanted[0].fd, input.data(), input.size());
      if (count > 0) input.erase(0, static_cast<std::size_t>(count));
      if (count <= 0 || input.empty()) close(wanted[0]);
    }
    take(wanted[1], outcome.output);
    take(wanted[2], outcome.error);
    if (wanted[1].fd >= 0 && outcome.output.size() >= most_output) close(wanted[1]);
  }
  if (wanted[0].fd >= 0) close(wanted[0]);
  outcome.status = wait_status(child);
  return outcome;
}

}  // namespace linkfab::test
