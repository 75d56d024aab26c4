// A real ovsdb-server of the test's own, on a Unix socket in a TempDir and, where asked for, on TCP
// or TLS ports of the loopback. Ends with its object.
#pragma once

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

inline constexpr const char* vswitch_schema = "/usr/share/openvswitch/vswitch.ovsschema";

// A TCP port that nobody listens on at this moment.
inline int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free TCP port");
  return ntohs(address.sin_port);
}

class OvsdbServer {
 public:
  struct Options {
    std::vector<std::string> schemas{vswitch_schema};  // files; a database is made of each
    bool tcp = false;
    bool tls = false;  // with certificates made by openssl(1)
  };

  OvsdbServer() : OvsdbServer(Options{}) {}
  explicit OvsdbServer(Options options) : options_(std::move(options)) {
    int number = 0;
    for (const std::string& schema : options_.schemas) {
      databases_.push_back(dir_ / ("db" + std::to_string(++number)));
      command({"ovsdb-tool", "create", databases_.back(), schema});
    }
    if (options_.tcp) tcp_port_ = free_port();
    if (options_.tls) make_certificates();
    start();
  }
  ~OvsdbServer() { kill(); }
  OvsdbServer(const OvsdbServer&) = delete;
  OvsdbServer& operator=(const OvsdbServer&) = delete;

  [[nodiscard]] std::string remote() const { return "unix:" + socket_path(); }
  [[nodiscard]] std::string tcp_remote() const { return loopback("tcp", tcp_port_); }
  [[nodiscard]] std::string tls_remote() const { return loopback("ssl", tls_port_); }
  [[nodiscard]] std::string file(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  // Returns when the server accepts connections, for its control, too, which comes last.
  void start() {
    pid_ = spawn(command_line());
    wait_for(socket_path(), file("ctl"));
  }
  // As by kill -9, and gone when this returns.
  void kill() { end(pid_); }
  void restart() {
    kill();
    start();
  }
  // Stops answering, without closing anything, until resume().
  void freeze() const { ::kill(pid_, SIGSTOP); }
  void resume() const { ::kill(pid_, SIGCONT); }

  // Runs a program to its end; throws unless it returns 0.
  static void command(const std::vector<std::string>& words) {
    int status = 0;
    ::waitpid(spawn(words), &status, 0);
    if (status != 0) throw std::runtime_error(words.front() + " " + words.at(1) + " failed");
  }

  // Does somebody accept connections on this Unix socket?
  static bool accepts(const std::string& socket) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return ok;
  }

  // Returns when a server accepts connections on both.
  static void wait_for(const std::string& socket, const std::string& control) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{15};
    while (!accepts(socket) || !accepts(control)) {
      if (std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("ovsdb-server does not listen on " + socket);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }
  // As by kill -9, and gone when this returns.
  static void end(pid_t& pid) {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = 0;
  }

  // Ends with this process.
  static pid_t spawn(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork for " + words.front());
    if (child > 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // A test that crashes leaves nothing behind.
    const int null = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(null, fd);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }

 private:
  static std::string loopback(const std::string& kind, int port) {
    return kind + ":127.0.0.1:" + std::to_string(port);
  }

  [[nodiscard]] std::string socket_path() const { return dir_ / "db.sock"; }

  [[nodiscard]] std::vector<std::string> command_line() const {
    std::vector<std::string> words{"ovsdb-server", "--no-chdir", "--log-file=" + file("log"),
                                   "--unixctl=" + file("ctl"), "--remote=punix:" + socket_path()};
    const auto listen = [](const std::string& kind, int port) {
      return "--remote=p" + kind + ":" + std::to_string(port) + ":127.0.0.1";
    };
    if (options_.tcp) words.push_back(listen("tcp", tcp_port_));
    if (options_.tls) {
      words.push_back(listen("ssl", tls_port_));
      words.push_back("--private-key=" + file("server-key.pem"));
      words.push_back("--certificate=" + file("server-cert.pem"));
      words.push_back("--ca-cert=" + file("ca-cert.pem"));
    }
    words.insert(words.end(), databases_.begin(), databases_.end());
    return words;
  }

  // An authority, and a certificate of it for the server and for the client.
  void make_certificates() {
    tls_port_ = free_port();
    command({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=authority at port " + std::to_string(tls_port_), "-keyout", file("ca-key.pem"),
             "-out", file("ca-cert.pem")});
    for (const std::string& name : {std::string("server"), std::string("client")}) {
      command({"openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout",
               file(name + "-key.pem"), "-out", file(name + ".csr")});
      command({"openssl", "x509", "-req", "-days", "2", "-in", file(name + ".csr"), "-CA",
               file("ca-cert.pem"), "-CAkey", file("ca-key.pem"), "-CAcreateserial", "-out",
               file(name + "-cert.pem")});
    }
  }

  TempDir dir_;
  Options options_;
  std::vector<std::string> databases_;
  int tcp_port_ = 0;
  int tls_port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace linkfab::test
