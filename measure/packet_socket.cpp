#include "measure/packet_socket.hpp"

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace linkfab::measure {
namespace {

constexpr int receive_buffer = 8 << 20;
constexpr std::size_t largest_frame = 65536;

nanoseconds time_of(const timespec& stamp) {
  return std::chrono::seconds(stamp.tv_sec) + nanoseconds(stamp.tv_nsec);
}

// What has our EtherType or our mark: one flipped bit hides only one of them.
std::array<sock_filter, 6> probes_only() {
  const auto jump = [](std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
  };
  return {sock_filter{BPF_LD | BPF_H | BPF_ABS, 0, 0, 12},
          jump(probe_ethertype, 2, 0),
          {BPF_LD | BPF_W | BPF_ABS, 0, 0, 14},
          jump(probe_mark, 0, 1),
          {BPF_RET | BPF_K, 0, 0, 0xffffffff},
          {BPF_RET | BPF_K, 0, 0, 0}};
}

template <class Value>
bool set(const Fd& fd, int level, int option, const Value& value) {
  return ::setsockopt(fd.get(), level, option, &value, sizeof value) == 0;
}

Result<void> prepare_receiver(const Fd& fd) {
  auto code = probes_only();
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (!set(fd, SOL_SOCKET, SO_ATTACH_FILTER, program)) return system_failure("filter probes");
  if (!set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)) return system_failure("ignore own frames");
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer) &&
      !set(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer))
    return system_failure("set a receive buffer");
  return {};
}

Result<void> prepare(const Fd& fd, PacketSocket::Use use) {
  unsigned stamps = SOF_TIMESTAMPING_SOFTWARE;
  switch (use) {
    case PacketSocket::Use::burst:
      // The node's own qdisc is not what is measured.
      if (!set(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1)) return system_failure("pass by the qdisc");
      return {};
    case PacketSocket::Use::send:
      stamps |=
          SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
      break;
    case PacketSocket::Use::receive:
      stamps |= SOF_TIMESTAMPING_RX_SOFTWARE;
      if (auto done = prepare_receiver(fd); !done) return done;
      break;
  }
  if (!set(fd, SOL_SOCKET, SO_TIMESTAMPING, stamps)) return system_failure("ask for time stamps");
  return {};
}

}  // namespace

nanoseconds now() {
  timespec stamp{};
  ::clock_gettime(CLOCK_REALTIME, &stamp);
  return time_of(stamp);
}

Result<PacketSocket> PacketSocket::open(const std::string& interface, Use use) {
  Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (fd.get() < 0) return system_failure("open a packet socket");
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(fd.get(), SIOCGIFHWADDR, &request) < 0)
    return system_failure("look up interface " + interface);
  Mac mac{};
  std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  if (::ioctl(fd.get(), SIOCGIFINDEX, &request) < 0)
    return system_failure("look up interface " + interface);

  if (auto done = prepare(fd, use); !done) return std::unexpected(done.error());
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = use == Use::receive ? htons(ETH_P_ALL) : 0;
  address.sll_ifindex = request.ifr_ifindex;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return system_failure("bind to interface " + interface);
  return PacketSocket{std::move(fd), mac};
}

bool PacketSocket::send(std::span<const std::uint8_t> frame) {
  return ::send(fd_.get(), frame.data(), frame.size(), 0) >= 0;
}

std::size_t PacketSocket::send(std::span<const std::vector<std::uint8_t>> frames) {
  constexpr std::size_t most = 64;
  std::array<mmsghdr, most> messages{};
  std::array<iovec, most> parts{};
  const auto count = std::min(frames.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    // The kernel only reads what it is given here.
    parts.at(i) = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
    messages.at(i).msg_hdr.msg_iov = &parts.at(i);
    messages.at(i).msg_hdr.msg_iovlen = 1;
  }
  const int sent = ::sendmmsg(fd_.get(), messages.data(), static_cast<unsigned>(count), 0);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::optional<PacketSocket::Sent> PacketSocket::sent_time() {
  alignas(cmsghdr) std::array<char, 512> control{};
  msghdr message{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(fd_.get(), &message, MSG_ERRQUEUE) < 0) return std::nullopt;
  Sent sent;
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPING) {
      scm_timestamping stamps{};
      std::memcpy(&stamps, CMSG_DATA(part), sizeof stamps);
      timespec software{};
      std::memcpy(&software, &stamps.ts[0], sizeof software);
      sent.time = time_of(software);
    } else if (part->cmsg_level == SOL_PACKET && part->cmsg_type == PACKET_TX_TIMESTAMP) {
      sock_extended_err which{};
      std::memcpy(&which, CMSG_DATA(part), sizeof which);
      sent.number = which.ee_data;
    }
  }
  return sent;
}

std::optional<Stamped> receive_stamped(const Fd& socket, std::span<std::uint8_t> buffer) {
  alignas(cmsghdr) std::array<char, 512> control{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto size = ::recvmsg(socket.get(), &message, 0);
  if (size < 0) return std::nullopt;
  Stamped received{.size = static_cast<std::size_t>(size), .time = now()};
  for (auto* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level != SOL_SOCKET) continue;
    if (each->cmsg_type != SCM_TIMESTAMPING && each->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec software{};  // of scm_timestamping the first
    std::memcpy(&software, CMSG_DATA(each), sizeof software);
    if (software.tv_sec != 0) received.time = time_of(software);
  }
  return received;
}

std::optional<PacketSocket::Received> PacketSocket::receive() {
  buffer_.resize(largest_frame);
  const auto got = receive_stamped(fd_, buffer_);
  if (!got) return std::nullopt;
  return Received{.frame = {buffer_.data(), got->size}, .time = got->time};
}

}  // namespace linkfab::measure
