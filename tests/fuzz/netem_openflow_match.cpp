// A line, and a frame behind it: a match has a program that the kernel takes, pcap-filter(7) does
// not know its text, and a tag beside the frame is like one in it.
#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <netdb.h>
#include <pcap/pcap.h>
#include <string>
#include <string_view>

#include "netem/openflow_match.hpp"

// libpcap resolves names in filters: not over the network here.
extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  return EAI_FAIL;
}

namespace {

using namespace linkfab;
using namespace linkfab::netem;

void require(bool condition) {
  if (!condition) std::abort();
}

bool kernel_takes(const FilterProgram& program) {
  static const int end = [] {
    std::array<int, 2> pair{};
    require(::socketpair(AF_UNIX, SOCK_DGRAM, 0, pair.data()) == 0);
    return pair[0];
  }();
  std::vector<sock_filter> code;
  for (const auto& one : program)
    code.push_back({one.code, one.jump_true, one.jump_false, one.operand});
  const sock_fprog filter{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  return ::setsockopt(end, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

bool pcap_knows(const std::string& text) {
  static pcap_t* const handle = pcap_open_dead(DLT_EN10MB, 65535);
  bpf_program program{};
  if (pcap_compile(handle, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) return false;
  pcap_freecode(&program);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto text = input.substr(0, input.find('\n'));
  const auto match = parse_openflow_match(text);
  if (!match) {
    require(match.error().code == Errc::invalid && !match.error().cause.empty());
    return 0;
  }
  if (!is_openflow_match(text)) return 0;
  require(text.find('\0') != text.npos || !pcap_knows(std::string(text)));
  const auto program = filter_program(*match);
  require(kernel_takes(program));

  const auto frame = ByteView(data, size).subspan(std::min(size, text.size() + 1));
  const bool taken = takes(program, frame);
  constexpr std::size_t tag_end = 18;
  if (frame.size() < tag_end || frame[12] != 0x81 || frame[13] != 0) return 0;
  Bytes bare(frame.begin(), frame.end());
  bare.erase(bare.begin() + 12, bare.begin() + 16);
  const auto tag = static_cast<std::uint16_t>(frame[14] << 8 | frame[15]);
  require(takes(program, bare, tag) == taken);
  return 0;
}
