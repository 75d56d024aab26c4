// A filter for frames as classic BPF, for the kernel's cls_bpf: an expression of pcap-filter(7), or
// a match of ovs-ofctl(8) (netem/openflow_match.hpp).
//
// Compiled for whole Ethernet frames. A VLAN tag is found whether the kernel keeps it in the frame
// or beside it; with pcap-filter(7) where this process may open a packet socket: without that right
// the result serves only to tell whether the expression is right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace linkfab::netem {

struct FilterInstruction {  // struct sock_filter of linux/filter.h
  std::uint16_t code = 0;
  std::uint8_t jump_true = 0;
  std::uint8_t jump_false = 0;
  std::uint32_t operand = 0;
  bool operator==(const FilterInstruction&) const = default;
};
static_assert(sizeof(FilterInstruction) == 8);

using FilterProgram = std::vector<FilterInstruction>;

inline constexpr std::size_t longest_expression = 1000;     // bytes
inline constexpr std::uint32_t frame_matched = 0xffffffff;  // what cls_bpf wants of a match

// Names in it are not looked up: addresses and ports are numbers, but for ports of /etc/services.
// Errc::invalid, with libpcap's words for its expressions. A frame that matches gives
// frame_matched.
[[nodiscard]] Result<FilterProgram> compile_filter(const std::string& expression);

// Does the filter take this frame, from its first address on? `tag`: what the kernel keeps beside
// it, as in the two bytes behind 0x8100.
[[nodiscard]] bool takes(const FilterProgram& program, ByteView frame,
                         std::optional<std::uint16_t> tag = std::nullopt);

// Takes every frame.
[[nodiscard]] FilterProgram every_frame();

}  // namespace linkfab::netem
