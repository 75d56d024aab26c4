#include "ubridge/link_type.hpp"

#include "core/pcap.hpp"

namespace linkfab::ubridge {

std::optional<LinkType> parse_link_type(const std::string& name) {
  if (name == "EN10MB") return LinkType{};  // nearly always
  const auto pcap = load_pcap();
  if (!pcap) return std::nullopt;
  const int number = (*pcap)->datalink_name_to_val(name.c_str());
  if (number < 0) return std::nullopt;
  return LinkType{number};
}

std::string_view libpcap_version() {
  return "libpcap version " LINKFAB_PCAP_VERSION;
}

}  // namespace linkfab::ubridge
