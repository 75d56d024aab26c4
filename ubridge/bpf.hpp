// libpcap expressions, compiled to classic BPF as a value.
//
// Compiling may resolve host names, as libpcap does. It compiles for frames of up to 65,535 bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "ubridge/link_type.hpp"

namespace linkfab::ubridge {

struct BpfInstruction {  // struct bpf_insn, without its header
  std::uint16_t code = 0;
  std::uint8_t jump_true = 0;
  std::uint8_t jump_false = 0;
  std::uint32_t operand = 0;
  bool operator==(const BpfInstruction&) const = default;
};

struct BpfProgram {
  std::vector<BpfInstruction> instructions;

  [[nodiscard]] bool matches(ByteView frame) const;
  bool operator==(const BpfProgram&) const = default;
};

// The text of the error is "Cannot compile filter 'EXPRESSION': " and what libpcap says; clients
// look for it in the log.
[[nodiscard]] Result<BpfProgram> compile_bpf(const std::string& expression, LinkType link_type);

}  // namespace linkfab::ubridge
