// A real ovsdb-server with one database, mostly a member of a cluster on the loopback: its file,
// which the test makes, its sockets and its log in a TempDir. Ends with its object.
#pragma once

#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/ovsdb_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

class MemberServer {
 public:
  MemberServer() = default;
  ~MemberServer() { kill(); }
  MemberServer(const MemberServer&) = delete;
  MemberServer& operator=(const MemberServer&) = delete;

  [[nodiscard]] std::string address() const { return host_port("tcp:"); }
  [[nodiscard]] std::string host_port(const std::string& kind) const {
    return kind + "127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] std::string remote() const { return "unix:" + file("db.sock"); }
  [[nodiscard]] std::string directory() const { return dir_.path(); }
  [[nodiscard]] std::string file(const std::string& name) const { return dir_ / name; }
  [[nodiscard]] std::string database() const { return file("linkfab.db"); }

  // Returns when it accepts connections, which is before it has joined.
  void start(const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"ovsdb-server", "--no-chdir", "--log-file=" + file("log"),
                                   "--unixctl=" + file("db.ctl"),
                                   "--remote=punix:" + file("db.sock")};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(database());
    pid_ = OvsdbServer::spawn(words);
    OvsdbServer::wait_for(file("db.sock"), file("db.ctl"));
  }
  // As by kill -9, and gone when this returns.
  void kill() { OvsdbServer::end(pid_); }
  // Stops answering, without closing anything, until it is killed.
  void freeze() const { ::kill(pid_, SIGSTOP); }

 private:
  TempDir dir_;
  int port_ = free_port();
  pid_t pid_ = 0;
};

}  // namespace linkfab::test
