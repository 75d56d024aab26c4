#include "ubridge/carrier/offload.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <optional>

namespace linkfab::ubridge {
namespace {

constexpr std::size_t tcp_checksum = 16;
constexpr std::size_t udp_checksum = 6;
constexpr std::size_t udp_header = 8;

std::uint32_t get16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t get32(ByteView bytes, std::size_t at) {
  return get16(bytes, at) << 16 | get16(bytes, at + 2);
}

void put16(Frame bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

std::uint64_t sum(ByteView bytes) {
  std::uint64_t total = 0;
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) total += get16(bytes, at);
  if (at < bytes.size()) total += static_cast<std::uint64_t>(bytes[at]) << 8;
  return total;
}

std::uint16_t fold(std::uint64_t total) {
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(~total);
}

// Where the headers of a frame are that can be cut.
struct Layout {
  std::size_t ip = 0;
  std::size_t transport = 0;
  std::size_t payload = 0;
  bool is_ipv6 = false;
  bool is_tcp = false;
};

std::optional<std::size_t> find_ip(ByteView frame) {
  std::size_t at = 12;  // behind the addresses
  while (at + 2 <= frame.size()) {
    const auto type = get16(frame, at);
    if (type == 0x0800 || type == 0x86dd) return at + 2;
    if (type != 0x8100 && type != 0x88a8) return std::nullopt;
    at += 4;
  }
  return std::nullopt;
}

std::optional<Layout> find_headers(ByteView frame, const Offload& offload) {
  const auto ip = find_ip(frame);
  const std::size_t transport = offload.checksum_start;
  if (!ip || transport + udp_header > frame.size()) return std::nullopt;
  Layout layout{.ip = *ip, .transport = transport};
  layout.is_ipv6 = frame[*ip] >> 4 == 6;
  layout.is_tcp = offload.checksum_offset == tcp_checksum;
  if (transport < *ip + (layout.is_ipv6 ? 40U : 20U)) return std::nullopt;
  if (!layout.is_tcp && offload.checksum_offset != udp_checksum) return std::nullopt;
  if (layout.is_tcp && transport + 20 > frame.size()) return std::nullopt;
  layout.payload =
      transport + (layout.is_tcp ? std::size_t{frame[transport + 12]} / 16 * 4 : udp_header);
  if (layout.payload > frame.size()) return std::nullopt;
  return layout;
}

// Lengths, and the identification of IPv4: every segment is a datagram of its own.
void number_ip(Frame segment, const Layout& layout, std::size_t index) {
  if (layout.is_ipv6) return put16(segment, layout.ip + 4, segment.size() - layout.ip - 40);
  put16(segment, layout.ip + 2, segment.size() - layout.ip);
  put16(segment, layout.ip + 4, get16(segment, layout.ip + 4) + index);
  put16(segment, layout.ip + 10, 0);
  put16(segment, layout.ip + 10,
        fold(sum(segment.subspan(layout.ip, std::size_t{segment[layout.ip]} % 16 * 4))));
}

void number_tcp(Frame segment, const Layout& layout, std::size_t offset, bool is_last) {
  constexpr std::uint8_t fin_and_push = 0x09;
  constexpr std::uint8_t window_reduced = 0x80;
  const std::size_t tcp = layout.transport;
  const std::uint32_t sequence = get32(segment, tcp + 4) + static_cast<std::uint32_t>(offset);
  put16(segment, tcp + 4, sequence >> 16);
  put16(segment, tcp + 6, sequence & 0xffff);
  std::uint8_t& flags = segment[tcp + 13];
  if (!is_last) flags = static_cast<std::uint8_t>(flags & ~fin_and_push);
  if (offset > 0) flags = static_cast<std::uint8_t>(flags & ~window_reduced);
}

void fill_checksum(Frame segment, const Layout& layout) {
  const std::size_t place = layout.transport + (layout.is_tcp ? tcp_checksum : udp_checksum);
  const auto addresses =
      layout.is_ipv6 ? segment.subspan(layout.ip + 8, 32) : segment.subspan(layout.ip + 12, 8);
  const std::size_t length = segment.size() - layout.transport;
  put16(segment, place, 0);
  const auto checksum = fold(sum(addresses) + (layout.is_tcp ? IPPROTO_TCP : IPPROTO_UDP) + length +
                             sum(segment.subspan(layout.transport)));
  put16(segment, place, checksum == 0 && !layout.is_tcp ? 0xffff : checksum);
}

}  // namespace

void finish_checksum(Frame frame, const Offload& offload) {
  const std::size_t place = offload.checksum_start + offload.checksum_offset;
  if (!offload.needs_checksum || place + 2 > frame.size()) return;
  const auto checksum = fold(sum(frame.subspan(offload.checksum_start)));
  // In UDP, and nowhere else, 0 means that there is none.
  put16(frame, place, checksum == 0 && offload.checksum_offset == udp_checksum ? 0xffff : checksum);
}

std::vector<Bytes> cut_segments(Frame frame, const Offload& offload) {
  std::vector<Bytes> segments;
  const auto layout = find_headers(frame, offload);
  if (!layout || offload.segment_size == 0) {
    finish_checksum(frame, offload);
    segments.emplace_back(frame.begin(), frame.end());
    return segments;
  }
  const auto headers = frame.first(layout->payload);
  auto rest = frame.subspan(layout->payload);
  std::size_t offset = 0;
  do {
    const auto part = rest.first(std::min(rest.size(), offload.segment_size));
    rest = rest.subspan(part.size());
    Bytes& segment = segments.emplace_back(headers.begin(), headers.end());
    segment.insert(segment.end(), part.begin(), part.end());
    number_ip(segment, *layout, segments.size() - 1);
    if (layout->is_tcp) {
      number_tcp(segment, *layout, offset, rest.empty());
    } else {
      put16(segment, layout->transport + 4, segment.size() - layout->transport);
    }
    fill_checksum(segment, *layout);
    offset += part.size();
  } while (!rest.empty());
  return segments;
}

}  // namespace linkfab::ubridge
