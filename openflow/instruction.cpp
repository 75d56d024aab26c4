#include "openflow/instruction.hpp"

#include "openflow/action.hpp"

namespace linkfab::openflow {
namespace {

constexpr std::uint16_t OFPIT_GOTO_TABLE = 1;
constexpr std::uint16_t OFPIT_WRITE_METADATA = 2;
constexpr std::uint16_t OFPIT_APPLY_ACTIONS = 4;

bool decode_instruction(std::uint16_t type, Reader& in, Flow& flow) {
  switch (type) {
    case OFPIT_GOTO_TABLE:
      flow.goto_table = in.u8();
      return true;
    case OFPIT_WRITE_METADATA: {
      in.skip(4);
      const auto value = in.u64();
      const auto mask = in.u64();
      flow.write_metadata = Masked{value & mask, mask};
      return true;
    }
    case OFPIT_APPLY_ACTIONS:
      in.skip(4);
      return decode_actions(in, flow.actions);
    default:
      return false;
  }
}

}  // namespace

void encode_instructions(Writer& out, const Flow& flow) {
  if (!flow.actions.empty()) {
    const auto start = out.size();
    out.u16(OFPIT_APPLY_ACTIONS).u16(0).zeros(4);
    for (const Action& action : flow.actions) encode_action(out, action);
    out.set_u16(start + 2, static_cast<std::uint16_t>(out.size() - start));
  }
  if (flow.write_metadata) {
    const auto [value, mask] = *flow.write_metadata;
    out.u16(OFPIT_WRITE_METADATA).u16(24).zeros(4).u64(value & mask).u64(mask);
  }
  if (flow.goto_table) out.u16(OFPIT_GOTO_TABLE).u16(8).u8(*flow.goto_table).zeros(3);
}

bool decode_instructions(Reader& in, Flow& flow) {
  bool complete = true;
  while (in.remaining() > 0) {
    const auto type = in.u16();
    const std::size_t length = in.u16();
    if (length < 8) in.fail();
    Reader body(in.bytes(length - 4));
    if (!in.ok()) return false;
    complete = decode_instruction(type, body, flow) && complete;
    if (!body.ok()) in.fail();
  }
  return complete;
}

}  // namespace linkfab::openflow
