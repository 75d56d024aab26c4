#include "tests/gateway/fixture.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace linkfab::gateway::test {
namespace {

std::string checked(const std::string& command, int& status) {
  std::string text;
  std::array<char, 1024> part{};
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) text += part.data();
  status = ::pclose(pipe);
  return text;
}

bool readable(int fd, milliseconds limit) {
  pollfd event{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&event, 1, static_cast<int>(limit.count())) > 0;
}

void set_limit(int socket) {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

sockaddr_in ipv4(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string{what} + ": " + std::strerror(errno));
}

std::uint8_t pattern(std::size_t i) {
  return static_cast<std::uint8_t>(i * 7 + i / 251);
}

}  // namespace

std::string output_of(const std::string& command) {
  int status = 0;
  return checked(command, status);
}

void must(const std::string& command) {
  int status = 0;
  const std::string text = checked(command, status);
  if (status != 0) throw std::runtime_error(command + ": " + text);
}

Netns::Netns(const std::string& name) : name_("lgt" + std::to_string(::getpid()) + name) {
  must("ip netns add " + name_);
  // Without chatter.
  must("ip netns exec " + name_ +
       " sh -c '[ ! -d /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6"
       " && ip link set lo up'");
}

void Netns::ip(const std::vector<std::string>& all) const {
  std::string lines;
  for (const auto& arguments : all) lines += " '" + arguments + "'";
  must("printf '%s\\n'" + lines + " | ip -n " + name_ + " -batch -");
}

Netns::~Netns() {
  try {
    (void)output_of("ip netns delete " + name_);
  } catch (const std::runtime_error& error) {
    (void)std::fprintf(stderr, "namespace %s stays: %s\n", name_.c_str(), error.what());
  }
}

bool Netns::enable_ipv6(const std::string& device) const {
  return run("sh -c 'echo 0 >/proc/sys/net/ipv6/conf/" + device + "/disable_ipv6'").empty();
}

Fd Netns::socket(int family, int type, int protocol) const {
  Fd fd;
  value_of(in_netns(path(), [&]() -> Result<void> {
    fd = Fd{::socket(family, type | SOCK_CLOEXEC, protocol)};
    if (!fd) return system_failure("open a socket");
    return {};
  }));
  set_limit(fd.get());
  return fd;
}

RawEnd::RawEnd(const Netns& netns, const std::string& device)
    : fd_(netns.socket(AF_PACKET, SOCK_RAW)) {
  unsigned index = 0;
  value_of(in_netns(netns.path(), [&]() -> Result<void> {
    index = ::if_nametoindex(device.c_str());
    return {};
  }));
  const int on = 1;
  check(::setsockopt(fd_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0, "packet");
  check(::setsockopt(fd_.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) == 0, "auxdata");
  const int room = 16 << 20;  // for what arrives before it is looked at
  check(::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) == 0, "room");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  check(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
}

void RawEnd::send(const Bytes& frame) const {
  check(::send(fd_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()),
        "send a frame");
}

Bytes RawEnd::receive(std::uint8_t source, milliseconds limit) const {
  while (readable(fd_.get(), limit)) {
    Bytes frame(70000);
    alignas(cmsghdr) std::array<std::uint8_t, 128> control{};
    iovec part{frame.data(), frame.size()};
    msghdr message{.msg_iov = &part,
                   .msg_iovlen = 1,
                   .msg_control = control.data(),
                   .msg_controllen = control.size()};
    const auto size = ::recvmsg(fd_.get(), &message, 0);
    if (size < 0) return {};
    frame.resize(static_cast<std::size_t>(size));
    if (frame.size() < 12 || frame[6] != source || frame[11] != source) continue;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_type != PACKET_AUXDATA) continue;
      const auto* told = reinterpret_cast<const tpacket_auxdata*>(CMSG_DATA(c));
      if ((told->tp_status & TP_STATUS_VLAN_VALID) != 0)
        frame = tagged(frame, told->tp_vlan_tpid, told->tp_vlan_tci);
    }
    return frame;
  }
  return {};
}

