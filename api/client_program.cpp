#include "api/client_program.hpp"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <string_view>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace linkfab::api {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::string_view terminal_name = "TERM=xterm-256color";

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  [[nodiscard]] posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

Result<pid_t> spawn(const ProgramWords& words, SpawnActions& actions) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::string terminal(terminal_name);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each)
    if (!std::string_view(*each).starts_with("TERM=")) environment.push_back(*each);
  environment.push_back(terminal.data());
  environment.push_back(nullptr);
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), STDERR_FILENO + 1);
  const SpawnAttributes attributes;
  pid_t process = 0;
  const int error = ::posix_spawn(&process, arguments.front(), actions.get(), attributes.get(),
                                  arguments.data(), environment.data());
  if (error != 0) return std::unexpected(system_error("execute " + words.front(), error));
  return process;
}

// Of a process and what it has started and not left, those of its session.
std::vector<pid_t> session_of(pid_t leader) {
  std::vector<pid_t> found{leader};
  for (std::size_t at = 0; at < found.size(); ++at) {
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", found[at]));
    for (pid_t child = 0; children >> child;)
      if (::getsid(child) == leader) found.push_back(child);
  }
  return found;
}

}  // namespace

Result<ClientProgram> ClientProgram::on_terminal(const ProgramWords& words, Size size) {
  Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  constexpr std::size_t longest_name = 64;
  std::array<char, longest_name> name{};
  if (!master || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name.data(), name.size()) != 0)
    return system_failure("make a terminal");
  resize_terminal(master.get(), size);
  // The leader of a session gets the first terminal that it opens for its own.
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, name.data(), O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), STDIN_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), STDIN_FILENO, STDERR_FILENO);
  const auto process = spawn(words, actions);
  if (!process) return std::unexpected(process.error());
  return ClientProgram(std::move(master), Fd(), *process);
}

Result<ClientProgram> ClientProgram::into_pipe(const ProgramWords& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("make a pipe");
  Fd output(ends[0]);
  const Fd input(ends[1]);
  Fd errors(::memfd_create("errors", MFD_CLOEXEC));
  if (!errors || ::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0)
    return system_failure("make a pipe");
  SpawnActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), input.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), errors.get(), STDERR_FILENO);
  const auto process = spawn(words, actions);
  if (!process) return std::unexpected(process.error());
  return ClientProgram(std::move(output), std::move(errors), *process);
}

// What it leaves behind as a zombie is the agent's end, too.
ClientProgram::~ClientProgram() {
  if (process_ > 0) hang_up();
}

std::string ClientProgram::errors() const {
  constexpr std::size_t most = 1000;
  std::string text(most, '\0');
  const auto size = ::pread(errors_.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void ClientProgram::hang_up() {
  for (const auto process : session_of(process_)) ::kill(process, SIGHUP);
  output_.reset();
}

asio::awaitable<void> ClientProgram::end() {
  constexpr auto patience = 2s;
  constexpr auto look_again = 20ms;
  const auto last = std::chrono::steady_clock::now() + patience;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  bool killed = false;
  while (::waitpid(process_, nullptr, WNOHANG) == 0) {
    if (!killed && std::chrono::steady_clock::now() > last) {
      for (const auto process : session_of(process_)) ::kill(process, SIGKILL);
      killed = true;
    }
    timer.expires_after(look_again);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  process_ = 0;
}

void resize_terminal(int descriptor, ClientProgram::Size size) {
  const winsize wanted{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  (void)::ioctl(descriptor, TIOCSWINSZ, &wanted);
}

}  // namespace linkfab::api
