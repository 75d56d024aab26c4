#include "gateway/relay_wire.hpp"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gateway/netns.hpp"

namespace linkfab::gateway {
namespace {

constexpr int buffer_size = 8 * 1024 * 1024;

// Bursts of a whole window of TCP must find room. Only with CAP_NET_ADMIN more than the system's
// limit is given; less is no error.
void make_room(int socket) {
  for (const auto& [forced, asked] :
       {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}}) {
    if (::setsockopt(socket, SOL_SOCKET, forced, &buffer_size, sizeof buffer_size) != 0)
      (void)::setsockopt(socket, SOL_SOCKET, asked, &buffer_size, sizeof buffer_size);
  }
}

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

// Lets only frames longer than this through, counting the tag that the kernel took out.
bool take_longer_than(int socket, std::uint32_t length) {
  constexpr auto has_tag = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT);
  std::array<sock_filter, 8> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, has_tag),
      BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, length, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0x40000),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog program{.len = code.size(), .filter = code.data()};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

}  // namespace

Result<void> RelayWire::open() {
  return in_netns(port_.netns, [this] { return open_here(); });
}

Result<void> RelayWire::open_here() {
  const auto netns = netns_cookie();
  if (!netns) return std::unexpected(netns.error());
  if (*netns != netns_) {
    udp_.reset();
    packet_.reset();
    netns_ = *netns;
  }
  if (packet_ && bound_device() != static_cast<int>(::if_nametoindex(port_.outer.c_str())))
    packet_.reset();
  // Both are tried: what can be held is held.
  const auto udp = udp_ ? Result<void>{} : open_udp();
  const auto packet = packet_ ? Result<void>{} : open_packet();
  down_ = packet_ && !device_is_up();
  return udp ? packet : udp;
}

Result<void> RelayWire::open_udp() {
  const auto local = to_socket_address(port_.local);
  if (!local) return std::unexpected(local.error());
  const auto remote = to_socket_address(port_.remote);
  if (!remote) return std::unexpected(remote.error());
  if (is_ipv6(port_.local) != is_ipv6(port_.remote))
    return failure(Errc::invalid, "join " + format(port_.local) + " to " + format(port_.remote),
                   "one is IPv4, the other IPv6");
  Fd socket{::socket(local->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return system_failure("open a UDP socket");
  make_room(socket.get());
  (void)set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  // Frames longer than the path's MTU are sent in fragments, whatever the path said before.
  if (is_ipv6(port_.local))
    (void)set(socket.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
  else
    (void)set(socket.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
  if (::bind(socket.get(), local->get(), local->size) != 0)
    return system_failure("bind " + format(port_.local));
  if (::connect(socket.get(), remote->get(), remote->size) != 0)
    return system_failure("connect " + format(port_.local) + " to " + format(port_.remote));
  udp_ = std::move(socket);
  return {};
}

Result<void> RelayWire::open_packet() {
  const std::string attempt = "open device " + port_.outer;
  // Protocol 0: nothing arrives before everything is set.
  Fd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return system_failure(attempt);
  const unsigned index = ::if_nametoindex(port_.outer.c_str());
  if (index == 0) return system_failure(attempt);
  make_room(socket.get());
  if (!set(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) ||
      !set(socket.get(), SOL_PACKET, PACKET_AUXDATA, 1) ||
      !set(socket.get(), SOL_PACKET, PACKET_VNET_HDR, 1) ||
      !take_longer_than(socket.get(), port_.longer_than))
    return system_failure(attempt);
  // Frames for any address come by: a veth takes all that its other end sends.
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return system_failure(attempt);
  packet_ = std::move(socket);
  return {};
}

// The socket of a device that was removed is bound to none.
int RelayWire::bound_device() const {
  sockaddr_ll address{};
  socklen_t size = sizeof address;
  if (::getsockname(packet_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  return address.sll_ifindex;
}

bool RelayWire::device_is_up() const {
  ifreq request{};
  std::strncpy(request.ifr_name, port_.outer.c_str(), sizeof request.ifr_name - 1);
  return ::ioctl(packet_.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

void RelayWire::set_longer_than(std::uint32_t longer_than) {
  port_.longer_than = longer_than;
  if (packet_) (void)take_longer_than(packet_.get(), longer_than);
}

bool RelayWire::from_fabric(FrameBatch& batch) {
  const int error = batch.receive_frames(packet_.get());
  if (error == 0 && udp_) (void)batch.send_datagrams(udp_.get(), largest_batched_);
  if (error == 0 || error == EAGAIN || error == EINTR) return true;
  down_ = error == ENETDOWN;
  return !down_;
}

// An error is one that a former datagram met at the peer; reading it makes room for the next.
void RelayWire::from_peer(FrameBatch& batch) {
  if (batch.receive_datagrams(udp_.get()) == 0 && packet_) (void)batch.send_frames(packet_.get());
}

}  // namespace linkfab::gateway
