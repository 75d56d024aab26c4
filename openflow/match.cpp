#include "openflow/match.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPMT_OXM = 1;
constexpr std::uint64_t exact_mask = ~std::uint64_t{0};

std::size_t width(std::uint32_t header) {
  return header & 0xff;
}

void put(Writer& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t left = bytes; left > 0; --left)
    out.u8(static_cast<std::uint8_t>(value >> (8 * (left - 1))));
}

void put_field(Writer& out, std::uint32_t header, const std::optional<Masked>& field) {
  if (!field) return;
  const auto bytes = width(header);
  if (field->mask == exact_mask) {
    out.u32(header);
    put(out, field->value, bytes);
    return;
  }
  constexpr std::uint32_t has_mask = 0x100;
  out.u32((header | has_mask) + static_cast<std::uint32_t>(bytes));
  put(out, field->value, bytes);
  put(out, field->mask, bytes);
}

std::uint64_t take(Reader& in, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t left = bytes; left > 0; --left) value = value << 8 | in.u8();
  return value;
}

// One field: its header names it, with or without a mask.
bool take_field(std::uint32_t header, Reader value, Match& match) {
  const bool masked = (header & 0x100) != 0;
  const std::size_t bytes = masked ? width(header) / 2 : width(header);
  const std::uint32_t plain = (header & ~std::uint32_t{0x1ff}) + static_cast<std::uint32_t>(bytes);
  if (bytes > sizeof(std::uint64_t)) return false;
  Masked field;
  field.value = take(value, bytes);
  if (masked) field.mask = take(value, bytes);
  switch (plain) {
    case OXM_OF_IN_PORT:
      match.in_port = PortNo{static_cast<std::uint32_t>(field.value)};
      return !masked;
    case OXM_OF_ETH_TYPE:
      match.eth_type = static_cast<std::uint16_t>(field.value);
      return !masked;
    case OXM_OF_METADATA:
      match.metadata = field;
      return true;
    case OXM_OF_ETH_DST:
      match.eth_dst = field;
      return true;
    case OXM_OF_ETH_SRC:
      match.eth_src = field;
      return true;
    case NXM_NX_REG0:
      match.reg0 = field;
      return true;
    default:
      return false;
  }
}

}  // namespace

void encode_match(Writer& out, const Match& match) {
  const auto start = out.size();
  const Match fields = canonical(match);
  out.u16(OFPMT_OXM).u16(0);
  if (fields.in_port) out.u32(OXM_OF_IN_PORT).u32(fields.in_port->value);
  put_field(out, OXM_OF_ETH_DST, fields.eth_dst);
  put_field(out, OXM_OF_ETH_SRC, fields.eth_src);
  if (fields.eth_type) out.u32(OXM_OF_ETH_TYPE).u16(*fields.eth_type);
  put_field(out, NXM_NX_REG0, fields.reg0);
  put_field(out, OXM_OF_METADATA, fields.metadata);
  out.set_u16(start + 2, static_cast<std::uint16_t>(out.size() - start));
  out.pad(8, start);
}

bool decode_match(Reader& in, Match& match) {
  const auto type = in.u16();
  const std::size_t length = in.u16();
  if (length < 4) in.fail();
  Reader fields(in.bytes(length - 4));
  in.skip((8 - length % 8) % 8);
  bool complete = in.ok() && type == OFPMT_OXM;
  while (complete && fields.remaining() > 0) {
    const auto header = fields.u32();
    const auto value = fields.bytes(width(header));
    if (fields.ok()) complete = take_field(header, Reader(value), match);
  }
  if (!fields.ok()) in.fail();
  match = canonical(match);
  return complete;
}

}  // namespace linkfab::openflow
