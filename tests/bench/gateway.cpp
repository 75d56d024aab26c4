// A chain of two gateways between two nodes, each way of carrying it in turns: bench_gateway
// [ROUNDS].
//
// "plain" is a relay as ubridge is one: a thread a direction, a frame a system call. Root; makes
// namespaces of its own. Prints medians over the rounds, and the range.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <sched.h>
#include <thread>
#include <unistd.h>

#include <fmt/core.h>

#include "gateway/programs.hpp"
#include "tests/gateway/fixture.hpp"

namespace linkfab::gateway::test {
namespace {

using Clock = std::chrono::steady_clock;

const std::map<std::string, Path> chain{{"lga", Tunnel{{"127.0.0.1", 1001}, {"127.0.0.1", 1002}}},
                                        {"lgb", Tunnel{{"127.0.0.1", 1002}, {"127.0.0.1", 1001}}}};

// The same over IPv6.
const std::map<std::string, Path> chain6{{"lga", Tunnel{{"::1", 1001}, {"::1", 1002}}},
                                         {"lgb", Tunnel{{"::1", 1002}, {"::1", 1001}}}};

sockaddr_in at(const char* address, std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &where.sin_addr);
  return where;
}

void use(int socket, int (*call)(int, const sockaddr*, socklen_t), const char* address,
         std::uint16_t port) {
  const sockaddr_in where = at(address, port);
  if (call(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    throw std::runtime_error(std::string{"bind or connect: "} + std::strerror(errno));
}

// Microseconds of each round trip of 64 bytes by UDP, sorted.
std::vector<double> round_trips(const Netns& a, const Netns& b, int count) {
  const Fd server = b.socket(AF_INET, SOCK_DGRAM);
  const Fd client = a.socket(AF_INET, SOCK_DGRAM);
  use(server.get(), ::bind, "10.0.0.2", 5001);
  use(client.get(), ::connect, "10.0.0.2", 5001);
  std::thread echo{[&] {
    std::array<char, 64> bytes{};
    sockaddr_in peer{};
    for (int i = 0; i < count; ++i) {
      socklen_t size = sizeof peer;
      if (::recvfrom(server.get(), bytes.data(), bytes.size(), 0,
                     reinterpret_cast<sockaddr*>(&peer), &size) <= 0)
        return;
      ::sendto(server.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&peer),
               size);
    }
  }};
  std::vector<double> times;
  std::array<char, 64> bytes{};
  for (int i = 0; i < count; ++i) {
    const auto start = Clock::now();
    ::send(client.get(), bytes.data(), bytes.size(), 0);
    if (::recv(client.get(), bytes.data(), bytes.size(), 0) <= 0) break;
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  echo.join();
  std::ranges::sort(times);
  return times;
}

double tcp_gigabits(const Netns& a, const Netns& b, std::chrono::milliseconds length) {
  const Fd listener = b.socket(AF_INET, SOCK_STREAM);
  const Fd client = a.socket(AF_INET, SOCK_STREAM);
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  use(listener.get(), ::bind, "10.0.0.2", 5002);
  ::listen(listener.get(), 1);
  std::thread sender{[&] {
    use(client.get(), ::connect, "10.0.0.2", 5002);
    const std::vector<char> bytes(128 * 1024);
    const auto end = Clock::now() + length;
    while (Clock::now() < end && ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0)
      continue;
    ::shutdown(client.get(), SHUT_WR);
  }};
  const Fd accepted{::accept(listener.get(), nullptr, nullptr)};
  std::vector<char> bytes(128 * 1024);
  std::size_t total = 0;
  const auto start = Clock::now();
  for (ssize_t got = 0; (got = ::recv(accepted.get(), bytes.data(), bytes.size(), 0)) > 0;)
    total += static_cast<std::size_t>(got);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  sender.join();
  return static_cast<double>(total) * 8 / seconds / 1e9;
}

std::uint64_t received_frames(const Netns& netns) {
  std::uint64_t frames = 0;
  std::sscanf(netns.run("cat /sys/class/net/eth0/statistics/rx_packets").c_str(), "%lu", &frames);
  return frames;
}

// Frames of 64 bytes (60 and the FCS) a second that arrive, of as many as one sender can offer.
double kiloframes(const Netns& a, const Netns& b, std::chrono::milliseconds length) {
  const Fd socket = a.socket(AF_PACKET, SOCK_RAW);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  value_of(in_netns(a.path(), [&]() -> Result<void> {
    address.sll_ifindex = static_cast<int>(::if_nametoindex("eth0"));
    return {};
  }));
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("bind");
  Bytes bytes = frame(0x0a, 0x88b5, 60);
  iovec part{bytes.data(), bytes.size()};
  std::array<mmsghdr, 64> messages{};
  for (mmsghdr& message : messages) message.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1};
  const std::uint64_t before = received_frames(b);
  const auto start = Clock::now();
  while (Clock::now() < start + length)
    ::sendmmsg(socket.get(), messages.data(), messages.size(), 0);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::this_thread::sleep_for(milliseconds{100});
  return static_cast<double>(received_frames(b) - before) / seconds / 1e3;
}

// The other way to do it.
class PlainRelay {
 public:
  PlainRelay(const Netns& host, const char* outer, std::uint16_t local, std::uint16_t remote)
      : packet_(host.socket(AF_PACKET, SOCK_RAW)), udp_(host.socket(AF_INET, SOCK_DGRAM)) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    value_of(in_netns(host.path(), [&]() -> Result<void> {
      address.sll_ifindex = static_cast<int>(::if_nametoindex(outer));
      return {};
    }));
    const int on = 1;
    ::setsockopt(packet_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (::bind(packet_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind");
    use(udp_.get(), ::bind, "127.0.0.1", local);
    use(udp_.get(), ::connect, "127.0.0.1", remote);
    const timeval often{.tv_sec = 0, .tv_usec = 100000};
    for (const Fd* socket : {&packet_, &udp_})
      ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &often, sizeof often);
    out_ = std::thread{[this] { carry(packet_.get(), udp_.get()); }};
    in_ = std::thread{[this] { carry(udp_.get(), packet_.get()); }};
  }
  ~PlainRelay() {
    done_ = true;
    out_.join();
    in_.join();
  }
  PlainRelay(const PlainRelay&) = delete;
  PlainRelay& operator=(const PlainRelay&) = delete;

 private:
  void carry(int from, int to) const {
    std::vector<char> bytes(65536);
    while (!done_) {
      const auto size = ::recv(from, bytes.data(), bytes.size(), 0);
      if (size > 0) ::send(to, bytes.data(), static_cast<std::size_t>(size), 0);
    }
  }

  Fd packet_, udp_;
  std::atomic<bool> done_ = false;
  std::thread out_, in_;
};

class Bench : public WithRelay {
 public:
  void TestBody() override {}
  Bench() {
    SetUp();
    start_relay_in_this_session();
    programs_ = std::make_unique<Programs>(value_of(Programs::load("bench", directory_ / "state")));
  }
  ~Bench() override {
    apply({});
    ::kill(pid_, SIGTERM);
  }

  void apply(const std::map<std::string, Path>& wanted) {
    value_of(in_netns(host_->path(), [&]() -> Result<void> {
      for (const auto& [outer, error] : programs_->apply(wanted))
        throw std::runtime_error(outer + ": " + format(error));
      return {};
    }));
  }
  void relay(bool on) {
    std::vector<RelayPort> ports;
    if (on)
      ports = {port("lga", "127.0.0.1:1001", "127.0.0.1:1002"),
               port("lgb", "127.0.0.1:1002", "127.0.0.1:1001")};
    for (const auto& [outer, error] : ask(ports))
      throw std::runtime_error(outer + ": " + format(error));
  }
  void measure(const std::string& mode, bool keep) {
    const auto trips = round_trips(*a_, *b_, 5000);
    const double tcp = tcp_gigabits(*a_, *b_, milliseconds{1500});
    const double frames = kiloframes(*a_, *b_, milliseconds{1000});
    if (!keep) return;
    samples_[mode][0].push_back(trips.at(trips.size() / 2));
    samples_[mode][1].push_back(trips.at(trips.size() * 99 / 100));
    samples_[mode][2].push_back(tcp);
    samples_[mode][3].push_back(frames);
  }
  void round(bool keep) {
    {
      const PlainRelay a{*host_, "lga", 1001, 1002};
      const PlainRelay b{*host_, "lgb", 1002, 1001};
      measure("plain", keep);
    }
    relay(true);
    measure("relay", keep);
    relay(false);
    apply(chain);
    measure("kernel", keep);
    if (host_->enable_ipv6("lo")) {
      apply(chain6);
      measure("kernel6", keep);
    }
    apply(splice(chain));
    measure("splice", keep);
    apply({});
  }
  void print() {
    fmt::print("{:8} {:>20} {:>20} {:>20} {:>22}\n", "", "RTT us", "p99 us", "TCP Gbit/s",
               "64-byte kframes/s");
    for (auto& [mode, columns] : samples_) {
      fmt::print("{:8}", mode);
      for (auto& column : columns) {
        std::ranges::sort(column);
        fmt::print(" {:>20}", fmt::format("{:.2f} ({:.2f}-{:.2f})", column[column.size() / 2],
                                          column.front(), column.back()));
      }
      fmt::print("\n");
    }
  }
  // A session of its own is a scheduling group of its own, which would be measured on a busy
  // machine.
  void start_relay_in_this_session() {
    (void)relay_->end(SIGTERM);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execl(LINKFAB_RELAY, LINKFAB_RELAY, "--socket", socket_.c_str(), nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 200 && !ask_relay(socket_, {}); ++i)
      std::this_thread::sleep_for(milliseconds{10});
  }
  // How long one apply() takes with this many tunnels that are there already.
  void print_apply(int count) {
    std::map<std::string, Path> wanted;
    for (int i = 0; i < count; ++i) {
      const std::string name = "lg" + std::to_string(i);
      host_->ip("link add " + name + " type veth peer name lf" + std::to_string(i));
      const auto port = static_cast<std::uint16_t>(20000 + i);
      wanted[name] =
          Tunnel{{"127.0.0.1", port}, {"127.0.0.1", static_cast<std::uint16_t>(port + 10000)}};
    }
    for (const char* what : {"first", "again"}) {
      const auto start = Clock::now();
      apply(wanted);
      fmt::print("apply of {} tunnels, {}: {:.1f} ms\n", count, what,
                 std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    const auto start = Clock::now();
    apply({});
    fmt::print("taken away: {:.1f} ms\n",
               std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }

 private:
  int pid_ = -1;
  std::unique_ptr<Programs> programs_;
  std::map<std::string, std::array<std::vector<double>, 4>> samples_;
};

}  // namespace
}  // namespace linkfab::gateway::test

int main(int argc, char** argv) {
  if (::geteuid() != 0) return std::fputs("bench_gateway: needs root\n", stderr), 1;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  linkfab::gateway::test::Bench bench;
  for (int i = 0; i <= rounds; ++i) bench.round(i > 0);  // the first warms up
  bench.print();
  bench.print_apply(500);
}
