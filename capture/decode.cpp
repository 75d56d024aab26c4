#include "capture/decode.hpp"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <array>

#include <fmt/format.h>

namespace linkfab::capture {
namespace {

std::string mac(ByteView bytes) {
  if (bytes.size() < 6) return "?";
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2],
                     bytes[3], bytes[4], bytes[5]);
}

std::string address(ByteView bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  const bool whole = bytes.size() == sizeof(in_addr) || bytes.size() == sizeof(in6_addr);
  if (!whole || ::inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) return "?";
  return text.data();
}

std::string tcp_flags(std::uint8_t flags) {
  constexpr std::array<char, 8> letters{'F', 'S', 'R', 'P', '.', 'U', 'E', 'W'};
  std::string text;
  for (std::size_t i = 0; i < letters.size(); ++i)
    if ((flags >> i & 1) != 0) text += letters.at(i);
  return text.empty() ? "none" : text;
}

std::string icmp_message(std::uint8_t protocol, std::uint8_t type, std::uint8_t code, Reader in) {
  const bool old = protocol == IPPROTO_ICMP;
  const char* name = old ? "ICMP" : "ICMP6";
  const bool request = type == (old ? 8 : 128);
  if (request || type == (old ? 0 : 129)) {
    in.skip(2);
    const auto id = in.u16();
    const auto sequence = in.u16();
    if (in.ok())
      return fmt::format("{} echo {}, id {}, seq {}", name, request ? "request" : "reply", id,
                         sequence);
  }
  if (!old && type == 135) return "ICMP6 neighbor solicitation";
  if (!old && type == 136) return "ICMP6 neighbor advertisement";
  if (!old && type == 133) return "ICMP6 router solicitation";
  if (!old && type == 134) return "ICMP6 router advertisement";
  if (type == (old ? 3 : 1)) return fmt::format("{} unreachable, code {}", name, code);
  if (type == (old ? 11 : 3)) return fmt::format("{} time exceeded", name);
  return fmt::format("{} type {}, code {}", name, type, code);
}

// What IP carries, `length` bytes of it.
std::string transport(std::uint8_t protocol, const std::string& from, const std::string& to,
                      Reader in, std::size_t length) {
  const auto plain = [&](const std::string& text) {
    return fmt::format("{} > {}: {}, length {}", from, to, text, length);
  };
  if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
    const bool tcp = protocol == IPPROTO_TCP;
    const auto source = in.u16();
    const auto destination = in.u16();
    std::size_t header = 8;
    std::string text = "UDP";
    if (tcp) {
      in.skip(8);
      header = std::size_t{in.u8()} / 16 * 4;
      text = fmt::format("TCP [{}]", tcp_flags(in.u8()));
    }
    if (!in.ok()) return plain(tcp ? "TCP, cut off" : "UDP, cut off");
    return fmt::format("{}.{} > {}.{}: {}, length {}", from, source, to, destination, text,
                       length - std::min(length, header));
  }
  if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
    const auto type = in.u8();
    const auto code = in.u8();
    return plain(in.ok() ? icmp_message(protocol, type, code, in) : "ICMP, cut off");
  }
  if (protocol == 89) return plain("OSPF");
  return plain(fmt::format("protocol {}", protocol));
}

std::string describe_ipv4(Reader in) {
  const auto start = in.u8();
  const auto header = std::size_t{start & 0xfU} * 4;
  in.skip(1);
  const std::size_t total = in.u16();
  const auto identification = in.u16();
  const auto offset = std::size_t{in.u16() & 0x1fffU} * 8;
  in.skip(1);
  const auto protocol = in.u8();
  in.skip(2);
  const auto from = address(in.bytes(4));
  const auto to = address(in.bytes(4));
  constexpr std::size_t least = 20;
  if (!in.ok()) return "IP, cut off";
  if (start >> 4 != 4 || header < least) return "IP, broken header";
  in.skip(header - least);
  if (offset != 0)
    return fmt::format("{} > {}: fragment of {} at {}, protocol {}", from, to, identification,
                       offset, protocol);
  return transport(protocol, from, to, in, total - std::min(total, header));
}

std::string describe_ipv6(Reader in) {
  if (in.u8() >> 4 != 6 && in.ok()) return "IP6, broken header";
  in.skip(3);
  std::size_t length = in.u16();
  auto next = in.u8();
  in.skip(1);
  const auto from = address(in.bytes(16));
  const auto to = address(in.bytes(16));
  if (!in.ok()) return "IP6, cut off";
  // Hop-by-hop and destination options and routing headers: a length in units of 8 bytes.
  while (next == 0 || next == 43 || next == 60) {
    next = in.u8();
    const auto size = (std::size_t{in.u8()} + 1) * 8;
    in.skip(size - 2);
    if (!in.ok()) return fmt::format("{} > {}: IP6 options, cut off", from, to);
    length -= std::min(length, size);
  }
  return transport(next, from, to, in, length);
}

std::string describe_arp(Reader in) {
  const auto hardware = in.u16();
  const auto protocol = in.u16();
  in.skip(2);
  const auto operation = in.u16();
  const auto sender_mac = mac(in.bytes(6));
  const auto sender = address(in.bytes(4));
  in.skip(6);
  const auto target = address(in.bytes(4));
  if (!in.ok()) return "ARP, cut off";
  if (hardware == 1 && protocol == ETH_P_IP && operation == 1)
    return fmt::format("ARP who-has {} tell {}", target, sender);
  if (hardware == 1 && protocol == ETH_P_IP && operation == 2)
    return fmt::format("ARP {} is-at {}", sender, sender_mac);
  return fmt::format("ARP operation {}", operation);
}

}  // namespace

std::string describe(ByteView frame, std::uint32_t whole_size) {
  Reader in(frame);
  const auto to = mac(in.bytes(6));
  const auto from = mac(in.bytes(6));
  auto type = in.u16();
  std::string tags;
  while (in.ok() && (type == ETH_P_8021Q || type == ETH_P_8021AD)) {
    const auto tag = in.u16();
    type = in.u16();
    if (in.ok()) tags += fmt::format("vlan {}, ", tag & 0xfffU);
  }
  if (!in.ok()) return fmt::format("{}Ethernet, cut off, length {}", tags, whole_size);
  if (type == ETH_P_IP) return tags + describe_ipv4(in);
  if (type == ETH_P_IPV6) return tags + describe_ipv6(in);
  if (type == ETH_P_ARP) return tags + describe_arp(in);
  const auto kind =
      type < ETH_P_802_3_MIN ? std::string("LLC") : fmt::format("ethertype 0x{:04x}", type);
  return fmt::format("{}{} > {}, {}, length {}", tags, from, to, kind, whole_size);
}

}  // namespace linkfab::capture
