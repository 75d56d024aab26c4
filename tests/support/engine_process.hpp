// A container engine of the test's own in a TempDir, and the docker command line as a second
// opinion on it.
#pragma once

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace linkfab::test {

class EngineProcess {
 public:
  virtual ~EngineProcess() { stop(); }
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  // Why there is none; empty: it serves.
  [[nodiscard]] const std::string& missing() const { return missing_; }
  [[nodiscard]] std::string socket() const { return directory_ / "engine.sock"; }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  // What `docker ARGUMENTS` prints, both streams, without the last newline. The shell reads the
  // arguments.
  std::string docker(const std::string& arguments) const {
    return shell("docker " + arguments + " 2>&1");
  }

  // Makes an image of busybox and a shell; `changes` are `docker import`'s ("-c 'CMD [\"sh\"]'").
  void import_image(const std::string& name, const std::string& changes = {}) const {
    const std::string root = file("image");
    std::filesystem::create_directories(root + "/bin");
    std::filesystem::copy_file("/usr/bin/busybox", root + "/bin/busybox",
                               std::filesystem::copy_options::overwrite_existing);
    for (const char* applet :
         {"sh", "sleep", "cat", "stty", "head", "yes", "env", "pwd", "id", "rm"}) {
      std::filesystem::remove(root + "/bin/" + applet);
      std::filesystem::create_symlink("busybox", root + "/bin/" + applet);
    }
    std::filesystem::create_directories(root + "/proc");
    const auto said =
        shell("tar -C " + root + " -c . | docker import " + changes + " - " + name + " 2>&1");
    if (docker("image inspect " + name).find("\"Id\"") == std::string::npos) {
      throw std::runtime_error("docker import: " + said);
    }
  }

  void stop() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
    end_descendants();
    unmount_all();
  }

 protected:
  EngineProcess() = default;

  // Runs `words` with `environment` ("NAME=value") added; returns when the socket accepts.
  void start(const std::vector<std::string>& words,
             const std::vector<std::string>& environment = {}) {
    for (const std::string& program : {words.front(), std::string("docker")}) {
      if (shell("command -v " + program).empty()) missing_ = program + " is not installed";
    }
    if (::geteuid() != 0) missing_ = words.front() + " needs root";
    if (!std::filesystem::exists("/usr/bin/busybox")) missing_ = "busybox-static is not installed";
    if (!missing_.empty()) return;
    pid_ = spawn(words, environment);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!accepts()) {
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
      if (pid_ == 0 || std::chrono::steady_clock::now() > deadline) {
        missing_ = words.front() + " does not start here: " + last_line();
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    import_image("linkfab-test:latest");
  }

  std::string missing_;

 private:
  [[nodiscard]] std::string shell(const std::string& command) const {
    const std::string line = "export DOCKER_HOST=unix://" + socket() + "; " + command;
    FILE* output = ::popen(line.c_str(), "r");
    std::string text;
    std::array<char, 4096> part{};
    while (const auto count = std::fread(part.data(), 1, part.size(), output)) {
      text.append(part.data(), count);
    }
    ::pclose(output);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

  [[nodiscard]] pid_t spawn(const std::vector<std::string>& words,
                            const std::vector<std::string>& environment) const {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::string log = file("log");
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork for " + words.front());
    if (child > 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // A test that crashes leaves nothing behind.
    ::dup2(::open("/dev/null", O_RDONLY), 0);
    ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), 1);
    ::dup2(1, 2);
    for (const std::string& entry : environment) ::putenv(const_cast<char*>(entry.c_str()));
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }

  [[nodiscard]] bool accepts() const {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket().copy(address.sun_path, sizeof address.sun_path - 1);
    const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return ok;
  }

  [[nodiscard]] std::string last_line() const {
    std::ifstream log(file("log"));
    std::string last;
    for (std::string line; std::getline(log, line);) last = line;
    return last;
  }

  // Podman's conmon outlives it. Whatever was started for this engine has our directory in its
  // arguments.
  void end_descendants() const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const int process = std::atoi(entry.path().filename().c_str());
      if (process <= 1 || process == ::getpid()) continue;
      std::ifstream file(entry.path() / "cmdline");
      const std::string arguments{std::istreambuf_iterator<char>(file), {}};
      if (arguments.find(directory_.path() + "/") != std::string::npos) ::kill(process, SIGKILL);
    }
  }

  // Engines leave mounts in their directories, and those cannot be removed then. The last mounted
  // comes first.
  void unmount_all() const {
    std::ifstream mounts("/proc/self/mounts");
    std::vector<std::string> ours;
    std::string device;
    std::string place;
    for (std::string line; std::getline(mounts, line);) {
      const auto from = line.find(' ') + 1;
      place = line.substr(from, line.find(' ', from) - from);
      if (place.starts_with(directory_.path() + "/")) ours.insert(ours.begin(), place);
    }
    for (const std::string& mount : ours) ::umount2(mount.c_str(), MNT_DETACH);
  }

  TempDir directory_;
  pid_t pid_ = 0;
};

}  // namespace linkfab::test
