#include "ubridge/devices.hpp"

#include <array>

#include <fmt/format.h>

#include "core/pcap.hpp"

namespace linkfab::ubridge {

Result<std::string> list_devices() {
  const auto pcap = load_pcap();
  if (!pcap) return std::unexpected(pcap.error());
  std::array<char, PCAP_ERRBUF_SIZE> reason{};
  pcap_if_t* first = nullptr;
  if ((*pcap)->findalldevs(&first, reason.data()) != 0)
    return failure(Errc::failed, "list the network devices", reason.data());
  std::string out = "Network device list:\n\n";
  for (const pcap_if_t* device = first; device != nullptr; device = device->next) {
    out += fmt::format("  {} => {}\n", device->name,
                       device->description != nullptr ? device->description : "no description");
  }
  if (first != nullptr) (*pcap)->freealldevs(first);
  return out + "\n";
}

}  // namespace linkfab::ubridge
