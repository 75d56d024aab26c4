// The program as a process, spoken to over TCP as its clients do.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/fd.hpp"

namespace linkfab::ubridge {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Clock = std::chrono::steady_clock;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A listening socket; port 0 in, the port out.
Fd listening(int& port) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(port);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(socket.get(), 1), 0);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return socket;
}

int free_port() {
  int port = 0;
  (void)listening(port);
  return port;
}

class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port);
    for (int i = 0; i < 200 && !connected_; ++i) {
      connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                             sizeof address) == 0;
      if (!connected_) std::this_thread::sleep_for(20ms);
    }
    EXPECT_TRUE(connected_);
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // What comes until it ends with `end`, the connection ends, or nothing comes for a while.
  std::string receive(std::string_view end, std::chrono::milliseconds patience = 5000ms) const {
    std::string out;
    while (end.empty() || !out.ends_with(end)) {
      pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return out + "(nothing more)";
      std::array<char, 4096> buffer{};
      const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return out + "(closed)";
      out.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return out;
  }

  std::string ask(const std::string& line) const {
    send(line + "\n");
    return receive("\r\n");
  }

  // Sends as much as the other side takes within a while.
  void flood(const std::string& bytes) const {
    ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
    int refused = 0;
    for (int i = 0; i < 20000 && refused < 20; ++i) {
      if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) continue;
      ++refused;
      std::this_thread::sleep_for(5ms);
    }
  }

 private:
  Fd socket_;
  bool connected_ = false;
};

