#include "measure/echo.hpp"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include "measure/probe_frame.hpp"

namespace linkfab::measure {
namespace {

constexpr std::size_t data_size = 56;
constexpr std::size_t checksum_offset = 2;
constexpr std::size_t shortest_ip_header = 20;
constexpr std::uint8_t header_words = 0x0f;

// RFC 1071. What it is of has an even number of bytes.
std::uint16_t checksum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (Reader reader(bytes); reader.remaining() >= 2;) sum += reader.u16();
  while (sum >> 16U != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

Bytes encode_request(const Echo& echo, int family) {
  Writer writer;
  writer.u8(family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO).u8(0).u16(0);
  // Identifier and sequence number, for people who look at the frames.
  writer.u16(static_cast<std::uint16_t>(echo.run)).u16(static_cast<std::uint16_t>(echo.round + 1));
  const auto start = writer.size();
  writer.u32(probe_mark).u64(echo.run).u32(echo.pair).u32(echo.round);
  writer.zeros(data_size - (writer.size() - start));
  if (family == AF_INET) writer.set_u16(checksum_offset, checksum(writer.view()));
  return writer.take();
}

std::optional<Echo> decode_reply(ByteView packet, int family) {
  Reader reader(packet);
  if (family == AF_INET) {
    const std::size_t header = std::size_t{4} * (reader.u8() & header_words);
    if (header < shortest_ip_header) return std::nullopt;
    reader.skip(header - 1);
  }
  const auto type = reader.u8();
  const auto code = reader.u8();
  reader.skip(6);  // checksum, identifier and sequence number
  const auto mark = reader.u32();
  const Echo echo{.run = reader.u64(), .pair = reader.u32(), .round = reader.u32()};
  if (!reader.ok() || code != 0 || mark != probe_mark) return std::nullopt;
  if (type != (family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) return std::nullopt;
  return echo;
}

}  // namespace linkfab::measure
