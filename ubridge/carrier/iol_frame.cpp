#include "ubridge/carrier/iol_frame.hpp"

namespace linkfab::ubridge {
namespace {

constexpr std::uint8_t data_frame = 1;  // the header's type

std::uint8_t octet(int value) {
  return static_cast<std::uint8_t>(value & 0xff);
}

std::uint8_t number(IolPort port) {
  return octet(port.bay + 16 * port.unit);
}

IolPort port(std::uint8_t number) {
  return {.bay = number % 16, .unit = number / 16};
}

}  // namespace

IolHeaderBytes encode(const IolHeader& header) {
  return {octet(header.destination_id >> 8),
          octet(header.destination_id),
          octet(header.source_id >> 8),
          octet(header.source_id),
          number(header.destination),
          number(header.source),
          data_frame,
          0};
}

std::optional<IolHeader> decode_iol_header(ByteView bytes) {
  if (bytes.size() <= iol_header_size) return std::nullopt;
  Reader reader(bytes);
  IolHeader header;
  header.destination_id = reader.u16();
  header.source_id = reader.u16();
  header.destination = port(reader.u8());
  header.source = port(reader.u8());
  return header;
}

}  // namespace linkfab::ubridge
