// A match in the words of Open vSwitch: "udp,tp_dst=5060", as ovs-ofctl(8) and ovs-fields(7) have
// it, for the fields that a frame itself shows.
//
// A text is one where it holds a comma, or is KEY=VALUE, or a word that pcap-filter(7) does not
// have ("udp6"). No expression of pcap-filter(7) is like that: it has no commas, and before its "="
// stand numbers, "len" and brackets. A word that both have, alone, is pcap-filter(7)'s: "udp" is
// UDP over IPv4 and IPv6, while "udp," … is IPv4's as in a switch.
//
// Stricter than ovs-ofctl, which drops a field whose protocol is not given, and takes the last of
// two that contradict each other: here both are errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "netem/frame_filter.hpp"
#include "netem/openflow_value.hpp"

namespace linkfab::netem {

struct FieldCondition {
  const OpenflowField* field = nullptr;
  FieldBits bits;
};

struct OpenflowMatch {
  std::optional<std::uint16_t> type;
  std::optional<std::uint8_t> protocol;  // the operation where the type is ARP's
  std::vector<FieldCondition> conditions;
};

[[nodiscard]] bool is_openflow_match(std::string_view text);

// Errc::invalid: the cause names the part, the character where it starts, and what would be right.
[[nodiscard]] Result<OpenflowMatch> parse_openflow_match(std::string_view text);

// The same as a program. It takes what a switch's flow takes: a frame's outermost VLAN tag hides
// nothing, whether it is in the frame or beside it; what is behind a second one is not seen. The
// first of an IP packet's fragments has ports, and in the later ones they are 0. Up to 6 extension
// headers of IPv6 are passed over. Lengths and checksums are not looked at.
[[nodiscard]] FilterProgram filter_program(const OpenflowMatch& match);

}  // namespace linkfab::netem
