// The real program in namespaces of the test's own: processes of it, spoken to over TCP, processes
// that stand for containers, and wires: UDP sockets that stand for strangers.
#pragma once

#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/bytes.hpp"
#include "tests/netem/namespaces.hpp"

namespace linkfab::ubridge::test {

using namespace std::chrono_literals;
using netem::EnteredNetns;
using netem::open_netns;
using netem::test::value_of;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Condition>
bool within(std::chrono::milliseconds limit, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

// A child that dies with the test at the latest.
class Child {
 public:
  // Runs in the namespace entered by the caller, its output in a file.
  Child(std::vector<std::string> words, const std::string& output, bool own_namespace = false) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // with its own children, where it is ended
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, 1);
    ::dup2(file, 2);
    if (own_namespace && ::unshare(CLONE_NEWNET) != 0) ::_exit(126);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool is_alive() { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // The exit status; -1 where it did not end by itself.
  int end() {
    int status = 0;
    if (!within(3s, [&] { return ::waitpid(pid_, &status, WNOHANG) != 0; })) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
};

// What a container is to ubridge: a process in a network namespace.
class Container {
 public:
  explicit Container(const std::string& output) : child_({"sleep", "300"}, output, true) {
    const std::string own = fmt::format("/proc/{}/ns/net", child_.pid());
    std::array<char, 64> here{};
    std::array<char, 64> there{};
    (void)::readlink("/proc/thread-self/ns/net", here.data(), here.size() - 1);
    (void)within(3s, [&] {
      there = {};
      return ::readlink(own.c_str(), there.data(), there.size() - 1) > 0 && there != here;
    });
    netns_ = value_of(open_netns(own));
    (void)run("ip link set lo up");
  }

  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  [[nodiscard]] const Fd& netns() const { return netns_; }
  std::string run(const std::string& command) const {
    const auto inside = EnteredNetns::enter(netns_).value();
    return netem::test::output_of((command + " 2>&1").c_str());
  }
  void address(const std::string& device, const std::string& address) const {
    EXPECT_EQ(
        run(fmt::format("ip link set {} up && ip addr add {}/24 dev {}", device, address, device)),
        "");
  }
  // Nobody is in the namespace any more, we neither.
  void die() {
    netns_ = Fd();
    child_.kill();
  }

 private:
  Child child_;
  Fd netns_;
};

class Ubridge {
 public:
  Ubridge(const Fd& netns, const std::string& output, int port, int debug_level = 0,
          std::vector<std::string> words = {UBRIDGE_PROGRAM})
      : output_(output) {
    const auto inside = EnteredNetns::enter(netns).value();
    words.insert(words.end(), {"-H", fmt::format("127.0.0.1:{}", port)});
    if (debug_level > 0) words.insert(words.end(), {"-d", std::to_string(debug_level)});
    child_.emplace(words, output);
    const sockaddr_in address = loopback(port);
    const bool connected = within(5s, [&] {
      socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0;
    });
    EXPECT_TRUE(connected);
  }

  Child& child() { return *child_; }
  [[nodiscard]] std::string log() const { return value_of(read_file(output_)); }

  // All lines of the reply, without CR, joined by LF.
  std::string ask(const std::string& line) const {
    const std::string text = line + "\n";
    if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) return "(closed)";
    std::string out;
    for (std::size_t last = 0;
         out.size() < last + 4 || !out.ends_with('\n') || out[last + 3] != '-';
         last = out.size() < 2 ? 0 : out.rfind('\n', out.size() - 2) + 1) {
      pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 5000) <= 0) return out + "(nothing more)";
      std::array<char, 4096> buffer{};
      const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return out + "(closed)";
      out.append(buffer.data(), static_cast<std::size_t>(count));
      std::erase(out, '\r');
    }
    out.pop_back();
    return out;
  }
  // Each must be answered by 100.
  void tell(const std::vector<std::string>& lines) const {
    for (const std::string& line : lines) EXPECT_THAT(ask(line), HasSubstr("100-")) << line;
  }

 private:
  std::string output_;
  std::optional<Child> child_;
  Fd socket_;
};

// A UDP socket at the far end of a UDP NIO.
class Wire {
 public:
  Wire(const Fd& netns, int port, int to) {
    const auto inside = EnteredNetns::enter(netns).value();
    socket_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in own = loopback(port);
    const sockaddr_in peer = loopback(to);
    const int size = 4 << 20;
    (void)::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer), 0);
  }

  void send(ByteView frame) const { (void)::send(socket_.get(), frame.data(), frame.size(), 0); }
  // Empty where nothing comes.
  [[nodiscard]] Bytes receive(std::chrono::milliseconds patience = 2000ms) const {
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return {};
    Bytes frame(1 << 16);
    const auto count = ::recv(socket_.get(), frame.data(), frame.size(), 0);
    frame.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return frame;
  }
  [[nodiscard]] bool is_quiet() const { return receive(200ms).empty(); }

 private:
  Fd socket_;
};

// Octets that differ from their neighbours, behind a broadcast Ethernet header as far as there is
// room for one.
inline Bytes frame_of(std::size_t size) {
  Bytes frame(size);
  for (std::size_t i = 0; i < size; ++i)
    frame[i] = static_cast<std::uint8_t>(i < 6 ? 0xff : i == 6 ? 0x02 : i * 7 + i / 256);
  if (size >= 14) frame[12] = 0x88, frame[13] = 0xb5;  // for experiments
  return frame;
}

class Running : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to make network namespaces";
    ::setenv("LINKFAB_UBRIDGE_FABRIC", "off", 1);
    host_ = std::make_unique<netem::test::Namespace>(directory_ / "host");
  }

  [[nodiscard]] const Fd& host() const { return host_->fd(); }
  std::string run(const std::string& command) const {
    const auto inside = EnteredNetns::enter(host()).value();
    return netem::test::output_of((command + " 2>&1").c_str());
  }
  std::unique_ptr<Ubridge> start(int number = 1, int debug_level = 0) {
    return std::make_unique<Ubridge>(host(), directory_ / fmt::format("log{}", number),
                                     4000 + number, debug_level);
  }
  std::unique_ptr<Container> contain(int number = 1) {
    return std::make_unique<Container>(directory_ / fmt::format("container{}", number));
  }

  linkfab::test::TempDir directory_;
  std::unique_ptr<netem::test::Namespace> host_;
};

}  // namespace linkfab::ubridge::test
