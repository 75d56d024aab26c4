#include "measure/echo_socket.hpp"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "measure/host.hpp"
#include "measure/packet_socket.hpp"

namespace linkfab::measure {
namespace {

constexpr int echo_buffer = 1 << 20;
constexpr std::size_t largest_packet = 2048;

// What is not an answer never gets as far as the socket.
bool let_pass_replies_only(int fd, int family) {
  if (family == AF_INET6) {
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    return ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0;
  }
  // ICMP_FILTER of linux/icmp.h, which the C library's headers do not go with.
  constexpr int raw_level = 255;
  constexpr int icmp_filter = 1;
  constexpr std::uint32_t kept_away = ~(1U << ICMP_ECHOREPLY);
  return ::setsockopt(fd, raw_level, icmp_filter, &kept_away, sizeof kept_away) == 0;
}

}  // namespace

Result<EchoSocket> EchoSocket::open(int family, const std::optional<netem::Prefix>& from) {
  Fd fd{::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                 family == AF_INET6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP})};
  if (!fd) return system_failure("open a raw socket");
  if (!let_pass_replies_only(fd.get(), family)) return system_failure("filter echo replies");
  constexpr int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
    return system_failure("ask for time stamps");
  if (from) {
    const auto address = socket_address(*from);
    if (::bind(fd.get(), address.get(), address.size) != 0)
      return system_failure("send from " + netem::format_address(*from));
  }
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &echo_buffer, sizeof echo_buffer);
  return EchoSocket{std::move(fd), family};
}

int EchoSocket::send(const Echo& echo, const netem::Prefix& to) const {
  const auto packet = encode_request(echo, family_);
  const auto address = socket_address(to);
  const auto sent =
      ::sendto(fd_.get(), packet.data(), packet.size(), 0, address.get(), address.size);
  return sent < 0 ? errno : 0;
}

std::optional<EchoSocket::Received> EchoSocket::receive() const {
  for (;;) {
    std::array<std::uint8_t, largest_packet> buffer{};
    const auto got = receive_stamped(fd_, buffer);
    if (!got) return std::nullopt;
    const auto echo = decode_reply(ByteView(buffer).first(got->size), family_);
    if (echo) return Received{.echo = *echo, .time = got->time};
  }
}

}  // namespace linkfab::measure
