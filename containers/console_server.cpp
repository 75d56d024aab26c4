#include "containers/console_server.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <pty.h>
#include <set>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include "core/fd.hpp"

namespace linkfab::containers {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr winsize usual_size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
constexpr int not_executed = 127;

struct Client {
  explicit Client(stream_protocol::socket its_socket) : socket(std::move(its_socket)) {}
  stream_protocol::socket socket;
  std::array<char, 4096> input{};
  bool greeted = false;
  std::string sending;
  std::string waiting;
};

int status_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

struct ConsoleServer::State {
  State(asio::io_context& its_context, std::string its_path)
      : context(its_context),
        path(std::move(its_path)),
        acceptor(context),
        terminal(context),
        signals(context, SIGTERM, SIGINT) {}

  void accept() {
    acceptor.async_accept([this](error_code failed, stream_protocol::socket socket) {
      if (failed) return;
      auto client = std::make_shared<Client>(std::move(socket));
      clients.insert(client);
      receive(client);
      accept();
    });
  }

  void receive(const std::shared_ptr<Client>& client) {
    client->socket.async_read_some(asio::buffer(client->input),
                                   [this, client](error_code failed, std::size_t size) {
                                     if (failed) {
                                       clients.erase(client);
                                       return;
                                     }
                                     std::string text(client->input.data(), size);
                                     if (!std::exchange(client->greeted, true)) {
                                       if (text.front() == with_history)
                                         send(client, {history.begin(), history.end()});
                                       text.erase(0, 1);
                                     }
                                     type(std::move(text));
                                     receive(client);
                                   });
  }

  // In order, one write at a time: a terminal takes what its reader makes room for.
  void type(std::string text) {
    if (text.empty()) return;
    typed.push_back(std::move(text));
    if (typed.size() == 1) type_next();
  }
  void type_next() {
    asio::async_write(terminal, asio::buffer(typed.front()),
                      [this](error_code failed, std::size_t) {
                        if (failed) return;
                        typed.pop_front();
                        if (!typed.empty()) type_next();
                      });
  }

  void send(const std::shared_ptr<Client>& client, const std::string& text) {
    client->waiting += text;
    if (client->waiting.size() > most_unread) {
      client->socket.close();
      clients.erase(client);
    } else if (client->sending.empty()) {
      send_next(client);
    }
  }
  void send_next(const std::shared_ptr<Client>& client) {
    client->sending = std::exchange(client->waiting, {});
    if (client->sending.empty()) return;
    asio::async_write(client->socket, asio::buffer(client->sending),
                      [this, client](error_code failed, std::size_t) {
                        client->sending.clear();
                        if (!failed) send_next(client);
                      });
  }

  void read() {
    terminal.async_read_some(asio::buffer(output), [this](error_code failed, std::size_t size) {
      if (failed) return end();  // EIO: nobody has the other side open
      const std::string text(output.data(), size);
      history.insert(history.end(), text.begin(), text.end());
      if (history.size() > history_size)
        history.erase(history.begin(),
                      history.begin() + static_cast<std::ptrdiff_t>(history.size() - history_size));
      for (const auto& client : std::set(clients)) send(client, text);
      read();
    });
  }

  void end() {
    int raw = 0;
    while (::waitpid(child, &raw, 0) < 0 && errno == EINTR) {
    }
    status = status_of(raw);
    child = 0;
    acceptor.close();
    signals.cancel();
    for (const auto& client : clients) client->socket.close();
  }

  void hand_on_signals() {
    signals.async_wait([this](error_code failed, int number) {
      if (failed) return;
      if (child > 0) ::kill(child, number);
      hand_on_signals();
    });
  }

  asio::io_context& context;
  std::string path;
  stream_protocol::acceptor acceptor;
  asio::posix::stream_descriptor terminal;
  asio::signal_set signals;
  std::set<std::shared_ptr<Client>> clients;
  std::deque<char> history;
  std::deque<std::string> typed;
  std::array<char, 4096> output{};
  pid_t child = 0;
  int status = 0;
};

ConsoleServer::ConsoleServer(asio::io_context& context, std::string socket)
    : state_(std::make_unique<State>(context, std::move(socket))) {}

ConsoleServer::~ConsoleServer() {
  if (state_->child > 0) ::kill(state_->child, SIGKILL);
  ::unlink(state_->path.c_str());
}

Result<void> ConsoleServer::start(const std::vector<std::string>& command,
                                  const std::optional<UnprivilegedUser>& user) {
  ::unlink(state_->path.c_str());
  error_code failed;
  (void)state_->acceptor.open(stream_protocol(), failed);
  const auto mask = ::umask(S_IRWXG | S_IRWXO);
  try {
    (void)state_->acceptor.bind(stream_protocol::endpoint(state_->path), failed);
  } catch (const boost::system::system_error& too_long) {
    failed = too_long.code();
  }
  ::umask(mask);
  if (!failed) (void)state_->acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return failure(Errc::failed, "serve " + state_->path, failed.message());

  // Tells what the child could not do; closed by what it executes.
  std::array<int, 2> told{};
  if (::pipe2(told.data(), O_CLOEXEC) != 0) return system_failure("make a pipe");
  Fd from_child(told[0]);
  Fd to_parent(told[1]);
  int terminal = -1;
  state_->child = ::forkpty(&terminal, nullptr, nullptr, &usual_size);
  if (state_->child < 0) return system_failure("make a terminal");
  if (state_->child == 0) {
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    int error = 0;
    if (user) error = ::fchown(STDIN_FILENO, user->uid, user->gid) == 0 ? user->become() : errno;
    if (error == 0) {
      ::execvp(words.front(), words.data());
      error = errno;
    }
    (void)!::write(to_parent.get(), &error, sizeof error);
    ::_exit(not_executed);
  }
  state_->terminal.assign(terminal);
  to_parent = Fd();
  int error = 0;
  if (::read(from_child.get(), &error, sizeof error) > 0) {
    ::waitpid(std::exchange(state_->child, 0), nullptr, 0);
    return std::unexpected(system_error("execute " + command.front(), error));
  }
  return {};
}

int ConsoleServer::run() {
  state_->accept();
  state_->read();
  state_->hand_on_signals();
  state_->context.run();
  return state_->status;
}

}  // namespace linkfab::containers
