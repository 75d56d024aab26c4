#include "core/pcap.hpp"

#include <dlfcn.h>
#include <string>

namespace linkfab {
namespace {

// LINKFAB_PCAP_LIBRARY is the name that a program linked with it would ask for.
Result<Pcap> load() {
  const std::string attempt = "load " LINKFAB_PCAP_LIBRARY;
  void* const library = ::dlopen(LINKFAB_PCAP_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return failure(Errc::not_found, attempt, ::dlerror());
  Pcap pcap;
  const char* missing = nullptr;
  const auto find = [&](auto& function, const char* name) {
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    if (function == nullptr) missing = name;
  };
  find(pcap.activate, "pcap_activate");
  find(pcap.close, "pcap_close");
  find(pcap.compile, "pcap_compile");
  find(pcap.create, "pcap_create");
  find(pcap.datalink_name_to_val, "pcap_datalink_name_to_val");
  find(pcap.dump_close, "pcap_dump_close");
  find(pcap.dump_fopen, "pcap_dump_fopen");
  find(pcap.findalldevs, "pcap_findalldevs");
  find(pcap.freealldevs, "pcap_freealldevs");
  find(pcap.freecode, "pcap_freecode");
  find(pcap.geterr, "pcap_geterr");
  find(pcap.open_dead, "pcap_open_dead");
  find(pcap.set_buffer_size, "pcap_set_buffer_size");
  find(pcap.set_snaplen, "pcap_set_snaplen");
  find(pcap.filter, "bpf_filter");
  if (missing != nullptr)
    return failure(Errc::not_found, attempt, std::string("it has no ") + missing);
  return pcap;
}

}  // namespace

Result<const Pcap*> load_pcap() {
  static const auto loaded = load();
  if (!loaded) return std::unexpected(loaded.error());
  return &*loaded;
}

void ClosePcap::operator()(pcap_t* handle) const {
  // Whoever has a handle has the library.
  (*load_pcap())->close(handle);
}

}  // namespace linkfab
