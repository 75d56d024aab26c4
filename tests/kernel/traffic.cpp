#include "tests/kernel/traffic.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sched.h>
#include <set>
#include <stdexcept>
#include <unistd.h>

#include "tests/kernel/lab.hpp"
#include "tests/support/wire.hpp"

namespace linkfab::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t tag_place = 12;  // after both addresses

// The kernel takes the outer tag out of a frame and tells it beside.
void put_tag_back(std::string& frame, const msghdr& message) {
  for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(part))) {
    if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA) continue;
    tpacket_auxdata data{};
    std::memcpy(&data, CMSG_DATA(part), sizeof data);
    if ((data.tp_status & TP_STATUS_VLAN_VALID) == 0) continue;
    const std::array<std::uint16_t, 2> tag{htons(data.tp_vlan_tpid), htons(data.tp_vlan_tci)};
    frame.insert(tag_place, reinterpret_cast<const char*>(tag.data()), sizeof tag);
  }
}

}  // namespace

SteadyPing::SteadyPing(const std::string& node, const std::string& address) {
  ping_ = std::make_unique<Background>(Lab::inside(node, "ping -n -i 0.01 " + address),
                                       directory_ / "ping");
  const auto answered = [this] { return run("grep -q 'bytes from' " + (directory_ / "ping")); };
  if (!eventually([&] { return answered().status == 0; }))
    throw std::runtime_error("no ping from " + node + " to " + address + " is answered");
}

SteadyPing::Count SteadyPing::stop() {
  ping_->signal(SIGINT);
  ping_->wait();
  std::set<int> answered;
  std::ifstream file(directory_ / "ping");
  for (std::string line; std::getline(file, line);) {
    const auto number = line.find("icmp_seq=");
    if (number != std::string::npos && contains(line, "bytes from"))
      answered.insert(std::atoi(line.c_str() + number + 9));
  }
  if (answered.empty()) return {};
  const int last = *answered.rbegin();
  return {.sent = last, .lost = last - static_cast<int>(answered.size())};
}

FrameSocket::FrameSocket(const std::string& netns, const std::string& device) {
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = ::open(netns.c_str(), O_RDONLY | O_CLOEXEC);
  if (::setns(there, CLONE_NEWNET) != 0) throw std::runtime_error("enter " + netns);
  fd_ = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));
  const auto index = static_cast<int>(::if_nametoindex(device.c_str()));
  const sockaddr_ll address{
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
  const bool bound = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int on = 1;
  ::setsockopt(fd_, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
  const packet_mreq all{.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
  ::setsockopt(fd_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
  ::setns(home, CLONE_NEWNET);
  ::close(home);
  ::close(there);
  if (!bound) throw std::runtime_error("bind to " + device + " in " + netns);
}

FrameSocket::~FrameSocket() {
  ::close(fd_);
}

void FrameSocket::send(const std::string& frame) const {
  if (::send(fd_, frame.data(), frame.size(), 0) < 0) throw std::runtime_error("send a frame");
}

std::optional<std::string> FrameSocket::next() const {
  std::array<char, 65536> bytes;
  alignas(cmsghdr) std::array<char, 256> beside{};
  iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
  sockaddr_ll from{};
  msghdr message{.msg_name = &from,
                 .msg_namelen = sizeof from,
                 .msg_iov = &part,
                 .msg_iovlen = 1,
                 .msg_control = beside.data(),
                 .msg_controllen = beside.size(),
                 .msg_flags = 0};
  const auto size = ::recvmsg(fd_, &message, 0);
  if (size < 0) return std::nullopt;
  if (from.sll_pkttype == PACKET_OUTGOING) return std::string();  // sent here
  std::string frame(bytes.data(), static_cast<std::size_t>(size));
  put_tag_back(frame, message);
  return frame;
}

bool FrameSocket::receives(const std::string& frame, milliseconds limit) const {
  const auto end = steady_clock::now() + limit;
  while (steady_clock::now() < end) {
    pollfd polled{.fd = fd_, .events = POLLIN, .revents = 0};
    ::poll(&polled, 1, 10);
    while (const auto received = next())
      if (*received == frame) return true;
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> strange_frames() {
  // The destination and what follows the source address; a payload is added.
  const std::vector<std::array<std::string, 3>> frames{
      {"LLDP", "0180c200000e", "88cc"},
      {"STP", "0180c2000000", "0026424203"},
      {"LACP", "0180c2000002", "8809"},
      {"802.1X", "0180c2000003", "888e"},
      {"PAUSE", "0180c2000001", "8808"},
      {"PVST+", "01000ccccccd", "8100000a0032aaaa03"},
      {"one tag", "02000000beef", "8100006488b5"},
      {"tag of priority 0", "02000000beef", "8100000088b5"},
      {"QinQ", "02000000beef", "88a80064810000c888b5"},
      {"MPLS", "02000000beef", "8847000011ff"},
      {"an unknown type", "ffffffffffff", "88b6"},
  };
  std::vector<std::pair<std::string, std::string>> whole;
  for (const auto& [name, to, rest] : frames) {
    const auto bytes = wire(to + "0200000000aa" + rest);
    std::string frame(bytes.begin(), bytes.end());
    frame += name;  // each is another one
    frame.resize(80, 'x');
    whole.emplace_back(name, frame);
  }
  return whole;
}

}  // namespace linkfab::test
