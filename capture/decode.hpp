// One line about a frame, in the manner of tcpdump -n: Ethernet with VLAN tags, ARP, IPv4, IPv6,
// ICMP, TCP, UDP; of everything else its number. Pure; never reads past the end, says "cut off"
// where the frame goes on and its bytes do not.
//
// No second decoder wanted: whoever needs more opens the capture in Wireshark.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"

namespace linkfab::capture {

// "10.0.0.1.40000 > 10.0.0.2.80: TCP [S], length 0"; without line breaks.
[[nodiscard]] std::string describe(ByteView frame, std::uint32_t whole_size);

}  // namespace linkfab::capture
