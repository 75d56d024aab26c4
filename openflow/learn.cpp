#include "openflow/learn.hpp"

#include "openflow/match.hpp"
#include "openflow/nicira.hpp"

namespace linkfab::openflow {
namespace {

// Each as ovs-vswitchd itself writes it when it dumps the flow, OXM or the older NXM, so that a
// flow comes back with the bytes that were sent.
constexpr std::uint32_t NXM_OF_IN_PORT = 0x00000002;
constexpr std::uint32_t NXM_OF_ETH_DST = 0x00000206;
constexpr std::uint32_t NXM_OF_ETH_SRC = 0x00000406;

// The header of one flow_mod_spec: source and destination are fields, `bits` wide.
constexpr std::uint16_t match_field(std::uint16_t bits) {
  return bits;
}
constexpr std::uint16_t load_field(std::uint16_t bits) {
  return static_cast<std::uint16_t>(1U << 11 | bits);
}

void put_spec(Writer& out, std::uint16_t header, std::uint32_t source, std::uint32_t destination) {
  constexpr std::uint16_t first_bit = 0;
  out.u16(header).u32(source).u16(first_bit).u32(destination).u16(first_bit);
}

}  // namespace

void encode_learn(Writer& out, const LearnSource& learn) {
  const bool with_limit = learn.limit != 0;
  const auto start = begin_nicira(out, with_limit ? NXAST_LEARN2 : NXAST_LEARN);
  constexpr std::uint16_t none = 0;
  out.u16(learn.idle_timeout).u16(none);  // no hard timeout
  out.u16(learn.priority).u64(learn.cookie);
  out.u16(none).u8(learn.table).zeros(1);                   // no flags
  out.u16(none).u16(none);                                  // no other timeouts after a TCP FIN
  if (with_limit) out.u32(learn.limit).u16(none).zeros(2);  // no field tells whether it was reached
  put_spec(out, match_field(64), OXM_OF_METADATA, OXM_OF_METADATA);
  put_spec(out, match_field(48), NXM_OF_ETH_SRC, NXM_OF_ETH_DST);
  put_spec(out, load_field(16), NXM_OF_IN_PORT, NXM_NX_REG0);
  end_nicira(out, start);
}

LearnSource guess_learn(Reader& in, bool with_limit) {
  LearnSource learn;
  learn.idle_timeout = in.u16();
  in.skip(2);
  learn.priority = in.u16();
  learn.cookie = in.u64();
  in.skip(2);
  learn.table = in.u8();
  in.skip(5);
  if (with_limit) learn.limit = in.u32();
  return learn;
}

}  // namespace linkfab::openflow
