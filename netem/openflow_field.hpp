// The fields of ovs-fields(7) that a frame itself shows, and the names of ovs-ofctl(8) for them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace linkfab::netem {

// Where a field's bytes are. The offsets of `network` are from the header behind the Ethernet type,
// those of `transport` from the one behind that.
enum class FieldPlace {
  ethernet,
  tag,
  type,
  network,
  traffic_class,  // of IPv4's second byte; IPv6 has it elsewhere
  hop_limit,      // time to live
  protocol,       // of IPv4 and behind the extension headers of IPv6; the operation of ARP
  fragment,
  transport
};

// How its value is written.
enum class FieldNotation {
  number,
  ethernet,  // 00:00:5e:00:53:01
  ipv4,
  ipv6,
  tcp_flags,      // "+syn-ack", "syn|ack" with no other, or a number
  fragment,       // "no", "yes", "first", "later", "not_later"
  traffic_class,  // a byte of which the last two bits do not count
  vlan_id,        // 0 … 4095, or 65535 for "no tag"
  vlan_vid,       // 0x1000 more where there is a tag
  vlan_priority
};

// What another field must say first.
enum class FieldNeeds {
  nothing,
  ip,         // IPv4 or IPv6
  ip_or_arp,  // or ARP, or RARP
  ipv4_or_arp,
  ipv6,
  arp,
  mpls,
  ports,
  tcp,
  udp,
  sctp,
  icmp_any,
  icmp6
};

struct OpenflowField {
  std::string_view name;
  FieldPlace place;
  std::uint8_t offset;
  std::uint8_t width;  // bytes that hold it
  std::uint8_t shift;  // bits of those below it
  std::uint8_t bits;
  FieldNotation notation;
  bool maskable;
  FieldNeeds needs;
};

// "udp": a type and a protocol in one word.
struct OpenflowWord {
  std::string_view name;
  std::optional<std::uint16_t> type;
  std::optional<std::uint8_t> protocol;
};

[[nodiscard]] const OpenflowField* find_openflow_field(std::string_view name);
[[nodiscard]] const OpenflowWord* find_openflow_word(std::string_view name);
// Fields and words, for suggestions.
[[nodiscard]] std::span<const std::string_view> openflow_names();

// Why a field or keyword of ovs-ofctl(8) cannot be a frame's; empty: it is not known.
[[nodiscard]] std::string_view why_not_of_a_frame(std::string_view name);

namespace ethernet_type {
inline constexpr std::uint16_t none = 0x05ff;  // a length field, and no SNAP header that has one
inline constexpr std::uint16_t ipv4 = 0x0800;
inline constexpr std::uint16_t arp = 0x0806;
inline constexpr std::uint16_t rarp = 0x8035;
inline constexpr std::uint16_t vlan = 0x8100;
inline constexpr std::uint16_t ipv6 = 0x86dd;
inline constexpr std::uint16_t mpls = 0x8847;
inline constexpr std::uint16_t mpls_multicast = 0x8848;
inline constexpr std::uint16_t service_vlan = 0x88a8;
}  // namespace ethernet_type

namespace fragment_bits {  // as Open vSwitch has them
inline constexpr std::uint8_t any = 1;
inline constexpr std::uint8_t later = 2;  // not the first
}  // namespace fragment_bits

inline constexpr std::uint16_t tag_present = 0x1000;  // in a vlan_tci

}  // namespace linkfab::netem
