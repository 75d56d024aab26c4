// Link types by their libpcap names, without "DLT_": EN10MB, C_HDLC, PPP_SERIAL, FRELAY ...
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace linkfab::ubridge {

struct LinkType {
  int number = 1;  // the DLT_ value: Ethernet
  bool operator==(const LinkType&) const = default;
};

[[nodiscard]] std::optional<LinkType> parse_link_type(const std::string& name);

// "libpcap version ...": the one that the program was built with. The one that it runs with is not
// loaded yet (core/pcap.hpp).
[[nodiscard]] std::string_view libpcap_version();

}  // namespace linkfab::ubridge
