// libpcap, loaded when something of it is first needed.
//
// Debian's brings D-Bus, systemd's library and six others along. They take longer to load than most
// programs here take to start, and most runs compile no filter and write no capture.
#pragma once

#include <pcap/pcap.h>

#include "core/result.hpp"

namespace linkfab {

// Its functions, by their names without "pcap_".
struct Pcap {
  decltype(&pcap_activate) activate = nullptr;
  decltype(&pcap_close) close = nullptr;
  decltype(&pcap_compile) compile = nullptr;
  decltype(&pcap_create) create = nullptr;
  decltype(&pcap_datalink_name_to_val) datalink_name_to_val = nullptr;
  decltype(&pcap_dump_close) dump_close = nullptr;
  decltype(&pcap_dump_fopen) dump_fopen = nullptr;
  decltype(&pcap_findalldevs) findalldevs = nullptr;
  decltype(&pcap_freealldevs) freealldevs = nullptr;
  decltype(&pcap_freecode) freecode = nullptr;
  decltype(&pcap_geterr) geterr = nullptr;
  decltype(&pcap_open_dead) open_dead = nullptr;
  decltype(&pcap_set_buffer_size) set_buffer_size = nullptr;
  decltype(&pcap_set_snaplen) set_snaplen = nullptr;
  decltype(&bpf_filter) filter = nullptr;
};

// Errc::not_found with the loader's words where there is none: looked for once. It stays for the
// rest of the process.
[[nodiscard]] Result<const Pcap*> load_pcap();

// Closes a handle that one of these functions has opened.
struct ClosePcap {
  void operator()(pcap_t* handle) const;
};

}  // namespace linkfab