class Program : public testing::Test {
 protected:
  void SetUp() override {
    directory =
        std::filesystem::temp_directory_path() / ("linkfab-ubridge-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory);
  }

  void TearDown() override {
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    std::filesystem::remove_all(directory);
  }

  void start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ubridge");
    std::vector<char*> words;
    for (auto& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    const std::string out = directory / "out";
    const std::string err = directory / "err";
    pid = ::fork();
    if (pid != 0) return;
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    if (::chdir(directory.c_str()) == 0) ::execv(UBRIDGE_PROGRAM, words.data());
    ::_exit(127);
  }

  void listen() {
    port = free_port();
    start({"-H", "127.0.0.1:" + std::to_string(port)});
  }

  // The exit status; -1 where it was killed or did not end in time.
  int end(std::chrono::milliseconds patience = 5000ms) {
    const auto last = Clock::now() + patience;
    int status = 0;
    while (::waitpid(pid, &status, WNOHANG) == 0) {
      if (Clock::now() > last) return -1;
      std::this_thread::sleep_for(5ms);
    }
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string text(const std::string& file) { return read_file(directory / file).value_or(""); }

  // Waits until the output has the text.
  bool says(const std::string& wanted) {
    for (int i = 0; i < 500; ++i) {
      if (text("out").find(wanted) != std::string::npos) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  std::filesystem::path directory;
  pid_t pid = 0;
  int port = 0;
};

TEST_F(Program, SaysItsVersionInTwoWays) {
  start({"-v"});
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(text("out"), "ubridge version 0.9.19\n");
  EXPECT_EQ(text("err"), "");
}

TEST_F(Program, ListsTheDevices) {
  start({"-e"});
  EXPECT_EQ(end(), 0);
  EXPECT_THAT(text("out"), StartsWith("Network device list:\n\n"));
  EXPECT_THAT(text("out"), HasSubstr("  lo => "));
  EXPECT_THAT(text("out"), EndsWith("\n\n"));
}

TEST_F(Program, RefusesUnknownOptionsAndShowsItsUsage) {
  start({"-x"});
  EXPECT_EQ(end(), 1);
  EXPECT_EQ(text("err"), "ubridge: invalid option -- 'x'\n");
  start({"-h"});
  EXPECT_EQ(end(), 0);
  EXPECT_THAT(text("out"), HasSubstr("-H "));
}

TEST_F(Program, AnswersAndStops) {
  listen();
  const Client client(port);
  EXPECT_EQ(client.ask("hypervisor version"), "100-0.9.19\r\n");
  EXPECT_EQ(client.ask("bridge create a"), "100-bridge 'a' created\r\n");
  EXPECT_EQ(client.ask("hypervisor stop"), "100-OK\r\n");
  const auto stopped = Clock::now();
  EXPECT_EQ(end(), 0);
  EXPECT_LT(Clock::now() - stopped, 500ms);
  EXPECT_EQ(client.receive(""), "(closed)");
  EXPECT_THAT(text("out"), StartsWith("uBridge version 0.9.19 running with libpcap version "));
  EXPECT_THAT(text("out"), EndsWith("\nHypervisor TCP control server started (IP 127.0.0.1 port " +
                                    std::to_string(port) +
                                    ").\n"
                                    "Hypervisor: closing control sockets.\n"
                                    "Hypervisor: closing remote client connections.\n"
                                    "Hypervisor: stopped.\n"));
}

TEST_F(Program, ListensOnEveryAddressWithoutAHost) {
  port = free_port();
  start({"-H", std::to_string(port)});
  const Client client(port);
  EXPECT_EQ(client.ask("hypervisor version"), "100-0.9.19\r\n");
  EXPECT_THAT(text("out"), EndsWith("server started (port " + std::to_string(port) + ").\n"));
}

TEST_F(Program, APortThatIsTakenIsNoErrorStatus) {
  const Fd other = listening(port);
  start({"-H", "127.0.0.1:" + std::to_string(port)});
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(text("err"), "Hypervisor: unable to create TCP sockets.\n");
  start({"-H", "127.0.0.1:70000"});
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(text("err"), "Hypervisor: unable to create TCP sockets.\n");
}

TEST_F(Program, CommandsOfOnePacketAreAnsweredInOrder) {
  listen();
  const Client client(port);
  client.send("bridge create a\r\nbridge create b\n\nbridge list\nhypervisor version\n");
  EXPECT_EQ(client.receive("100-0.9.19\r\n"),
            "100-bridge 'a' created\r\n100-bridge 'b' created\r\n"
            "200-At least a module and a command must be specified\r\n"
            "101 b (NIOs = 0)\r\n101 a (NIOs = 0)\r\n100-OK\r\n100-0.9.19\r\n");
}

TEST_F(Program, ACommandMayArriveInPieces) {
  listen();
  const Client client(port);
  for (const char letter : std::string("hypervisor ver")) client.send({&letter, 1});
  EXPECT_EQ(client.receive("\r\n", 50ms), "(nothing more)");
  client.send("sion\r");
  EXPECT_EQ(client.receive("\r\n", 50ms), "(nothing more)");
  client.send("\n");
  EXPECT_EQ(client.receive("\r\n"), "100-0.9.19\r\n");
}

TEST_F(Program, ClientsSeeTheSameBridgesAndCloseOnlyThemselves) {
  listen();
  const Client first(port);
  const Client second(port);
  EXPECT_EQ(first.ask("bridge create a"), "100-bridge 'a' created\r\n");
  EXPECT_EQ(second.ask("bridge create a"), "206-bridge 'a' already exist\r\n");
  first.send("hypervisor close\nhypervisor version\n");
  EXPECT_EQ(first.receive(""), "100-OK\r\n(closed)");
  second.send("bridge list\n");
  EXPECT_EQ(second.receive("100-OK\r\n"), "101 a (NIOs = 0)\r\n100-OK\r\n");
}

TEST_F(Program, ADisconnectFreesNothing) {
  listen();
  {
    EXPECT_EQ(Client(port).ask("bridge create a"), "100-bridge 'a' created\r\n");
  }
  EXPECT_EQ(Client(port).ask("bridge create a"), "206-bridge 'a' already exist\r\n");
}

TEST_F(Program, WhoDoesNotReadOrNeverEndsALineHoldsUpNobody) {
  listen();
  const Client greedy(port);
  const Client endless(port);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "hypervisor cmd_list bridge\n";
  greedy.flood(many);
  endless.flood(std::string(65536, 'x'));
  const Client patient(port);
  const auto asked = Clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(patient.ask("hypervisor version"), "100-0.9.19\r\n");
  EXPECT_LT(Clock::now() - asked, 2s);
  EXPECT_EQ(endless.receive("\r\n"), "200-Parse error: line too long\r\n");
  EXPECT_EQ(patient.ask("hypervisor stop"), "100-OK\r\n");
  EXPECT_EQ(end(500ms), 0);
}

TEST_F(Program, SurvivesHangupAndPipeAndEndsAtTermination) {
  for (const int number : {SIGTERM, SIGINT}) {
    listen();
    const Client client(port);
    EXPECT_EQ(client.ask("bridge create a"), "100-bridge 'a' created\r\n");
    ::kill(pid, SIGHUP);
    ::kill(pid, SIGPIPE);
    EXPECT_EQ(client.ask("hypervisor version"), "100-0.9.19\r\n");
    ::kill(pid, number);
    EXPECT_EQ(end(500ms), 0);
    EXPECT_THAT(text("out"), EndsWith("Hypervisor: stopped.\n"));
  }
}

TEST_F(Program, WithoutAnIniFileItEndsAndSaysSo) {
  start({});
  EXPECT_EQ(end(), 0);
  EXPECT_EQ(text("err"), "iniparser: cannot open ubridge.ini\n");
}

TEST_F(Program, ReadsItsIniFileAgainAtHangup) {
  const std::string good = "source_tap = t\ndestination_udp = 1:h:2\n";
  ASSERT_TRUE(write_file(directory / "ubridge.ini", "[a]\n" + good + "pcap_file = f\n[b]\n"));
  start({});
  EXPECT_TRUE(says("unknown link type (null), assuming Ethernet.\n"));
  EXPECT_TRUE(says("bridge 'b': source NIO not found\n"));
  ASSERT_TRUE(write_file(directory / "ubridge.ini", "[a]\n" + good + "[c]\n"));
  ::kill(pid, SIGHUP);
  EXPECT_TRUE(says("bridge 'c': source NIO not found\n"));
  EXPECT_EQ(text("out").find("already exist"), std::string::npos);
  ::kill(pid, SIGTERM);
  EXPECT_EQ(end(500ms), 0);
}

}  // namespace
}  // namespace linkfab::ubridge
