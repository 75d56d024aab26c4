// An ovsdb-server and an ovs-vswitchd of a test's own: a directory, a database, dummy datapaths, no
// root. ovs-vsctl, ovs-appctl and ovs-ofctl are at hand as a second opinion.
#pragma once

#include <sys/wait.h>

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

class Vswitchd {
 public:
  // Why it cannot run here, for GTEST_SKIP; empty where it can.
  static std::string missing() {
    for (const char* file : {"/usr/sbin/ovs-vswitchd", "/usr/sbin/ovsdb-server", schema})
      if (!std::filesystem::exists(file)) return std::string(file) + " is not installed";
    return {};
  }

  Vswitchd() {
    run({"ovsdb-tool", "create", directory_ / "conf.db", schema});
    database_ = spawn({"ovsdb-server", directory_ / "conf.db", "--remote=punix:" + database(),
                       "--unixctl=" + (directory_ / "ovsdb.ctl")},
                      "ovsdb-server.log");
    wait_for(database());
    vsctl({"--no-wait", "init"});
    start();
  }
  ~Vswitchd() {
    kill(switch_);
    kill(database_);
  }
  Vswitchd(const Vswitchd&) = delete;
  Vswitchd& operator=(const Vswitchd&) = delete;

  // Starts ovs-vswitchd, and waits until it has configured what the database holds.
  void start() {
    // OVS 3.1 makes no upcall threads when it starts within the first seconds after boot.
    while (std::chrono::steady_clock::now().time_since_epoch() < std::chrono::seconds{12})
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    switch_ = spawn({"ovs-vswitchd", "unix:" + database(), "--enable-dummy", "--disable-system",
                     "--unixctl=" + control()},
                    "ovs-vswitchd.log");
    vsctl({"set", "Open_vSwitch", ".", "external_ids:started=" + std::to_string(switch_)});
  }
  // SIGKILL: it has no time to clean up.
  void kill() { kill(switch_); }

  // With ports numbered from 1 on, in this order. Fail mode secure: no flow that nobody asked for.
  void add_bridge(const std::string& name, const std::vector<std::string>& ports) {
    std::vector<std::string> command{
        "add-br", name, "--", "set", "Bridge", name, "datapath_type=dummy", "fail_mode=secure"};
    int number = 0;
    for (const std::string& port : ports) {
      const auto request = "ofport_request=" + std::to_string(++number);
      for (const auto& word :
           {std::string("--"), std::string("add-port"), name, port, std::string("--"),
            std::string("set"), std::string("Interface"), port, std::string("type=dummy"), request})
        command.push_back(word);
    }
    vsctl(command);
  }

  [[nodiscard]] std::string database() const { return directory_ / "db.sock"; }
  [[nodiscard]] std::string directory() const { return directory_.path(); }
  [[nodiscard]] std::string mgmt(const std::string& bridge) const {
    return directory_ / (bridge + ".mgmt");
  }

  // Each returns what the program prints, and throws it when the program fails.
  std::string vsctl(std::vector<std::string> arguments) {
    return run(join({"ovs-vsctl", "--timeout=20", "--db=unix:" + database()}, arguments));
  }
  std::string appctl(std::vector<std::string> arguments) {
    return run(join({"ovs-appctl", "--target=" + control()}, arguments));
  }
  std::string ofctl(std::vector<std::string> arguments) {
    return run(join({"ovs-ofctl", "--timeout=20", "-O", "OpenFlow14"}, arguments));
  }

 private:
  static constexpr const char* schema = "/usr/share/openvswitch/vswitch.ovsschema";
  using Words = std::vector<std::string>;

  static Words join(Words first, const Words& rest) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
  }

  [[nodiscard]] std::string control() const { return directory_ / "vswitchd.ctl"; }

  static void wait_for(const std::string& file) {
    for (int tries = 0; !std::filesystem::exists(file); ++tries) {
      if (tries == 500) throw std::runtime_error(file + " did not appear");
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }

  // The program's output goes to a file in the directory.
  pid_t spawn(Words words, const std::string& output) {
    const std::string rundir = "OVS_RUNDIR=" + directory();
    words.insert(words.begin(), {"env", rundir});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, 1, (directory_ / output).c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::posix_spawn_file_actions_adddup2(&files, 1, 2);
    pid_t pid = -1;
    const int failed = ::posix_spawnp(&pid, argv[0], &files, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed != 0) throw std::runtime_error("cannot start " + words[2]);
    return pid;
  }

  std::string run(const Words& words) {
    const std::string output = "output." + std::to_string(++runs_);
    int status = 0;
    ::waitpid(spawn(words, output), &status, 0);
    std::ifstream file(directory_ / output);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (status != 0) throw std::runtime_error(words[0] + ": " + text);
    return text;
  }

  static void kill(pid_t& pid) {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }

  TempDir directory_;
  int runs_ = 0;
  pid_t database_ = -1;
  pid_t switch_ = -1;
};

}  // namespace linkfab::test
