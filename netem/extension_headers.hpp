// The way past the extension headers of IPv6 in a filter's program.
//
// Classic BPF has no loops, so the program has each step once more, and at most 6 of them: behind
// more, the next extension header stands for the protocol. Passed over are hop-by-hop and
// destination options, routing, authentication and fragment headers, as Open vSwitch does.
#pragma once

#include <cstdint>

#include "netem/filter_assembler.hpp"

namespace linkfab::netem {

// Where in the program's memory the outcome is.
struct HeaderCells {
  std::uint32_t transport;  // offset of what comes behind
  std::uint32_t protocol;   // of it; that of a fragment header where it is not the first fragment
  std::uint32_t fragment;   // fragment_bits
};

// The fixed header is `header` bytes from the index register on, which it changes.
void pass_extension_headers(FilterAssembler& code, std::uint32_t header, const HeaderCells& cells);

}  // namespace linkfab::netem