UdpEnd::UdpEnd(const Netns& netns, const std::string& local, const std::string& remote) {
  const auto from = value_of(to_socket_address(value_of(parse_udp_address(local))));
  const auto to = value_of(to_socket_address(value_of(parse_udp_address(remote))));
  fd_ = netns.socket(from.storage.ss_family, SOCK_DGRAM);
  const int room = 4 << 20;  // for a burst that arrives at once
  (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  check(::bind(fd_.get(), from.get(), from.size) == 0, "bind");
  check(::connect(fd_.get(), to.get(), to.size) == 0, "connect");
}

void UdpEnd::send(const Bytes& payload) const {
  check(
      ::send(fd_.get(), payload.data(), payload.size(), 0) == static_cast<ssize_t>(payload.size()),
      "send a datagram");
}

Bytes UdpEnd::receive(milliseconds limit) const {
  if (!readable(fd_.get(), limit)) return {};
  Bytes payload(70000);
  const auto size = ::recv(fd_.get(), payload.data(), payload.size(), 0);
  payload.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return payload;
}

Bytes frame(std::uint8_t source, std::uint16_t type, std::size_t size) {
  Bytes bytes{0x02, 0, 0, 0, 0, 0xbb};
  bytes.insert(bytes.end(), 6, source);
  bytes.push_back(static_cast<std::uint8_t>(type >> 8));
  bytes.push_back(static_cast<std::uint8_t>(type));
  while (bytes.size() < size) bytes.push_back(pattern(bytes.size()));
  return bytes;
}

Bytes tagged(const Bytes& frame, std::uint16_t type, std::uint16_t tag) {
  Bytes bytes{frame.begin(), frame.begin() + 12};
  for (const std::uint16_t word : {type, tag}) {
    bytes.push_back(static_cast<std::uint8_t>(word >> 8));
    bytes.push_back(static_cast<std::uint8_t>(word));
  }
  bytes.insert(bytes.end(), frame.begin() + 12, frame.end());
  return bytes;
}

std::size_t tcp_through(const Netns& from, const Netns& to, const std::string& address,
                        std::size_t size) {
  const Fd listener = to.socket(AF_INET, SOCK_STREAM);
  const Fd client = from.socket(AF_INET, SOCK_STREAM);
  const sockaddr_in where = ipv4(address, 4000);
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  check(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0,
        "bind");
  check(::listen(listener.get(), 1) == 0, "listen");
  std::thread sender{[&] {
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
      return;
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = pattern(i);
    for (std::size_t done = 0; done < size;) {
      const auto sent = ::send(client.get(), &bytes[done], size - done, MSG_NOSIGNAL);
      if (sent <= 0) break;
      done += static_cast<std::size_t>(sent);
    }
    ::shutdown(client.get(), SHUT_WR);
  }};
  std::size_t good = 0;
  if (const Fd accepted{::accept(listener.get(), nullptr, nullptr)}) {
    set_limit(accepted.get());
    std::array<std::uint8_t, 65536> part{};
    for (ssize_t got = 0; (got = ::recv(accepted.get(), part.data(), part.size(), 0)) > 0;) {
      for (ssize_t i = 0; i < got; ++i, ++good) {
        if (part[static_cast<std::size_t>(i)] != pattern(good)) break;
      }
    }
  }
  sender.join();
  return good;
}

int udp_echoes(const Netns& from, const Netns& to, const std::string& address, int count,
               std::size_t size) {
  const Fd server = to.socket(AF_INET, SOCK_DGRAM);
  const Fd client = from.socket(AF_INET, SOCK_DGRAM);
  const sockaddr_in where = ipv4(address, 4001);
  check(::bind(server.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0, "bind");
  check(::connect(client.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0,
        "connect");
  int good = 0;
  for (int i = 0; i < count; ++i) {
    Bytes sent(size);
    for (std::size_t at = 0; at < size; ++at) sent[at] = pattern(at + static_cast<std::size_t>(i));
    Bytes got(size + 1);
    sockaddr_in peer{};
    socklen_t peer_size = sizeof peer;
    ::send(client.get(), sent.data(), sent.size(), 0);
    if (!readable(server.get(), milliseconds{1000})) return good;
    const auto asked = ::recvfrom(server.get(), got.data(), got.size(), 0,
                                  reinterpret_cast<sockaddr*>(&peer), &peer_size);
    ::sendto(server.get(), got.data(), static_cast<std::size_t>(asked), 0,
             reinterpret_cast<sockaddr*>(&peer), peer_size);
    if (!readable(client.get(), milliseconds{1000})) return good;
    const auto back = ::recv(client.get(), got.data(), got.size(), 0);
    got.resize(static_cast<std::size_t>(std::max<ssize_t>(back, 0)));
    if (got == sent) ++good;
  }
  return good;
}

EchoServer::EchoServer(const Netns& netns)
    : udp_(netns.socket(AF_INET, SOCK_DGRAM)), tcp_(netns.socket(AF_INET, SOCK_STREAM)) {
  const sockaddr_in where = ipv4("0.0.0.0", 7);
  for (const Fd* socket : {&udp_, &tcp_})
    check(::bind(socket->get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0,
          "bind");
  check(::listen(tcp_.get(), 4) == 0, "listen");
  thread_ = std::thread{[this] {
    std::array<std::uint8_t, 2048> bytes{};
    sockaddr_in peer{};
    for (;;) {
      socklen_t size = sizeof peer;
      const auto got = ::recvfrom(udp_.get(), bytes.data(), bytes.size(), 0,
                                  reinterpret_cast<sockaddr*>(&peer), &size);
      if (got == 0) return;  // shut down
      if (got > 0)
        ::sendto(udp_.get(), bytes.data(), static_cast<std::size_t>(got), 0,
                 reinterpret_cast<sockaddr*>(&peer), size);
    }
  }};
}

EchoServer::~EchoServer() {
  ::shutdown(udp_.get(), SHUT_RDWR);
  thread_.join();
}

Child::Child(const std::vector<std::string>& command, const Netns* inside) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const std::string path = inside == nullptr ? "" : inside->path();
  int terminal = -1;
  pid_ = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid_ == 0) {
    if (!path.empty()) {
      const int there = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (::setns(there, CLONE_NEWNET) != 0) ::_exit(126);
    }
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  terminal_ = Fd{terminal};
}

Child::~Child() {
  if (pid_ > 0) (void)end(SIGKILL);
}

int Child::end(int signal) {
  ::kill(pid_, signal);
  int status = -1;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status;
}

void Child::say(const std::string& text) const {
  check(::write(terminal_.get(), text.data(), text.size()) > 0, "write to a child");
}

std::string Child::hear(const std::string& until, milliseconds limit) const {
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (text.find(until) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    if (!readable(terminal_.get(), milliseconds{100})) continue;
    std::array<char, 1024> part{};
    const auto size = ::read(terminal_.get(), part.data(), part.size());
    if (size <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

void WithNodes::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make network namespaces";
  if (output_of("ip -V").find("iproute2") == std::string::npos) GTEST_SKIP() << "there is no ip";
  host_ = std::make_unique<Netns>("host");
  a_ = make_node("a", 1);
  b_ = make_node("b", 2);
}

std::unique_ptr<Netns> WithNodes::make_node(const std::string& name, int number, int mtu) {
  auto node = std::make_unique<Netns>(name);
  host_->ip({"link add lg" + name + " mtu 9216 type veth peer name eth0 netns " + node->name() +
                 " mtu " + std::to_string(mtu),
             "link set lg" + name + " up"});
  must("ip netns exec " + node->name() + " ethtool -K eth0 tx off tso off gso off");
  node->ip({"address add 10.0.0." + std::to_string(number) + "/24 dev eth0", "link set eth0 up"});
  return node;
}

void WithRelay::SetUp() {
  WithNodes::SetUp();
  if (!IsSkipped()) start_relay();
}

void WithRelay::start_relay() {
  socket_ = directory_ / "relay";
  relay_ = std::make_unique<Child>(std::vector<std::string>{LINKFAB_RELAY, "--socket", socket_});
  for (int i = 0; i < 200 && !ask_relay(socket_, {}); ++i)
    std::this_thread::sleep_for(milliseconds{10});
}

RelayPort WithRelay::port(const std::string& outer, const std::string& local,
                          const std::string& remote, std::uint32_t longer_than) const {
  return {.outer = outer,
          .netns = host_->path(),
          .local = value_of(parse_udp_address(local)),
          .remote = value_of(parse_udp_address(remote)),
          .longer_than = longer_than};
}

}  // namespace linkfab::gateway::test
