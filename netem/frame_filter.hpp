// A filter for frames: a pcap-filter(7) expression as classic BPF, for the kernel's cls_bpf.
//
// Compiled for whole Ethernet frames. A VLAN tag is found whether the kernel keeps it in the frame
// or beside it, where this process may open a packet socket; without that right the result serves
// only to tell whether the expression is right.
#pragma once

#include <cstdint>
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

inline constexpr std::size_t longest_expression = 1000;  // bytes

// Names in it are not looked up: addresses and ports are numbers, but for ports of /etc/services.
// Errc::invalid, with libpcap's words. A frame that matches gives 2^32-1, which cls_bpf wants.
[[nodiscard]] Result<FilterProgram> compile_filter(const std::string& expression);

// Does the filter take this frame, from its first address on?
[[nodiscard]] bool takes(const FilterProgram& program, ByteView frame);

// Takes every frame.
[[nodiscard]] FilterProgram every_frame();

}  // namespace linkfab::netem
