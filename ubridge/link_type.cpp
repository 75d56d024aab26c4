#include "ubridge/link_type.hpp"

#include <pcap/pcap.h>

namespace linkfab::ubridge {

std::optional<LinkType> parse_link_type(const std::string& name) {
  const int number = pcap_datalink_name_to_val(name.c_str());
  if (number < 0) return std::nullopt;
  return LinkType{number};
}

std::string_view libpcap_version() {
  return pcap_lib_version();
}

}  // namespace linkfab::ubridge
